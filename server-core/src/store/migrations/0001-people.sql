-- People, groups, their keys, and settings. `name_key` is the name without case, made by `store::name_key`.
-- AUTOINCREMENT: a row id is bound into sealed secrets and must never come back for someone else.

CREATE TABLE settings (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Numbers handed out once and never again, even after a removal.
CREATE TABLE allocations (
    kind TEXT PRIMARY KEY,
    next INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO allocations (kind, next) VALUES ('rid', 1000), ('posix-id', 10000);

CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    password_hash TEXT,
    sealed_nt_hash BLOB,
    uid INTEGER NOT NULL UNIQUE,
    gid INTEGER NOT NULL UNIQUE,
    rid INTEGER NOT NULL UNIQUE,
    enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    smb_allowed INTEGER NOT NULL CHECK (smb_allowed IN (0, 1)),
    sftp_allowed INTEGER NOT NULL CHECK (sftp_allowed IN (0, 1)),
    created_ms INTEGER NOT NULL,
    last_login_ms INTEGER
) STRICT;

CREATE TABLE groups (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    gid INTEGER NOT NULL UNIQUE,
    rid INTEGER NOT NULL UNIQUE
) STRICT;

CREATE TABLE memberships (
    user INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    "group" INTEGER NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    PRIMARY KEY (user, "group")
) STRICT, WITHOUT ROWID;
CREATE INDEX memberships_by_group ON memberships ("group");

CREATE TABLE ssh_keys (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- The key in SSH wire encoding.
    blob BLOB NOT NULL,
    fingerprint TEXT NOT NULL,
    comment TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    UNIQUE (user, fingerprint)
) STRICT;
