"""Reading records: the rows asked for and their lists, a fixed number of statements however many they are."""

import logging
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from connectors.contract import Kind, Record
from connectors.registry.rows import Lists, action_record, structure_record

log = logging.getLogger(__name__)

BY_KEY = {
    Kind.STRUCTURE: "SELECT s.* FROM json_each(?) k CROSS JOIN structure s ON s.key = k.value",
    Kind.ACTION: "SELECT a.* FROM json_each(?) k CROSS JOIN action a ON a.key = k.value",
}
"""The rows of these keys (a JSON array)."""

BY_ID = {
    Kind.STRUCTURE: "SELECT s.* FROM json_each(?) k CROSS JOIN structure s ON s.id = k.value ORDER BY s.id",
    Kind.ACTION: "SELECT a.* FROM json_each(?) k CROSS JOIN action a ON a.id = k.value ORDER BY a.id",
}
"""The rows of these internal ids (a JSON array)."""

LISTS: dict[Kind, tuple[tuple[str, str], ...]] = {
    Kind.STRUCTURE: (
        (
            "other_names",
            """SELECT c.structure, c.name FROM json_each(?) k
            CROSS JOIN structure_name c ON c.structure = k.value ORDER BY c.structure, c.rank""",
        ),
        (
            "identifiers",
            """SELECT c.structure, c.scheme, c.value FROM json_each(?) k
            CROSS JOIN identifier c ON c.structure = k.value ORDER BY c.structure, c.rank""",
        ),
        (
            "same_as",
            """SELECT c.structure, c.id FROM json_each(?) k
            CROSS JOIN same_as c ON c.structure = k.value ORDER BY c.structure, c.rank""",
        ),
        (
            "practises_at",
            """SELECT c.structure, s.key FROM json_each(?) k
            CROSS JOIN practice c ON c.structure = k.value
            CROSS JOIN structure s ON s.id = c.place ORDER BY c.structure, c.rank""",
        ),
        (
            "priorities",
            """SELECT c.structure, c.priority AS code, 'DECLARED' AS basis FROM json_each(?) k
            CROSS JOIN structure_priority c ON c.structure = k.value ORDER BY c.structure, c.rank""",
        ),
        (
            "priorities",
            """SELECT DISTINCT c.structure, p.priority AS code, 'BY_ACTION' AS basis, a.key AS action
            FROM json_each(?) k
            CROSS JOIN action_structure c ON c.structure = k.value AND c.role IN ('carrier', 'place')
            CROSS JOIN action_priority p ON p.action = c.action
            CROSS JOIN action a ON a.id = c.action ORDER BY c.structure, c.action, p.rank""",
        ),
        (
            "programmes",
            """SELECT c.structure, c.programme, c.statement FROM json_each(?) k
            CROSS JOIN participation c ON c.structure = k.value ORDER BY c.structure, c.rank""",
        ),
        (
            "laureates",
            """SELECT DISTINCT c.structure, l.call, l.region, l.axes FROM json_each(?) k
            CROSS JOIN action_structure c ON c.structure = k.value AND c.role IN ('carrier', 'place')
            CROSS JOIN laureate l ON l.action = c.action ORDER BY c.structure, c.action, l.rank""",
        ),
    ),
    Kind.ACTION: (
        (
            "carrier",
            """SELECT c.action, s.key FROM json_each(?) k
            CROSS JOIN action_structure c ON c.action = k.value AND c.role = 'carrier'
            CROSS JOIN structure s ON s.id = c.structure""",
        ),
        (
            "partners",
            """SELECT c.action, s.key FROM json_each(?) k
            CROSS JOIN action_structure c ON c.action = k.value AND c.role = 'partner'
            CROSS JOIN structure s ON s.id = c.structure ORDER BY c.action, c.rank""",
        ),
        (
            "places",
            """SELECT c.action, s.key FROM json_each(?) k
            CROSS JOIN action_structure c ON c.action = k.value AND c.role = 'place'
            CROSS JOIN structure s ON s.id = c.structure ORDER BY c.action, c.rank""",
        ),
        (
            "priorities",
            """SELECT c.action, c.priority FROM json_each(?) k
            CROSS JOIN action_priority c ON c.action = k.value ORDER BY c.action, c.rank""",
        ),
        (
            "programmes",
            """SELECT c.action, c.programme FROM json_each(?) k
            CROSS JOIN action_programme c ON c.action = k.value ORDER BY c.action, c.rank""",
        ),
        (
            "laureates",
            """SELECT c.action, c.call, c.region, c.axes FROM json_each(?) k
            CROSS JOIN laureate c ON c.action = k.value ORDER BY c.action, c.rank""",
        ),
        (
            "departements",
            """SELECT c.action, c.departement FROM json_each(?) k
            CROSS JOIN action_departement c ON c.action = k.value AND c.rank IS NOT NULL
            ORDER BY c.action, c.rank""",
        ),
        (
            "communes",
            """SELECT c.action, c.commune FROM json_each(?) k
            CROSS JOIN action_commune c ON c.action = k.value AND c.rank IS NOT NULL
            ORDER BY c.action, c.rank""",
        ),
    ),
}
"""The lists of entries whose internal ids are given (a JSON array): field, and rows of owner and plain value.

A value of one column is that column's, a value of several an object of the columns' names.
"""

_Read = Callable[[str, sqlite3.Row, Lists], Record]
_RECORD: dict[Kind, _Read] = {Kind.STRUCTURE: structure_record, Kind.ACTION: action_record}


def read(
    connection: sqlite3.Connection, source: str, kind: Kind, rows: str, wanted: Sequence[str | int]
) -> Iterator[Record | None]:
    """The records of some rows (`BY_KEY` or `BY_ID`); None in the place of one that cannot be read."""
    found = connection.execute(rows, [msgspec.json.encode(wanted).decode()]).fetchall()
    ids = msgspec.json.encode([row["id"] for row in found]).decode()
    lists: defaultdict[int, defaultdict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for field, sql in LISTS[kind]:
        cursor = connection.execute(sql, [ids])
        names = [column[0] for column in cursor.description][1:]
        for owner, *values in cursor:
            lists[owner][field].append(values[0] if len(values) == 1 else dict(zip(names, values, strict=True)))
    for row in found:
        try:
            yield _RECORD[kind](source, row, lists[row["id"]])
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            log.warning("%s: the %s %r cannot be read: %s", source, kind, row["key"], error)
            yield None
