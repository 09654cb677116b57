-- How many structures there are of each category, kind, sub-category, département and priority, since counting a million
-- takes a minute. Triggers keep it right whoever writes. A priority that a structure declares, or has by an action, is
-- counted apart for each sub-category, so that those by nature can be added by the table that is in force when it is read.

-- The département that a structure is shown in where that is another one than it is found by; empty when it is none.

ALTER TABLE structure ADD COLUMN shown_in TEXT;

CREATE VIEW structure_facet AS
SELECT id AS structure, 'category' AS dimension, record ->> '$.category' AS value, '' AS subcategory
FROM structure WHERE record ->> '$.category' IS NOT NULL
UNION ALL
SELECT id, 'kind', record ->> '$.kind', '' FROM structure WHERE record ->> '$.kind' IS NOT NULL
UNION ALL
SELECT id, 'subcategory', record ->> '$.subcategory', '' FROM structure WHERE record ->> '$.subcategory' IS NOT NULL
UNION ALL
SELECT id, 'departement', coalesce(shown_in, departement), '' FROM structure WHERE coalesce(shown_in, departement, '') <> ''
UNION ALL
SELECT DISTINCT s.id, 'priority', p.value ->> '$.code', coalesce(s.record ->> '$.subcategory', '')
FROM structure s CROSS JOIN json_each(s.record, '$.priorities') p
WHERE p.type = 'object' AND p.value ->> '$.code' IS NOT NULL;

CREATE TABLE facet (
    dimension TEXT NOT NULL,
    value TEXT NOT NULL,
    subcategory TEXT NOT NULL,
    entries INTEGER NOT NULL,
    PRIMARY KEY (dimension, value, subcategory)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER structure_is_counted AFTER INSERT ON structure
BEGIN
    INSERT INTO facet SELECT dimension, value, subcategory, 1 FROM structure_facet WHERE structure = NEW.id
    ON CONFLICT DO UPDATE SET entries = entries + 1;
END;

CREATE TRIGGER structure_was_counted BEFORE UPDATE OF record, departement, shown_in ON structure
BEGIN
    INSERT INTO facet SELECT dimension, value, subcategory, -1 FROM structure_facet WHERE structure = OLD.id
    ON CONFLICT DO UPDATE SET entries = entries - 1;
END;

CREATE TRIGGER structure_is_counted_anew AFTER UPDATE OF record, departement, shown_in ON structure
BEGIN
    INSERT INTO facet SELECT dimension, value, subcategory, 1 FROM structure_facet WHERE structure = NEW.id
    ON CONFLICT DO UPDATE SET entries = entries + 1;
END;

CREATE TRIGGER structure_is_counted_no_more BEFORE DELETE ON structure
BEGIN
    INSERT INTO facet SELECT dimension, value, subcategory, -1 FROM structure_facet WHERE structure = OLD.id
    ON CONFLICT DO UPDATE SET entries = entries - 1;
END;

-- The structures that are of what was erased: they are counted, and not shown.

CREATE TABLE hidden (
    structure INTEGER PRIMARY KEY REFERENCES structure (id) ON DELETE CASCADE
) STRICT;

-- By what all this was worked out: no row until it is, which the program does when it opens the database.

CREATE TABLE counted_by (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    gazetteer TEXT NOT NULL
) STRICT;

-- The ids that structures quote get numbers which only grow: whoever has seen some of them reads those that came since.

CREATE TABLE same_as_2 (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    structure INTEGER NOT NULL REFERENCES structure (id) ON DELETE CASCADE,
    UNIQUE (id, structure)
) STRICT;

INSERT INTO same_as_2 (id, structure) SELECT id, structure FROM same_as;

DROP TABLE same_as;

ALTER TABLE same_as_2 RENAME TO same_as;

CREATE INDEX same_as_of ON same_as (structure);
