"""The questions that the registry answers: for each, the SQL that finds the internal ids, in their order.

Each statement takes `:values` (a JSON array), `:after` (the last id of the page before) and `:limit`. CROSS
JOIN keeps SQLite to the order in which the tables are written: from the values asked to the index that finds
them.
"""

import msgspec

from connectors.contract import (
    ActionsOf,
    Everywhere,
    InCommunes,
    InDepartement,
    Kind,
    PractisingAt,
    SameAs,
    Where,
    WithIdentifiers,
)

FINDS: dict[tuple[Kind, type[msgspec.Struct]], str] = {
    (Kind.STRUCTURE, Everywhere): "SELECT id FROM structure WHERE id > :after ORDER BY id LIMIT :limit",
    (Kind.STRUCTURE, InCommunes): """
        SELECT s.id FROM json_each(:values) k CROSS JOIN structure s ON s.commune = k.value
        WHERE s.id > :after ORDER BY s.id LIMIT :limit""",
    (Kind.STRUCTURE, InDepartement): """
        SELECT s.id FROM json_each(:values) k CROSS JOIN structure s ON s.departement = k.value
        WHERE s.id > :after ORDER BY s.id LIMIT :limit""",
    (Kind.STRUCTURE, WithIdentifiers): """
        SELECT DISTINCT i.structure FROM json_each(:values) k
        CROSS JOIN identifier i ON i.value = k.value ->> '$.value' AND i.scheme = k.value ->> '$.scheme'
        WHERE i.structure > :after ORDER BY i.structure LIMIT :limit""",
    (Kind.STRUCTURE, SameAs): """
        SELECT DISTINCT t.structure FROM json_each(:values) k CROSS JOIN same_as t ON t.id = k.value
        WHERE t.structure > :after ORDER BY t.structure LIMIT :limit""",
    (Kind.STRUCTURE, PractisingAt): """
        SELECT DISTINCT p.structure FROM json_each(:values) k
        CROSS JOIN structure s ON s.key = k.value
        CROSS JOIN practice p ON p.place = s.id
        WHERE p.structure > :after ORDER BY p.structure LIMIT :limit""",
    (Kind.ACTION, Everywhere): "SELECT id FROM action WHERE id > :after ORDER BY id LIMIT :limit",
    (Kind.ACTION, InCommunes): """
        SELECT id FROM (
            SELECT c.action AS id FROM json_each(:values) k CROSS JOIN action_commune c ON c.commune = k.value
            UNION
            SELECT r.action FROM json_each(:values) k
            CROSS JOIN structure s ON s.commune = k.value
            CROSS JOIN action_structure r ON r.structure = s.id AND r.role IN ('carrier', 'place')
        ) WHERE id > :after ORDER BY id LIMIT :limit""",
    (Kind.ACTION, InDepartement): """
        SELECT id FROM (
            SELECT d.action AS id FROM json_each(:values) k
            CROSS JOIN action_departement d ON d.departement = k.value
            UNION
            SELECT r.action FROM json_each(:values) k
            CROSS JOIN structure s ON s.departement = k.value
            CROSS JOIN action_structure r ON r.structure = s.id AND r.role IN ('carrier', 'place')
        ) WHERE id > :after ORDER BY id LIMIT :limit""",
    (Kind.ACTION, ActionsOf): """
        SELECT DISTINCT r.action FROM json_each(:values) k
        CROSS JOIN structure s ON s.key = k.value
        CROSS JOIN action_structure r ON r.structure = s.id
        WHERE r.action > :after ORDER BY r.action LIMIT :limit""",
}
"""What has no entry here has no answer: no structure is an action, no action has an identifier."""

COUNTS = {Kind.STRUCTURE: "SELECT count(*) FROM structure", Kind.ACTION: "SELECT count(*) FROM action"}

ASKS: frozenset[type[msgspec.Struct]] = frozenset(where for _, where in FINDS)


def values_of(where: Where) -> str:
    """What a question asks for, each value once, as a JSON array."""
    match where:
        case InCommunes(communes):
            values = [commune.insee for commune in communes]
        case InDepartement(code):
            values = [code]
        case WithIdentifiers(identifiers):
            return msgspec.json.encode(list(dict.fromkeys(identifiers))).decode()
        case PractisingAt(keys) | ActionsOf(keys):
            values = list(keys)
        case SameAs(ids):
            values = list(ids)
        case Everywhere():
            values = []
    return msgspec.json.encode(list(dict.fromkeys(values))).decode()
