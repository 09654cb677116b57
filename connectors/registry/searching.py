"""The questions that the registry answers: for each, the SQL that finds the internal ids.

Each statement takes `:values` (a JSON array) and `:after` (the last id of the page before), and gives ids in any order,
some of them twice. CROSS JOIN keeps SQLite to the order in which the tables are written: from the values asked to the
index that finds them.
"""

import sqlite3
from typing import TypeAlias

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
from connectors.sqlite.arrays import json_array

_Asked: TypeAlias = tuple[Kind, type[msgspec.Struct]]

FINDS: dict[_Asked, str] = {
    (Kind.STRUCTURE, Everywhere): "SELECT s.id FROM structure s WHERE s.id > :after",
    (Kind.STRUCTURE, InCommunes): """
        SELECT s.id FROM json_each(:values) k CROSS JOIN structure s ON s.commune = k.value AND s.id > :after""",
    (Kind.STRUCTURE, InDepartement): """
        SELECT s.id FROM structure s WHERE s.departement = :values ->> '$[0]' AND s.id > :after""",
    (Kind.STRUCTURE, WithIdentifiers): """
        SELECT i.structure AS id FROM json_each(:values) k
        CROSS JOIN identifier i ON i.value = k.value ->> '$.value' AND i.scheme = k.value ->> '$.scheme'
            AND i.structure > :after""",
    (Kind.STRUCTURE, SameAs): """
        SELECT t.structure AS id FROM json_each(:values) k
        CROSS JOIN same_as t ON t.id = k.value AND t.structure > :after""",
    (Kind.STRUCTURE, PractisingAt): """
        SELECT p.structure AS id FROM json_each(:values) k
        CROSS JOIN structure s ON s.key = k.value
        CROSS JOIN practice p ON p.place = s.id AND p.structure > :after""",
    (Kind.ACTION, Everywhere): "SELECT a.id FROM action a WHERE a.id > :after",
    (Kind.ACTION, InCommunes): """
        SELECT c.action AS id FROM json_each(:values) k
        CROSS JOIN action_commune c ON c.commune = k.value AND c.action > :after
        UNION ALL
        SELECT r.action FROM json_each(:values) k
        CROSS JOIN structure s ON s.commune = k.value
        CROSS JOIN action_structure r ON r.structure = s.id AND r.role IN ('carrier', 'place') AND r.action > :after""",
    (Kind.ACTION, InDepartement): """
        SELECT d.action AS id FROM action_departement d
        WHERE d.departement = :values ->> '$[0]' AND d.action > :after
        UNION ALL
        SELECT r.action FROM structure s
        CROSS JOIN action_structure r ON r.structure = s.id AND r.role IN ('carrier', 'place') AND r.action > :after
        WHERE s.departement = :values ->> '$[0]'""",
    (Kind.ACTION, ActionsOf): """
        SELECT r.action AS id FROM json_each(:values) k
        CROSS JOIN structure s ON s.key = k.value
        CROSS JOIN action_structure r ON r.structure = s.id AND r.role IN ('carrier', 'partner', 'place')
            AND r.action > :after""",
}
"""What has no entry here has no answer: no structure is an action, no action has an identifier."""

_IN_ORDER: frozenset[_Asked] = frozenset(
    {(Kind.STRUCTURE, Everywhere), (Kind.STRUCTURE, InDepartement), (Kind.ACTION, Everywhere)}
)
"""What an index gives each once and in the order of the ids."""

QUICK: frozenset[_Asked] = frozenset(
    asked
    for asked in FINDS
    if asked[1] is not Everywhere and asked not in {(Kind.ACTION, InCommunes), (Kind.ACTION, InDepartement)}
)
"""Questions whose first ids are found at once: not so the actions of a place, most of whose structures have none."""

PAGES: dict[_Asked, str] = {
    asked: f"{find} ORDER BY id LIMIT :limit"
    if asked in _IN_ORDER
    else f"SELECT DISTINCT id FROM ({find}) ORDER BY id LIMIT :limit"  # noqa: S608  # made of constants
    for asked, find in FINDS.items()
}
"""The first `:limit` ids, each once, in order."""

PEEKS: dict[_Asked, str] = {asked: f"{find} LIMIT :limit" for asked, find in FINDS.items()}
"""Whichever `:limit` rows are found first, in a time that the limit bounds."""

TOTAL = "SELECT entries FROM total WHERE kind = ?"

ASKS: frozenset[type[msgspec.Struct]] = frozenset(where for _, where in FINDS)


def ids_of(connection: sqlite3.Connection, sql: str, where: Where, after: int, limit: int) -> list[int]:
    """The internal ids that a statement finds."""
    return [row[0] for row in connection.execute(sql, {"values": values_of(where), "after": after, "limit": limit})]


def values_of(where: Where) -> str:
    """What a question asks for, each value once, as a JSON array."""
    match where:
        case InCommunes(communes):
            values = [commune.insee for commune in communes]
        case InDepartement(code):
            values = [code]
        case WithIdentifiers(identifiers):
            return json_array(dict.fromkeys(identifiers))
        case PractisingAt(keys) | ActionsOf(keys):
            values = list(keys)
        case SameAs(ids):
            values = list(ids)
        case Everywhere():
            values = []
    return json_array(dict.fromkeys(values))
