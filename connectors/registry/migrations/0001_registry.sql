-- The registry of the 1000 premiers jours, made for a million structures.
--
-- A value that is asked by, or refers to something, has its column or its table; a value that is only ever read
-- whole (address, contact, accessibility…) is one JSON text. Lists keep their order in `rank`.
-- Internal ids never leave the database and only grow: pages are cut by them.

-- Referentials: the official texts. Lists are JSON arrays.

CREATE TABLE priority (
    code TEXT PRIMARY KEY,
    rank INTEGER NOT NULL UNIQUE,
    label TEXT NOT NULL,
    text TEXT NOT NULL,
    examples TEXT NOT NULL CHECK (json_valid(examples))
) STRICT;

CREATE TABLE category (
    code TEXT PRIMARY KEY,
    rank INTEGER NOT NULL UNIQUE,
    text TEXT NOT NULL,
    reference_directory TEXT
) STRICT;

CREATE TABLE subcategory (
    code TEXT PRIMARY KEY,
    category TEXT NOT NULL REFERENCES category (code),
    label TEXT NOT NULL,
    by_nature TEXT NOT NULL CHECK (json_valid(by_nature)),
    suggested TEXT NOT NULL CHECK (json_valid(suggested)),
    reference_directory TEXT
) STRICT;

CREATE TABLE criterion (
    code TEXT PRIMARY KEY,
    rank INTEGER NOT NULL UNIQUE,
    text TEXT NOT NULL,
    examples TEXT NOT NULL CHECK (json_valid(examples))
) STRICT;

CREATE TABLE axis (
    rank INTEGER PRIMARY KEY,
    text TEXT NOT NULL
) STRICT;

CREATE TABLE call (
    code TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT,
    organisers TEXT NOT NULL CHECK (json_valid(organisers)),
    territories TEXT NOT NULL CHECK (json_valid(territories)),
    articulations TEXT NOT NULL CHECK (json_valid(articulations)),
    axes TEXT NOT NULL CHECK (json_valid(axes)),
    statements TEXT NOT NULL CHECK (json_valid(statements))
) STRICT;

CREATE TABLE programme (
    code TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT,
    themes TEXT NOT NULL CHECK (json_valid(themes)),
    statements TEXT NOT NULL CHECK (json_valid(statements))
) STRICT;

-- Structures. `commune` and `departement` are INSEE codes to search by: from the address, else from the territory.
-- `seeds`: the numbers of the founding texts that an entry comes from, an empty array for all others.

CREATE TABLE structure (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE CHECK (key <> ''),
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    category TEXT NOT NULL REFERENCES category (code),
    subcategory TEXT REFERENCES subcategory (code),
    description TEXT,
    commune TEXT,
    departement TEXT,
    latitude REAL CHECK (latitude BETWEEN -90 AND 90),
    longitude REAL CHECK (longitude BETWEEN -180 AND 180),
    precision TEXT,
    address TEXT CHECK (address IS NULL OR json_valid(address)),
    territory TEXT CHECK (territory IS NULL OR json_valid(territory)),
    contact TEXT CHECK (contact IS NULL OR json_valid(contact)),
    opening_hours TEXT,
    availability TEXT CHECK (availability IS NULL OR json_valid(availability)),
    accessibility TEXT CHECK (accessibility IS NULL OR json_valid(accessibility)),
    languages TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(languages)),
    profession TEXT CHECK (profession IS NULL OR json_valid(profession)),
    specialties TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(specialties)),
    registration TEXT CHECK (registration IS NULL OR json_valid(registration)),
    updated_at TEXT,
    url TEXT,
    seeds TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(seeds)),
    CHECK ((latitude IS NULL) = (longitude IS NULL) AND (latitude IS NULL) = (precision IS NULL))
) STRICT;

CREATE INDEX structure_by_commune ON structure (commune) WHERE commune IS NOT NULL;
CREATE INDEX structure_by_departement ON structure (departement) WHERE departement IS NOT NULL;

CREATE TABLE structure_name (
    structure INTEGER NOT NULL REFERENCES structure (id) ON DELETE CASCADE,
    rank INTEGER NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (structure, rank)
) STRICT, WITHOUT ROWID;

CREATE TABLE identifier (
    structure INTEGER NOT NULL REFERENCES structure (id) ON DELETE CASCADE,
    rank INTEGER NOT NULL,
    scheme TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (structure, rank)
) STRICT, WITHOUT ROWID;

