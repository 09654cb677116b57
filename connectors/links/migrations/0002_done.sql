-- Decisions that were acknowledged under a client's key: asked again, they are not taken again.

CREATE TABLE done (
    owner TEXT NOT NULL,
    key TEXT NOT NULL,
    request BLOB NOT NULL CHECK (length(request) = 32),
    answer BLOB NOT NULL,
    expires REAL NOT NULL,
    PRIMARY KEY (owner, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX done_by_expiry ON done (expires);
