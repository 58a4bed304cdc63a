-- Shares, and who may do what in them.

CREATE TABLE shares (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    folder TEXT NOT NULL,
    comment TEXT NOT NULL,
    default_permission TEXT NOT NULL,
    guest INTEGER NOT NULL CHECK (guest IN (0, 1)),
    read_only INTEGER NOT NULL CHECK (read_only IN (0, 1)),
    encrypt INTEGER NOT NULL CHECK (encrypt IN (0, 1)),
    hidden INTEGER NOT NULL CHECK (hidden IN (0, 1)),
    upload_only INTEGER NOT NULL CHECK (upload_only IN (0, 1))
) STRICT;

CREATE TABLE grants (
    id INTEGER PRIMARY KEY,
    share INTEGER NOT NULL REFERENCES shares (id) ON DELETE CASCADE,
    user INTEGER REFERENCES users (id) ON DELETE CASCADE,
    "group" INTEGER REFERENCES groups (id) ON DELETE CASCADE,
    permission TEXT NOT NULL,
    CHECK ((user IS NULL) <> ("group" IS NULL))
) STRICT;
CREATE UNIQUE INDEX grants_to_users ON grants (share, user) WHERE user IS NOT NULL;
CREATE UNIQUE INDEX grants_to_groups ON grants (share, "group") WHERE "group" IS NOT NULL;
CREATE INDEX grants_by_user ON grants (user);
CREATE INDEX grants_by_group ON grants ("group");
