-- Who may do what: keys of programs, accounts of people, sessions of browsers. Secrets are here as digests only.
-- Times are seconds since 1970; sources are a JSON array.

CREATE TABLE api_key (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    role TEXT NOT NULL CHECK (role IN ('REGISTRANT', 'PARTNER', 'MODERATOR', 'ADMIN')),
    sources TEXT NOT NULL CHECK (json_type(sources) = 'array'),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER,
    revoked_by TEXT,
    last_used_at INTEGER,
    CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
) STRICT;

CREATE TRIGGER api_key_is_never_removed BEFORE DELETE ON api_key
BEGIN SELECT RAISE(ABORT, 'a key is revoked, never removed: what it signed stays known'); END;

CREATE TRIGGER api_key_stays_revoked BEFORE UPDATE OF revoked_at, revoked_by ON api_key WHEN old.revoked_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a key that was revoked stays so'); END;

CREATE TABLE person (
    account TEXT PRIMARY KEY,
    role TEXT NOT NULL CHECK (role IN ('REGISTRANT', 'PARTNER', 'MODERATOR', 'ADMIN')),
    sources TEXT NOT NULL CHECK (json_type(sources) = 'array'),
    name TEXT CHECK (length(name) <= 100),
    seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
    digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
    account TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    provider TEXT,
    id_token TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX session_by_account ON session (account);
CREATE INDEX session_by_expiry ON session (expires_at);

-- What this hub signs with, and makes account ids with: of this database only, made once.

CREATE TABLE signing_key (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    key BLOB NOT NULL CHECK (length(key) = 32)
) STRICT;

INSERT INTO signing_key VALUES (1, randomblob(32));
