-- Letters that are yet to be sent, and what is to be remembered so that none is sent twice or too often.
--
-- A letter is removed once it was taken by a server: its text and address are kept no longer than they are needed.
-- `progress` is how far the steps of registrations were read; it moves in the transaction that writes their letters.
-- Times are seconds since 1970.

CREATE TABLE outbox (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    registration TEXT,
    recipient TEXT NOT NULL,
    message BLOB NOT NULL,
    queued_at REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at REAL NOT NULL DEFAULT 0,
    claim TEXT,
    claimed_until REAL NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX outbox_of_registration ON outbox (registration);

CREATE TABLE progress (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    step INTEGER NOT NULL
) STRICT;

INSERT INTO progress VALUES (1, 0);

CREATE TABLE asked (
    whom BLOB NOT NULL CHECK (length(whom) = 16),
    at REAL NOT NULL
) STRICT;

CREATE INDEX asked_whom ON asked (whom, at);

CREATE TABLE spent (
    token BLOB PRIMARY KEY CHECK (length(token) = 32),
    expires_at REAL NOT NULL
) STRICT, WITHOUT ROWID;
