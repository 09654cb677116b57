"""Writing records: structures first, then the actions that refer to them, in the transaction of the caller.

A record that is there already is replaced as a whole, and keeps its internal id. Priorities by nature and by
action are not stored: they are worked out whenever a record is read, so that a record that was read can be
written back.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from connectors.contract import Record
from connectors.nomenclature import PriorityBasis
from connectors.records import ActionRecord, StructureRecord
from connectors.registry.rows import action_row, communes_of, departements_of, structure_row


class UnknownReference(ValueError):
    """A record refers to structures (`keys`) that are neither in the registry nor among the records."""

    def __init__(self, keys: Iterable[str]) -> None:
        self.keys = tuple(sorted(keys))
        super().__init__(f"no structure of the registry has the key {', '.join(map(repr, self.keys))}")


class WrongRecord(ValueError):
    """A record that the registry cannot hold: another source's, or without a key that can be printed."""


UPSERT_STRUCTURE = """
INSERT INTO structure (
    key, name, kind, category, subcategory, description, commune, departement, latitude, longitude, precision,
    address, territory, contact, opening_hours, availability, accessibility, languages, profession,
    specialties, registration, updated_at, url
) VALUES (
    :key, :name, :kind, :category, :subcategory, :description, :commune, :departement, :latitude, :longitude,
    :precision, :address, :territory, :contact, :opening_hours, :availability, :accessibility, :languages,
    :profession, :specialties, :registration, :updated_at, :url
) ON CONFLICT (key) DO UPDATE SET
    name = excluded.name, kind = excluded.kind, category = excluded.category,
    subcategory = excluded.subcategory, description = excluded.description, commune = excluded.commune,
    departement = excluded.departement, latitude = excluded.latitude, longitude = excluded.longitude,
    precision = excluded.precision, address = excluded.address, territory = excluded.territory,
    contact = excluded.contact, opening_hours = excluded.opening_hours, availability = excluded.availability,
    accessibility = excluded.accessibility, languages = excluded.languages, profession = excluded.profession,
    specialties = excluded.specialties, registration = excluded.registration,
    updated_at = excluded.updated_at, url = excluded.url
"""

UPSERT_ACTION = """
INSERT INTO action (key, title, other_titles, description, itinerant, territory, audiences, updated_at, url)
VALUES (:key, :title, :other_titles, :description, :itinerant, :territory, :audiences, :updated_at, :url)
ON CONFLICT (key) DO UPDATE SET
    title = excluded.title, other_titles = excluded.other_titles, description = excluded.description,
    itinerant = excluded.itinerant, territory = excluded.territory, audiences = excluded.audiences,
    updated_at = excluded.updated_at, url = excluded.url
"""

STRUCTURE_IDS = "SELECT s.key, s.id FROM json_each(?) k CROSS JOIN structure s ON s.key = k.value"
ACTION_IDS = "SELECT a.key, a.id FROM json_each(?) k CROSS JOIN action a ON a.key = k.value"

FORGET_STRUCTURE_LISTS = (
    "DELETE FROM structure_name WHERE structure IN (SELECT value FROM json_each(?))",
    "DELETE FROM identifier WHERE structure IN (SELECT value FROM json_each(?))",
    "DELETE FROM same_as WHERE structure IN (SELECT value FROM json_each(?))",
    "DELETE FROM practice WHERE structure IN (SELECT value FROM json_each(?))",
    "DELETE FROM structure_priority WHERE structure IN (SELECT value FROM json_each(?))",
    "DELETE FROM participation WHERE structure IN (SELECT value FROM json_each(?))",
)

FORGET_ACTION_LISTS = (
    "DELETE FROM action_structure WHERE action IN (SELECT value FROM json_each(?))",
    "DELETE FROM action_priority WHERE action IN (SELECT value FROM json_each(?))",
    "DELETE FROM action_programme WHERE action IN (SELECT value FROM json_each(?))",
    "DELETE FROM laureate WHERE action IN (SELECT value FROM json_each(?))",
    "DELETE FROM action_commune WHERE action IN (SELECT value FROM json_each(?))",
    "DELETE FROM action_departement WHERE action IN (SELECT value FROM json_each(?))",
)


def write_records(connection: sqlite3.Connection, source: str, records: Sequence[Record]) -> None:
    """Insert or replace; of two records of the same key, the last one counts.

    Raises `WrongRecord` and `UnknownReference`: the caller's transaction is then to be undone.
    """
    for record in records:
        if record.source != source:
            raise WrongRecord(f"{record.id} is not a record of {source}")
        if not record.key or not record.key.isprintable():
            raise WrongRecord(f"{record.key!r} is not a key")
    structures = {r.key: r for r in records if isinstance(r, StructureRecord)}
    actions = {r.key: r for r in records if isinstance(r, ActionRecord)}
    connection.executemany(UPSERT_STRUCTURE, map(structure_row, structures.values()))
    connection.executemany(UPSERT_ACTION, map(action_row, actions.values()))
    ids = _ids(connection, STRUCTURE_IDS, structures.keys() | _referred(structures, actions))
    _write_structure_lists(connection, ids, structures)
    _write_action_lists(connection, ids, actions)


