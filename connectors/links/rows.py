"""Between links and rows: what is asked of the database, and what each column holds."""

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import Any

import msgspec

from connectors.links.link import Decision, Link
from connectors.sqlite.arrays import json_array

OF_RECORDS = """
WITH touched (id) AS (
    SELECT l.id FROM json_each(:ids) k CROSS JOIN link l ON l.a = k.value
    UNION
    SELECT l.id FROM json_each(:ids) k CROSS JOIN link l ON l.b = k.value
)
SELECT c.* FROM touched t CROSS JOIN current_link c ON c.id = t.id ORDER BY c.id
"""
"""The links of these records (a JSON array of ids), whatever their state."""

AROUND_RECORDS = """
WITH RECURSIVE member (id) AS (
    SELECT value FROM json_each(:ids)
    UNION
    SELECT l.b FROM member m CROSS JOIN link l ON l.a = m.id AND l.state = 'LINKED'
    UNION
    SELECT l.a FROM member m CROSS JOIN link l ON l.b = m.id AND l.state = 'LINKED'
), touched (id) AS (
    SELECT l.id FROM member m CROSS JOIN link l ON l.a = m.id
    UNION
    SELECT l.id FROM member m CROSS JOIN link l ON l.b = m.id
)
SELECT c.* FROM touched t CROSS JOIN current_link c ON c.id = t.id ORDER BY c.id
"""
"""The links of these records, and of all those that are one entry with them."""

ANY_LINK = """
SELECT EXISTS (
    SELECT 1 FROM json_each(?) k
    WHERE EXISTS (SELECT 1 FROM link WHERE a = k.value) OR EXISTS (SELECT 1 FROM link WHERE b = k.value)
)
"""
"""Whether any of these records has a link: most have none, and need not be followed any further."""

BY_ID = "SELECT * FROM current_link WHERE id = ?"

SUGGESTED = """
SELECT c.* FROM (SELECT id FROM link WHERE state = 'SUGGESTED' AND id > ? ORDER BY id LIMIT ?) l
CROSS JOIN current_link c ON c.id = l.id ORDER BY c.id
"""
"""What waits for a person, the oldest link first."""

HISTORY = """
SELECT l.id, l.a, l.b, d.state, d.method, d.score, d.parts, d.reason, d.fingerprint_a, d.fingerprint_b,
    d.decided_by, d.decided_at, d.comment
FROM link l CROSS JOIN decision d ON d.link = l.id WHERE l.a = ? AND l.b = ? ORDER BY d.id
"""
"""Every decision about a pair, the oldest first."""

ADD_LINK = "INSERT INTO link (a, b, state) VALUES (?, ?, ?)"

ADD_DECISION = """
INSERT INTO decision (
    link, state, method, score, parts, reason, fingerprint_a, fingerprint_b, decided_by, decided_at, comment
) VALUES (
    :link, :state, :method, :score, :parts, :reason, :fingerprint_a, :fingerprint_b, :decided_by, :decided_at, :comment
)
"""

SET_LATEST = "UPDATE link SET state = ?, latest = ? WHERE id = ?"


def read_links(connection: sqlite3.Connection, sql: str, ids: Iterable[str]) -> list[Link]:
    """The links that `OF_RECORDS` or `AROUND_RECORDS` finds."""
    return list(links_of(connection.execute(sql, {"ids": json_array(ids)})))


def links_of(rows: Iterable[sqlite3.Row]) -> Iterator[Link]:
    """Rows of `current_link` as links; msgspec.ValidationError or DecodeError when one is no link."""
    for row in rows:
        plain: dict[str, Any] = dict(row)
        plain["parts"] = msgspec.json.decode(plain["parts"])
        plain["fingerprints"] = (plain.pop("fingerprint_a"), plain.pop("fingerprint_b"))
        yield msgspec.convert(plain, Link)


def write_decision(connection: sqlite3.Connection, decision: Decision, link: int | None) -> Link:
    """Note a decision (`a` < `b`) as the latest of its link, or of a new one."""
    state = decision.state.value
    if link is None:
        link = _added(connection.execute(ADD_LINK, (decision.a, decision.b, state)))
    written = _added(connection.execute(ADD_DECISION, {"link": link, **_row(decision)}))
    connection.execute(SET_LATEST, (state, written, link))
    return next(links_of(connection.execute(BY_ID, (link,))))


def _row(decision: Decision) -> dict[str, Any]:
    return {
        "state": decision.state.value,
        "method": decision.method.value,
        "score": decision.score,
        "parts": msgspec.json.encode(decision.parts).decode(),
        "reason": decision.reason and decision.reason.value,
        "fingerprint_a": decision.fingerprints[0],
        "fingerprint_b": decision.fingerprints[1],
        "decided_by": decision.decided_by,
        "decided_at": decision.decided_at.astimezone(UTC).isoformat(),
        "comment": decision.comment,
    }


def _added(cursor: sqlite3.Cursor) -> int:
    assert cursor.lastrowid is not None  # noqa: S101 for the type checker: a row was inserted
    return cursor.lastrowid
