"""Between registrations and rows: what is asked of the database, and what each column holds."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from connectors.registrations.registration import (
    Actor,
    Change,
    ChangeKind,
    Event,
    Listing,
    Registration,
    Remark,
    Step,
    Taken,
)
from connectors.sqlite.arrays import json_array

REGISTRATIONS: Final = """
SELECT r.number, r.id, r.owner, r.state, r.revision, r.form, r.shown, r.published, r.created_at, r.touched_at,
    c.contact, c.confirmed, c.confirmed_at, l.code
FROM registration r
JOIN registration_contact c ON c.registration = r.id
LEFT JOIN logo_code l ON l.registration = r.id
"""

BY_ID: Final = f"{REGISTRATIONS} WHERE r.id = ?"

MATCHING: Final = """
WHERE (:owner IS NULL OR r.owner = :owner)
AND (:states IS NULL OR r.state IN (SELECT value FROM json_each(:states)))
AND (:departement IS NULL OR instr(r.departements, ' ' || :departement || ' ') > 0)
AND NOT EXISTS (SELECT 1 FROM json_each(:words) w WHERE instr(r.words, w.value) = 0)
"""

LISTED: Final = f"{REGISTRATIONS} {MATCHING} AND r.number > :after ORDER BY r.number LIMIT :limit"
COUNTED: Final = f"SELECT count(*) FROM registration r {MATCHING}"  # noqa: S608  # made of constants

INSERT: Final = """
INSERT INTO registration (id, owner, state, revision, form, words, departements, created_at, touched_at)
VALUES (:id, :owner, :state, :revision, :form, :words, :departements, :at, :at)
"""

UPDATE: Final = """
UPDATE registration SET state = :state, revision = :revision, form = :form, words = :words,
    departements = :departements, touched_at = :at WHERE id = :id
"""

SET_CONTACT: Final = """
INSERT INTO registration_contact (registration, contact) VALUES (:id, :contact)
ON CONFLICT (registration) DO UPDATE SET contact = excluded.contact
"""

SET_CONFIRMED: Final = "UPDATE registration_contact SET confirmed = ?, confirmed_at = ? WHERE registration = ?"
SET_STATE: Final = "UPDATE registration SET state = ?, touched_at = ? WHERE id = ?"
SET_SHOWN: Final = "UPDATE registration SET state = ?, shown = ?, published = ?, touched_at = ? WHERE id = ?"
SET_FORM: Final = "UPDATE registration SET form = ? WHERE id = ?"
REMOVE: Final = "DELETE FROM registration WHERE id = ?"

UNTOUCHED: Final = "SELECT id FROM registration WHERE state = 'DRAFT' AND touched_at < ? ORDER BY number"
SHOWING: Final = f"""{REGISTRATIONS}
WHERE r.shown IS NOT NULL AND EXISTS (
    SELECT 1 FROM json_each(r.shown, '$.keys.structures') k WHERE k.value IN (SELECT value FROM json_each(?)))
"""  # noqa: S608  # made of constants

STEPS: Final = """
SELECT e.at, e.role, e.what, e.revision, m.account, m.comment, m.reasons, e.id, e.registration
FROM registration_event e LEFT JOIN registration_remark m ON m.event = e.id
"""
EVENTS: Final = f"{STEPS} WHERE e.registration = ? ORDER BY e.id"
EVENTS_AFTER: Final = f"{STEPS} WHERE e.id > ? ORDER BY e.id LIMIT ?"

ADD_EVENT: Final = "INSERT INTO registration_event (registration, at, role, what, revision) VALUES (?, ?, ?, ?, ?)"
ADD_REMARK: Final = "INSERT INTO registration_remark (event, account, comment, reasons) VALUES (?, ?, ?, ?)"
FORGET_REMARKS: Final = """
DELETE FROM registration_remark WHERE event IN (SELECT id FROM registration_event WHERE registration = ?)
"""

ADD_CHANGE: Final = "INSERT INTO change (at, kind, id) VALUES (?, ?, ?)"
CHANGES: Final = "SELECT seq, at, kind, id FROM change WHERE seq > ? ORDER BY seq LIMIT ?"
LATEST_CHANGE: Final = "SELECT coalesce(max(seq), 0) FROM change"

ADD_CODE: Final = "INSERT INTO logo_code (code, registration, given_at) VALUES (?, ?, ?)"
BY_CODE: Final = """
SELECT l.registration, l.given_at, max(e.at) AS last_at FROM logo_code l
LEFT JOIN registration_event e ON e.registration = l.registration AND e.what IN ('WITHDRAWN', 'ERASED')
WHERE l.code = ? GROUP BY l.code
"""


def moment(at: datetime) -> str:
    """A moment as it is stored: texts are in the order of time."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def text_of(value: Any) -> str:
    """A value as JSON."""
    return msgspec.json.encode(value).decode()


