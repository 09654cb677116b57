-- Registrations: what professionals ask to be shown as, what became of it, and what others are told of it.
--
-- `registration` holds what was entered (drafts may be incomplete) and what is shown of it; contact details are apart, and
-- so is whatever somebody said of a step, so that both can be removed with the person. The steps themselves, the feed of
-- changes and the codes of logos hold no personal value and are never changed or removed.

CREATE TABLE registration (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE CHECK (id <> ''),
    owner TEXT NOT NULL CHECK (owner <> ''),
    state TEXT NOT NULL CHECK (state IN ('DRAFT', 'SUBMITTED', 'VALIDATED', 'REFUSED', 'WITHDRAWN')),
    revision INTEGER NOT NULL CHECK (revision >= 1),
    form TEXT NOT NULL CHECK (json_type(form) = 'object'),
    shown TEXT CHECK (json_type(shown) = 'object'),
    published TEXT NOT NULL DEFAULT '[]' CHECK (json_type(published) = 'array'),
    words TEXT NOT NULL,
    departements TEXT NOT NULL,
    created_at TEXT NOT NULL,
    touched_at TEXT NOT NULL,
    CHECK (state <> 'WITHDRAWN' OR shown IS NULL),
    CHECK (state <> 'VALIDATED' OR shown IS NOT NULL)
) STRICT;

CREATE INDEX registration_of_owner ON registration (owner, number);
CREATE INDEX registration_in_state ON registration (state, number);

CREATE TABLE registration_contact (
    registration TEXT PRIMARY KEY REFERENCES registration (id) ON DELETE CASCADE,
    contact TEXT NOT NULL CHECK (json_type(contact) = 'object'),
    confirmed TEXT,
    confirmed_at TEXT,
    CHECK ((confirmed IS NULL) = (confirmed_at IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE registration_event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    registration TEXT NOT NULL,
    at TEXT NOT NULL,
    role TEXT NOT NULL,
    what TEXT NOT NULL CHECK (what IN (
        'CREATED', 'REOPENED', 'SUBMITTED', 'VALIDATED', 'REFUSED', 'WITHDRAWN', 'ERASED', 'PURGED', 'EMAIL_CONFIRMED'
    )),
    revision INTEGER NOT NULL
) STRICT;

CREATE INDEX registration_event_of ON registration_event (registration);

CREATE TRIGGER registration_event_is_never_changed BEFORE UPDATE ON registration_event
BEGIN SELECT RAISE(ABORT, 'the history of registrations is never changed'); END;

CREATE TRIGGER registration_event_is_never_removed BEFORE DELETE ON registration_event
BEGIN SELECT RAISE(ABORT, 'the history of registrations is never removed'); END;

CREATE TABLE registration_remark (
    event INTEGER PRIMARY KEY REFERENCES registration_event (id),
    account TEXT NOT NULL,
    comment TEXT,
    reasons TEXT NOT NULL DEFAULT '[]' CHECK (json_type(reasons) = 'array')
) STRICT;

CREATE TABLE logo_code (
    code TEXT PRIMARY KEY CHECK (code <> ''),
    registration TEXT NOT NULL UNIQUE,
    given_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER logo_code_is_never_changed BEFORE UPDATE ON logo_code
BEGIN SELECT RAISE(ABORT, 'the code of a logo is never changed'); END;

CREATE TRIGGER logo_code_is_never_removed BEFORE DELETE ON logo_code
BEGIN SELECT RAISE(ABORT, 'the code of a logo is never given again'); END;

-- The feed of changes: numbers become visible in their order, since there is one writer at a time.

CREATE TABLE change (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('CREATED', 'UPDATED', 'WITHDRAWN', 'ERASED')),
    id TEXT NOT NULL
) STRICT;

CREATE TRIGGER change_is_never_changed BEFORE UPDATE ON change
BEGIN SELECT RAISE(ABORT, 'the feed of changes is never changed'); END;

CREATE TRIGGER change_is_never_removed BEFORE DELETE ON change
BEGIN SELECT RAISE(ABORT, 'the feed of changes is never changed'); END;

-- What is not to come back: fingerprints of ids and official numbers, by a key of this database only, made once.

CREATE TABLE suppression (
    fingerprint BLOB PRIMARY KEY CHECK (length(fingerprint) = 32),
    at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE suppression_key (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    key BLOB NOT NULL CHECK (length(key) = 32)
) STRICT;

INSERT INTO suppression_key VALUES (1, randomblob(32));

-- Another number after each change of what is shown, so that drafts do not make what was kept of it untrue.

CREATE TABLE shown_version (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    number INTEGER NOT NULL
) STRICT;

INSERT INTO shown_version VALUES (1, 1);
