-- Webhooks: where partners want changes to be sent, how far each one is, and what could not be delivered.
--
-- `registrations` and `links` are how far a webhook has read the feed. A message is written down before it is sent
-- first, with where it ends, so that it is the same each time that it is sent. A row is claimed by the process that
-- sends, for a while; what it writes afterwards counts only if the claim is still its own. Times are seconds since 1970.

CREATE TABLE webhook (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    url TEXT NOT NULL,
    secret TEXT NOT NULL,
    kinds TEXT NOT NULL CHECK (json_type(kinds) = 'array'),
    sources TEXT NOT NULL CHECK (json_type(sources) = 'array'),
    notice_email TEXT,
    created_at REAL NOT NULL,
    registrations INTEGER NOT NULL,
    links INTEGER NOT NULL,
    message TEXT,
    body BLOB,
    end_registrations INTEGER,
    end_links INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at REAL NOT NULL DEFAULT 0,
    claim TEXT,
    claimed_until REAL NOT NULL DEFAULT 0,
    delivered_at REAL,
    failing_since REAL,
    problem TEXT,
    disabled_at REAL,
    CHECK ((message IS NULL) = (body IS NULL)),
    CHECK ((message IS NULL) = (end_registrations IS NULL) AND (message IS NULL) = (end_links IS NULL))
) STRICT;

CREATE INDEX webhook_of_owner ON webhook (owner, number);

CREATE TABLE dead_letter (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook TEXT NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
    message TEXT NOT NULL,
    at REAL NOT NULL,
    attempts INTEGER NOT NULL,
    problem TEXT NOT NULL,
    registrations INTEGER NOT NULL,
    links INTEGER NOT NULL
) STRICT;

CREATE INDEX dead_letter_of_webhook ON dead_letter (webhook, number);