def registrations_of(rows: Iterable[sqlite3.Row]) -> Iterator[Registration]:
    """Rows of `REGISTRATIONS`; msgspec.ValidationError or DecodeError when one is no registration."""
    for row in rows:
        plain: dict[str, Any] = dict(row)
        for name in ("form", "contact", "published"):
            plain[name] = msgspec.json.decode(plain[name])
        plain["shown"] = plain["shown"] and msgspec.json.decode(plain["shown"])
        confirmed, plain["email_confirmed_at"] = plain.pop("confirmed"), plain.pop("confirmed_at")
        registration = msgspec.convert(plain, Registration)
        if confirmed != registration.contact.email.value:  # it was another address
            registration = msgspec.structs.replace(registration, email_confirmed_at=None)
        yield registration


def find(connection: sqlite3.Connection, id_: str) -> Registration | None:
    """The registration of an id."""
    if not id_.isascii():  # ids are; what is no Unicode could not even be asked
        return None
    return next(registrations_of(connection.execute(BY_ID, (id_,))), None)


def parameters_of(listing: Listing) -> dict[str, Any]:
    """The values of `MATCHING`."""
    return {
        "owner": listing.owner,
        "states": None if listing.states is None else json_array(listing.states),
        "words": json_array(listing.words),
        "departement": listing.departement,
    }


def events_of(rows: Iterable[sqlite3.Row]) -> Iterator[Event]:
    """Rows of `EVENTS`."""
    for row in rows:
        plain: dict[str, Any] = dict(row)
        plain["reasons"] = msgspec.json.decode(plain["reasons"] or "[]")
        yield msgspec.convert(plain, Event)


def taken_of(rows: Sequence[sqlite3.Row]) -> Iterator[Taken]:
    """Rows of `EVENTS_AFTER`."""
    for row, event in zip(rows, events_of(rows), strict=True):
        yield Taken(number=row["id"], registration=row["registration"], event=event)


def changes_of(rows: Iterable[sqlite3.Row]) -> Iterator[Change]:
    """Rows of `CHANGES`."""
    for seq, at, kind, id_ in rows:
        yield Change(seq=seq, at=datetime.fromisoformat(at), kind=ChangeKind(kind), ids=(id_,))


def note(
    connection: sqlite3.Connection,
    registration: str,
    what: Step,
    revision: int,
    by: Actor,
    at: datetime,
    *,
    comment: str | None = None,
    reasons: Iterable[Remark] = (),
) -> None:
    """Write down a step, and apart from it who took it and what they said."""
    event = connection.execute(ADD_EVENT, (registration, moment(at), by.role, what.value, revision)).lastrowid
    connection.execute(ADD_REMARK, (event, by.account, comment, text_of(tuple(reasons))))


def tell(connection: sqlite3.Connection, kind: ChangeKind, ids: Iterable[str], at: datetime) -> None:
    """Put a change of each of these structures into the feed."""
    connection.executemany(ADD_CHANGE, [(moment(at), kind.value, id_) for id_ in ids])