CREATE INDEX identifier_by_value ON identifier (value, scheme);

CREATE TABLE same_as (
    structure INTEGER NOT NULL REFERENCES structure (id) ON DELETE CASCADE,
    rank INTEGER NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (structure, rank)
) STRICT, WITHOUT ROWID;

CREATE INDEX same_as_by_id ON same_as (id);

CREATE TABLE practice (
    structure INTEGER NOT NULL REFERENCES structure (id) ON DELETE CASCADE,
    rank INTEGER NOT NULL,
    place INTEGER NOT NULL REFERENCES structure (id),
    PRIMARY KEY (structure, rank)
) STRICT, WITHOUT ROWID;

CREATE INDEX practice_by_place ON practice (place);

-- What the registration declares; priorities by nature and by action are worked out, never stored.
CREATE TABLE structure_priority (
    structure INTEGER NOT NULL REFERENCES structure (id) ON DELETE CASCADE,
    rank INTEGER NOT NULL,
    priority TEXT NOT NULL REFERENCES priority (code),
    PRIMARY KEY (structure, rank)
) STRICT, WITHOUT ROWID;

CREATE TABLE participation (
    structure INTEGER NOT NULL REFERENCES structure (id) ON DELETE CASCADE,
    rank INTEGER NOT NULL,
    programme TEXT NOT NULL REFERENCES programme (code),
    statement TEXT,
    PRIMARY KEY (structure, rank)
) STRICT, WITHOUT ROWID;

-- Actions.

CREATE TABLE action (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE CHECK (key <> ''),
    title TEXT NOT NULL,
    other_titles TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(other_titles)),
    description TEXT,
    itinerant INTEGER NOT NULL CHECK (itinerant IN (0, 1)),
    territory TEXT CHECK (territory IS NULL OR json_valid(territory)),
    audiences TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(audiences)),
    updated_at TEXT,
    url TEXT,
    seeds TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(seeds))
) STRICT;

CREATE TABLE action_structure (
    action INTEGER NOT NULL REFERENCES action (id) ON DELETE CASCADE,
    role TEXT NOT NULL CHECK (role IN ('carrier', 'partner', 'place')),
    rank INTEGER NOT NULL,
    structure INTEGER NOT NULL REFERENCES structure (id),
    PRIMARY KEY (action, role, rank)
) STRICT, WITHOUT ROWID;

CREATE INDEX action_structure_by_structure ON action_structure (structure, role);

CREATE TABLE action_priority (
    action INTEGER NOT NULL REFERENCES action (id) ON DELETE CASCADE,
    rank INTEGER NOT NULL,
    priority TEXT NOT NULL REFERENCES priority (code),
    PRIMARY KEY (action, rank)
) STRICT, WITHOUT ROWID;

CREATE TABLE action_programme (
    action INTEGER NOT NULL REFERENCES action (id) ON DELETE CASCADE,
    rank INTEGER NOT NULL,
    programme TEXT NOT NULL REFERENCES programme (code),
    PRIMARY KEY (action, rank)
) STRICT, WITHOUT ROWID;

CREATE TABLE laureate (
    action INTEGER NOT NULL REFERENCES action (id) ON DELETE CASCADE,
    rank INTEGER NOT NULL,
    call TEXT NOT NULL REFERENCES call (code),
    region TEXT,
    axes TEXT NOT NULL CHECK (json_valid(axes)),
    PRIMARY KEY (action, rank)
) STRICT, WITHOUT ROWID;

-- Where an action takes place, to search by: `rank` is NULL where it follows from its communes or its territory
-- instead of being stated.

CREATE TABLE action_commune (
    action INTEGER NOT NULL REFERENCES action (id) ON DELETE CASCADE,
    commune TEXT NOT NULL,
    rank INTEGER,
    PRIMARY KEY (action, commune)
) STRICT, WITHOUT ROWID;

CREATE INDEX action_commune_by_commune ON action_commune (commune);

CREATE TABLE action_departement (
    action INTEGER NOT NULL REFERENCES action (id) ON DELETE CASCADE,
    departement TEXT NOT NULL,
    rank INTEGER,
    PRIMARY KEY (action, departement)
) STRICT, WITHOUT ROWID;

CREATE INDEX action_departement_by_departement ON action_departement (departement);
