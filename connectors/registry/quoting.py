"""The ids of other records that structures quote (`same_as`): asked for, or followed as they come."""

import sqlite3
from collections.abc import Iterable

from msgspec import Struct

from connectors.sqlite.arrays import json_array

QUOTING = """
SELECT t.id, s.key FROM json_each(?) k
CROSS JOIN same_as t ON t.id = k.value CROSS JOIN structure s ON s.id = t.structure
"""
"""The structures that quote some ids (a JSON array)."""

QUOTED = "SELECT number, id FROM same_as WHERE number > ? ORDER BY number LIMIT ?"
"""What was quoted after a number, in order: a structure that is written again quotes under new numbers."""


class Quoted(Struct, frozen=True):
    """Ids that structures quote; `last` is where to go on."""

    ids: tuple[str, ...]
    last: int


def quoting(connection: sqlite3.Connection, ids: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """The id that is quoted and the key of the structure that does it, for each of these ids that is quoted at all."""
    return tuple((id_, key) for id_, key in connection.execute(QUOTING, [json_array(ids)]))


def quoted_after(connection: sqlite3.Connection, number: int, limit: int) -> Quoted:
    """At most `limit` of what was quoted after a number (0: from the start); nothing when there is no more."""
    rows = connection.execute(QUOTED, (number, limit)).fetchall()
    return Quoted(tuple(id_ for _, id_ in rows), rows[-1][0] if rows else number)
