"""What decisions did to links, in their order: which were made, and which undone."""

import sqlite3
from datetime import datetime
from typing import Final

from msgspec import Struct

from connectors.links.link import Pair

SINCE: Final = """
WITH told AS (
    SELECT d.id, d.decided_at, d.state = 'LINKED' AS linked, l.a, l.b, coalesce((
        SELECT p.state = 'LINKED' FROM decision p WHERE p.link = d.link AND p.id < d.id ORDER BY p.id DESC LIMIT 1
    ), 0) AS before
    FROM decision d CROSS JOIN link l ON l.id = d.link WHERE d.id > ?
)
SELECT id, decided_at, linked, a, b FROM told WHERE linked <> before ORDER BY id LIMIT ?
"""
"""Decisions after one that made a link of what was none, or the contrary."""

LATEST: Final = "SELECT coalesce(max(id), 0) FROM decision"


class LinkChange(Struct, frozen=True):
    """A link that was made or undone, by the decision `seq`."""

    seq: int
    at: datetime
    linked: bool
    pair: Pair


class LinkChanges(Struct, frozen=True):
    """Some of them in order, and the latest decision there is."""

    changes: tuple[LinkChange, ...]
    latest: int


def changes_after(connection: sqlite3.Connection, position: int, limit: int) -> LinkChanges:
    """At most `limit` of them, from after the decision `position`."""
    found = tuple(
        LinkChange(seq, datetime.fromisoformat(at), bool(linked), (a, b))
        for seq, at, linked, a, b in connection.execute(SINCE, (position, limit))
    )
    (latest,) = connection.execute(LATEST).fetchone()
    return LinkChanges(found, latest)
