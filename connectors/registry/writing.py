"""Writing records: structures first, then the actions that refer to them, in the transaction of the caller.

A record that is there already is replaced as a whole, and keeps its internal id. Of the priorities of a structure those
it declares are kept; those by its actions are written by `gaining`, and those by nature never, so that a record that
was read can be written back.
"""

import sqlite3
from collections.abc import Iterable, Sequence

from connectors.contract import Record
from connectors.records import ActionRecord, StructureRecord
from connectors.registry.gaining import affected, declared, write_gains
from connectors.registry.hidden import note_hidden
from connectors.registry.rows import action_row, communes_of, departements_of, structure_row
from connectors.sqlite.arrays import json_array


class UnknownReference(ValueError):
    """A record refers to structures (`keys`) that are neither in the registry nor among the records."""

    def __init__(self, keys: Iterable[str]) -> None:
        self.keys = tuple(sorted(keys))
        super().__init__(f"no structure of the registry has the key {', '.join(map(repr, self.keys))}")


class WrongRecord(ValueError):
    """A record that the registry cannot hold: another source's, or without a key that can be printed."""


UPSERT_STRUCTURE = """
INSERT INTO structure (key, commune, departement, shown_in, record)
VALUES (:key, :commune, :departement, :shown_in, :record)
ON CONFLICT (key) DO UPDATE SET
    commune = excluded.commune, departement = excluded.departement, shown_in = excluded.shown_in,
    record = excluded.record
"""

UPSERT_ACTION = """
INSERT INTO action (key, record) VALUES (:key, :record)
ON CONFLICT (key) DO UPDATE SET record = excluded.record
"""

NEXT_VERSION = "UPDATE shown_version SET number = number + 1"
"""Says that the records are others now."""

STRUCTURE_IDS = "SELECT s.key, s.id FROM json_each(?) k CROSS JOIN structure s ON s.key = k.value"
ACTION_IDS = "SELECT a.key, a.id FROM json_each(?) k CROSS JOIN action a ON a.key = k.value"

FORGET_STRUCTURE_LISTS = (
    "DELETE FROM identifier WHERE structure IN (SELECT value FROM json_each(?))",
    "DELETE FROM same_as WHERE structure IN (SELECT value FROM json_each(?))",
    "DELETE FROM practice WHERE structure IN (SELECT value FROM json_each(?))",
)

FORGET_ACTION_LISTS = (
    "DELETE FROM action_structure WHERE action IN (SELECT value FROM json_each(?))",
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
    connection.executemany(UPSERT_STRUCTURE, map(structure_row, map(declared, structures.values())))
    connection.executemany(UPSERT_ACTION, map(action_row, actions.values()))
    ids = _ids(connection, STRUCTURE_IDS, structures.keys() | _referred(structures, actions))
    _write_structure_lists(connection, ids, structures)
    note_hidden(connection, [(ids[key], record) for key, record in structures.items()])
    gainers = _write_action_lists(connection, ids, actions)
    write_gains(connection, source, gainers.union(ids[key] for key in structures))
    connection.execute(NEXT_VERSION)


def _referred(structures: dict[str, StructureRecord], actions: dict[str, ActionRecord]) -> set[str]:
    keys = {key for record in structures.values() for key in record.practises_at}
    return keys.union(*(action.structures for action in actions.values()))


def _roles(action: ActionRecord) -> set[tuple[str, str]]:
    """The structures of an action: role and key."""
    carriers = () if action.carrier is None else (action.carrier,)
    groups = {"carrier": carriers, "partner": action.partners, "place": action.places}
    return {(role, key) for role, keys in groups.items() for key in keys}


def _ids(connection: sqlite3.Connection, sql: str, keys: Iterable[str]) -> dict[str, int]:
    wanted = list(keys)
    found: dict[str, int] = dict(connection.execute(sql, [json_array(wanted)]).fetchall())
    missing = set(wanted) - found.keys()
    if missing:
        raise UnknownReference(missing)
    return found


def _write_structure_lists(
    connection: sqlite3.Connection, ids: dict[str, int], structures: dict[str, StructureRecord]
) -> None:
    owned = [(ids[key], record) for key, record in structures.items()]
    for sql in FORGET_STRUCTURE_LISTS:
        connection.execute(sql, [json_array([owner for owner, _ in owned])])
    connection.executemany(
        "INSERT INTO identifier (value, scheme, structure) VALUES (?, ?, ?)",
        ((i.value, i.scheme, owner) for owner, r in owned for i in set(r.identifiers)),
    )
    connection.executemany(
        "INSERT INTO same_as (id, structure) VALUES (?, ?)",
        ((id_, owner) for owner, r in owned for id_ in set(r.same_as)),
    )
    connection.executemany(
        "INSERT INTO practice (place, structure) VALUES (?, ?)",
        ((ids[place], owner) for owner, r in owned for place in set(r.practises_at)),
    )


def _write_action_lists(
    connection: sqlite3.Connection, structures: dict[str, int], actions: dict[str, ActionRecord]
) -> set[int]:
    """Write them, and tell which structures had or have something by these actions."""
    ids = _ids(connection, ACTION_IDS, actions)
    owned = [(ids[key], record) for key, record in actions.items()]
    gainers = affected(connection, ids.values())
    for sql in FORGET_ACTION_LISTS:
        connection.execute(sql, [json_array([owner for owner, _ in owned])])
    connection.executemany(
        "INSERT INTO action_structure (structure, role, action) VALUES (?, ?, ?)",
        ((structures[key], role, owner) for owner, r in owned for role, key in _roles(r)),
    )
    connection.executemany(
        "INSERT INTO action_commune (commune, action) VALUES (?, ?)",
        ((code, owner) for owner, r in owned for code in communes_of(r)),
    )
    connection.executemany(
        "INSERT INTO action_departement (departement, action) VALUES (?, ?)",
        ((code, owner) for owner, r in owned for code in departements_of(r)),
    )
    return gainers | affected(connection, ids.values())