def _referred(structures: dict[str, StructureRecord], actions: dict[str, ActionRecord]) -> set[str]:
    keys = {key for record in structures.values() for key in record.practises_at}
    for action in actions.values():
        keys.update(key for _, _, key in _roles(action))
    return keys


def _roles(action: ActionRecord) -> list[tuple[str, int, str]]:
    """The structures of an action: role, rank, key."""
    carriers = () if action.carrier is None else (action.carrier,)
    groups = {"carrier": carriers, "partner": action.partners, "place": action.places}
    return [(role, rank, key) for role, keys in groups.items() for rank, key in enumerate(keys)]


def _ids(connection: sqlite3.Connection, sql: str, keys: Iterable[str]) -> dict[str, int]:
    wanted = list(keys)
    found: dict[str, int] = dict(connection.execute(sql, [_array(wanted)]).fetchall())
    missing = set(wanted) - found.keys()
    if missing:
        raise UnknownReference(missing)
    return found


def _write_structure_lists(
    connection: sqlite3.Connection, ids: dict[str, int], structures: dict[str, StructureRecord]
) -> None:
    owned = [(ids[key], record) for key, record in structures.items()]
    for sql in FORGET_STRUCTURE_LISTS:
        connection.execute(sql, [_array([owner for owner, _ in owned])])
    connection.executemany(
        "INSERT INTO structure_name VALUES (?, ?, ?)",
        ((owner, rank, name) for owner, r in owned for rank, name in enumerate(r.other_names)),
    )
    connection.executemany(
        "INSERT INTO identifier VALUES (?, ?, ?, ?)",
        ((owner, rank, i.scheme, i.value) for owner, r in owned for rank, i in enumerate(r.identifiers)),
    )
    connection.executemany(
        "INSERT INTO same_as VALUES (?, ?, ?)",
        ((owner, rank, other) for owner, r in owned for rank, other in enumerate(r.same_as)),
    )
    connection.executemany(
        "INSERT INTO practice VALUES (?, ?, ?)",
        ((owner, rank, ids[place]) for owner, r in owned for rank, place in enumerate(r.practises_at)),
    )
    connection.executemany(
        "INSERT INTO structure_priority VALUES (?, ?, ?)",
        (
            (owner, rank, p.code)
            for owner, r in owned
            for rank, p in enumerate(r.priorities)
            if p.basis is PriorityBasis.DECLARED
        ),
    )
    connection.executemany(
        "INSERT INTO participation VALUES (?, ?, ?, ?)",
        ((owner, rank, p.programme, p.statement) for owner, r in owned for rank, p in enumerate(r.programmes)),
    )


def _write_action_lists(
    connection: sqlite3.Connection, structures: dict[str, int], actions: dict[str, ActionRecord]
) -> None:
    ids = _ids(connection, ACTION_IDS, actions)
    owned = [(ids[key], record) for key, record in actions.items()]
    for sql in FORGET_ACTION_LISTS:
        connection.execute(sql, [_array([owner for owner, _ in owned])])
    connection.executemany(
        "INSERT INTO action_structure VALUES (?, ?, ?, ?)",
        ((owner, role, rank, structures[key]) for owner, r in owned for role, rank, key in _roles(r)),
    )
    connection.executemany(
        "INSERT INTO action_priority VALUES (?, ?, ?)",
        ((owner, rank, code) for owner, r in owned for rank, code in enumerate(r.priorities)),
    )
    connection.executemany(
        "INSERT INTO action_programme VALUES (?, ?, ?)",
        ((owner, rank, code) for owner, r in owned for rank, code in enumerate(r.programmes)),
    )
    connection.executemany(
        "INSERT INTO laureate VALUES (?, ?, ?, ?, ?)",
        (
            (owner, rank, won.call, won.region, _array(won.axes))
            for owner, r in owned
            for rank, won in enumerate(r.laureates)
        ),
    )
    connection.executemany(
        "INSERT INTO action_commune VALUES (?, ?, ?)",
        ((owner, code, rank) for owner, r in owned for code, rank in communes_of(r).items()),
    )
    connection.executemany(
        "INSERT INTO action_departement VALUES (?, ?, ?)",
        ((owner, code, rank) for owner, r in owned for code, rank in departements_of(r).items()),
    )


def _array(values: Sequence[Any]) -> str:
    return msgspec.json.encode(values).decode()
