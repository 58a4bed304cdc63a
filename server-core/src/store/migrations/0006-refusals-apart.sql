-- Refusals, which strangers cause, and what was administered are kept apart from what clients do, so that none of them
-- pushes out another. What clients do is most of it, and in no ring: an index of all that would cost each upload as much as
-- its record does. `count`: how often it happened within a minute. `unknown_user`: nobody here has the name.

ALTER TABLE activity ADD COLUMN count INTEGER NOT NULL DEFAULT 1;
ALTER TABLE activity ADD COLUMN unknown_user INTEGER NOT NULL DEFAULT 0;
ALTER TABLE activity ADD COLUMN ring TEXT GENERATED ALWAYS AS (
    CASE kind
        WHEN 'log-in-refused' THEN 'refusals'
        WHEN 'access-refused' THEN 'refusals'
        WHEN 'administered' THEN 'administration'
        WHEN 'server' THEN 'administration'
    END
) VIRTUAL;
CREATE INDEX activity_by_ring ON activity (ring) WHERE ring IS NOT NULL;

-- Where people logged in from of late: those addresses are let in while a name is locked everywhere else.
CREATE TABLE visits (
    user INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    network TEXT NOT NULL,
    last_ms INTEGER NOT NULL,
    PRIMARY KEY (user, network)
) STRICT, WITHOUT ROWID;
