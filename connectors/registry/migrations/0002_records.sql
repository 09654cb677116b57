-- A record is one JSON text, `record`, read by one typed decoder: the record as it is given, without what is empty. What a
-- structure has by its actions (priorities, calls won) is in its text, kept up with every write of theirs, so that reading
-- a structure reads no action. What is asked by, or refers to another entry, stands besides in a column or a table, to be
-- found and to be held by the database. Tables that others refer to are made anew: SQLite cannot change them in place.

CREATE TABLE structure_2 (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE CHECK (key <> ''),
    commune TEXT,
    departement TEXT,
    record TEXT NOT NULL CHECK (record ->> '$.key' IS key),
    seeds TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(seeds))
) STRICT;

INSERT INTO structure_2 (id, key, commune, departement, record, seeds)
SELECT s.id, s.key, s.commune, s.departement, json_patch('{}', json_object(
        'key', s.key, 'name', s.name, 'kind', s.kind, 'category', s.category, 'subcategory', s.subcategory,
        'other_names', json((SELECT json_group_array(name) FROM (
            SELECT name FROM structure_name WHERE structure = s.id ORDER BY rank))),
        'description', s.description,
        'identifiers', json((SELECT json_group_array(json_object('scheme', scheme, 'value', value)) FROM (
            SELECT scheme, value FROM identifier WHERE structure = s.id ORDER BY rank))),
        'address', json(s.address),
        'position', json(CASE WHEN s.precision IS NOT NULL THEN json_object(
            'latitude', s.latitude, 'longitude', s.longitude, 'precision', s.precision) END),
        'territory', json(s.territory), 'contact', json(s.contact), 'opening_hours', s.opening_hours,
        'availability', json(s.availability), 'accessibility', json(s.accessibility), 'languages', json(s.languages),
        'profession', json(s.profession), 'specialties', json(s.specialties),
        'priorities', json((SELECT json_group_array(json(one)) FROM (
            SELECT json_object('code', priority, 'basis', 'DECLARED') AS one, 0 AS action, rank
            FROM structure_priority WHERE structure = s.id
            UNION ALL
            SELECT json_object('code', p.priority, 'basis', 'BY_ACTION', 'action', a.key), a.id, min(p.rank)
            FROM action a JOIN action_priority p ON p.action = a.id WHERE a.id IN (
                SELECT action FROM action_structure WHERE structure = s.id AND role IN ('carrier', 'place'))
            GROUP BY a.id, p.priority
            ORDER BY action, rank))),
        'laureates', json((SELECT json_group_array(json_object('call', call, 'region', region, 'axes', json(axes)))
            FROM (SELECT call, region, axes FROM laureate WHERE action IN (
                SELECT action FROM action_structure WHERE structure = s.id AND role IN ('carrier', 'place'))
            GROUP BY call, region, axes ORDER BY min(action), min(rank)))),
        'programmes', json((SELECT json_group_array(json_object('programme', programme, 'statement', statement)) FROM (
            SELECT programme, statement FROM participation WHERE structure = s.id ORDER BY rank))),
        'registration', json(s.registration),
        'practises_at', json((SELECT json_group_array(key) FROM (
            SELECT p.key FROM practice c JOIN structure p ON p.id = c.place WHERE c.structure = s.id ORDER BY c.rank))),
        'same_as', json((SELECT json_group_array(id) FROM (
            SELECT id FROM same_as WHERE structure = s.id ORDER BY rank))),
        'updated_at', s.updated_at, 'url', s.url
    )), s.seeds
FROM structure s;

CREATE TABLE action_2 (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE CHECK (key <> ''),
    record TEXT NOT NULL CHECK (record ->> '$.key' IS key),
    seeds TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(seeds))
) STRICT;

INSERT INTO action_2 (id, key, record, seeds)
SELECT a.id, a.key, json_patch('{}', json_object(
        'key', a.key, 'title', a.title, 'other_titles', json(a.other_titles), 'description', a.description,
        'priorities', json((SELECT json_group_array(priority) FROM (
            SELECT priority FROM action_priority WHERE action = a.id ORDER BY rank))),
        'carrier', (SELECT s.key FROM action_structure c JOIN structure s ON s.id = c.structure
            WHERE c.action = a.id AND c.role = 'carrier'),
        'partners', json((SELECT json_group_array(key) FROM (
            SELECT s.key FROM action_structure c JOIN structure s ON s.id = c.structure
            WHERE c.action = a.id AND c.role = 'partner' ORDER BY c.rank))),
        'places', json((SELECT json_group_array(key) FROM (
            SELECT s.key FROM action_structure c JOIN structure s ON s.id = c.structure
            WHERE c.action = a.id AND c.role = 'place' ORDER BY c.rank))),
        'itinerant', json(CASE a.itinerant WHEN 1 THEN 'true' ELSE 'false' END),
        'territory', json(a.territory), 'audiences', json(a.audiences),
        'laureates', json((SELECT json_group_array(json_object('call', call, 'region', region, 'axes', json(axes)))
            FROM (SELECT call, region, axes FROM laureate WHERE action = a.id ORDER BY rank))),
        'programmes', json((SELECT json_group_array(programme) FROM (
            SELECT programme FROM action_programme WHERE action = a.id ORDER BY rank))),
        'departements', json((SELECT json_group_array(departement) FROM (
            SELECT departement FROM action_departement WHERE action = a.id AND rank IS NOT NULL ORDER BY rank))),
        'communes', json((SELECT json_group_array(commune) FROM (
            SELECT commune FROM action_commune WHERE action = a.id AND rank IS NOT NULL ORDER BY rank))),
        'updated_at', a.updated_at, 'url', a.url
    )), a.seeds
