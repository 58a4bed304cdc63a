-- What happened, for people to read. The oldest rows are pruned by count.

CREATE TABLE activity (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,
    kind TEXT NOT NULL,
    protocol TEXT,
    user TEXT,
    address TEXT,
    share TEXT,
    path TEXT,
    message TEXT NOT NULL
) STRICT;
