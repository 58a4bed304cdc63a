-- Addresses that may not connect, until a time or for good.

CREATE TABLE blocked_addresses (
    address TEXT PRIMARY KEY,
    until_ms INTEGER
) STRICT;