FROM action a;

-- To find by, and nothing else: the order of lists is in the records.

CREATE TABLE identifier_2 (
    value TEXT NOT NULL,
    scheme TEXT NOT NULL,
    structure INTEGER NOT NULL REFERENCES structure_2 (id) ON DELETE CASCADE,
    PRIMARY KEY (value, scheme, structure)
) STRICT, WITHOUT ROWID;

INSERT OR IGNORE INTO identifier_2 (value, scheme, structure) SELECT value, scheme, structure FROM identifier;

CREATE TABLE same_as_2 (
    id TEXT NOT NULL,
    structure INTEGER NOT NULL REFERENCES structure_2 (id) ON DELETE CASCADE,
    PRIMARY KEY (id, structure)
) STRICT, WITHOUT ROWID;

INSERT OR IGNORE INTO same_as_2 (id, structure) SELECT id, structure FROM same_as;

CREATE TABLE practice_2 (
    place INTEGER NOT NULL REFERENCES structure_2 (id),
    structure INTEGER NOT NULL REFERENCES structure_2 (id) ON DELETE CASCADE,
    PRIMARY KEY (place, structure)
) STRICT, WITHOUT ROWID;

INSERT OR IGNORE INTO practice_2 (place, structure) SELECT place, structure FROM practice;

CREATE TABLE action_structure_2 (
    structure INTEGER NOT NULL REFERENCES structure_2 (id),
    role TEXT NOT NULL CHECK (role IN ('carrier', 'partner', 'place')),
    action INTEGER NOT NULL REFERENCES action_2 (id) ON DELETE CASCADE,
    PRIMARY KEY (structure, role, action)
) STRICT, WITHOUT ROWID;

INSERT OR IGNORE INTO action_structure_2 (structure, role, action) SELECT structure, role, action FROM action_structure;

CREATE TABLE action_commune_2 (
    commune TEXT NOT NULL,
    action INTEGER NOT NULL REFERENCES action_2 (id) ON DELETE CASCADE,
    PRIMARY KEY (commune, action)
) STRICT, WITHOUT ROWID;

INSERT INTO action_commune_2 (commune, action) SELECT commune, action FROM action_commune;

CREATE TABLE action_departement_2 (
    departement TEXT NOT NULL,
    action INTEGER NOT NULL REFERENCES action_2 (id) ON DELETE CASCADE,
    PRIMARY KEY (departement, action)
) STRICT, WITHOUT ROWID;

INSERT INTO action_departement_2 (departement, action) SELECT departement, action FROM action_departement;

DROP TABLE structure_name;
DROP TABLE identifier;
DROP TABLE same_as;
DROP TABLE practice;
DROP TABLE structure_priority;
DROP TABLE participation;
DROP TABLE action_structure;
DROP TABLE action_priority;
DROP TABLE action_programme;
DROP TABLE laureate;
DROP TABLE action_commune;
DROP TABLE action_departement;
DROP TABLE action;
DROP TABLE structure;

ALTER TABLE structure_2 RENAME TO structure;
ALTER TABLE action_2 RENAME TO action;
ALTER TABLE identifier_2 RENAME TO identifier;
ALTER TABLE same_as_2 RENAME TO same_as;
ALTER TABLE practice_2 RENAME TO practice;
ALTER TABLE action_structure_2 RENAME TO action_structure;
ALTER TABLE action_commune_2 RENAME TO action_commune;
ALTER TABLE action_departement_2 RENAME TO action_departement;

CREATE INDEX structure_by_commune ON structure (commune) WHERE commune IS NOT NULL;
CREATE INDEX structure_by_departement ON structure (departement) WHERE departement IS NOT NULL;
CREATE INDEX identifier_of ON identifier (structure);
CREATE INDEX same_as_of ON same_as (structure);
CREATE INDEX practice_of ON practice (structure);
CREATE INDEX action_structure_of ON action_structure (action);
CREATE INDEX action_commune_of ON action_commune (action);
CREATE INDEX action_departement_of ON action_departement (action);

-- How many there are, since counting a million takes longer than reading a page of them.

CREATE TABLE total (
    kind TEXT PRIMARY KEY CHECK (kind IN ('structure', 'action')),
    entries INTEGER NOT NULL CHECK (entries >= 0)
) STRICT, WITHOUT ROWID;

INSERT INTO total (kind, entries) SELECT 'structure', count(*) FROM structure;
INSERT INTO total (kind, entries) SELECT 'action', count(*) FROM action;

CREATE TRIGGER structure_comes AFTER INSERT ON structure
BEGIN UPDATE total SET entries = entries + 1 WHERE kind = 'structure'; END;

CREATE TRIGGER structure_goes AFTER DELETE ON structure
BEGIN UPDATE total SET entries = entries - 1 WHERE kind = 'structure'; END;

CREATE TRIGGER action_comes AFTER INSERT ON action
BEGIN UPDATE total SET entries = entries + 1 WHERE kind = 'action'; END;

CREATE TRIGGER action_goes AFTER DELETE ON action
BEGIN UPDATE total SET entries = entries - 1 WHERE kind = 'action'; END;

-- Writes that were acknowledged under a client's key: asked again, they are not done again.

CREATE TABLE done (
    owner TEXT NOT NULL,
    key TEXT NOT NULL,
    request BLOB NOT NULL CHECK (length(request) = 32),
    answer BLOB NOT NULL,
    expires REAL NOT NULL,
    PRIMARY KEY (owner, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX done_by_expiry ON done (expires);
