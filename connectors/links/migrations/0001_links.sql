-- Links between the records of two directories: keys, decisions and scores, and no value of any directory.
--
-- `link` is a pair and where it stands, `decision` how it came there: the last one of a link holds, all of them
-- are its history, which only grows. Ids are `source--key`.

CREATE TABLE link (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    a TEXT NOT NULL,
    b TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('SUGGESTED', 'LINKED', 'APART')),
    latest INTEGER REFERENCES decision (id) DEFERRABLE INITIALLY DEFERRED,
    UNIQUE (a, b),
    CHECK (a < b)
) STRICT;

CREATE INDEX link_b ON link (b, state);
CREATE INDEX link_suggested ON link (id) WHERE state = 'SUGGESTED';

CREATE TABLE decision (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    link INTEGER NOT NULL REFERENCES link (id),
    state TEXT NOT NULL CHECK (state IN ('SUGGESTED', 'LINKED', 'APART')),
    method TEXT NOT NULL CHECK (method IN ('STRONG_IDENTIFIER', 'QUOTED_ID', 'SCORE', 'PERSON')),
    score REAL CHECK (score BETWEEN 0 AND 1),
    parts TEXT NOT NULL CHECK (json_type(parts) = 'object'),
    reason TEXT CHECK (reason IN ('SCORE', 'MOVED', 'CONFLICT')),
    fingerprint_a TEXT NOT NULL CHECK (length(fingerprint_a) = 4),
    fingerprint_b TEXT NOT NULL CHECK (length(fingerprint_b) = 4),
    decided_by TEXT NOT NULL,
    decided_at TEXT NOT NULL,
    comment TEXT CHECK (length(comment) <= 2000),
    CHECK ((reason IS NULL) = (state <> 'SUGGESTED')),
    CHECK (method = 'PERSON' OR comment IS NULL),
    CHECK (method <> 'PERSON' OR state <> 'SUGGESTED')
) STRICT;

CREATE INDEX decision_link ON decision (link);

CREATE VIEW current_link AS
SELECT l.id, l.a, l.b, d.state, d.method, d.score, d.parts, d.reason, d.fingerprint_a, d.fingerprint_b,
    d.decided_by, d.decided_at, d.comment
FROM link l CROSS JOIN decision d ON d.id = l.latest;

CREATE TRIGGER decision_is_never_changed BEFORE UPDATE ON decision
BEGIN SELECT RAISE(ABORT, 'the history of links is never changed'); END;

CREATE TRIGGER decision_is_never_removed BEFORE DELETE ON decision
BEGIN SELECT RAISE(ABORT, 'the history of links is never removed'); END;

CREATE TRIGGER link_keeps_its_pair BEFORE UPDATE OF a, b ON link
BEGIN SELECT RAISE(ABORT, 'a link keeps its pair'); END;

CREATE TRIGGER link_is_never_removed BEFORE DELETE ON link
BEGIN SELECT RAISE(ABORT, 'a link is never removed: merged ids resolve for ever'); END;

-- The key of the fingerprints: of this database only, made once.

CREATE TABLE fingerprint_key (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    key BLOB NOT NULL CHECK (length(key) = 32)
) STRICT;

INSERT INTO fingerprint_key VALUES (1, randomblob(32));
