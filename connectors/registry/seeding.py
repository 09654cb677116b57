"""Filling an empty registry: the referentials, and the real structures and actions that the seeds name.

The data is in `seed/`: what a seed does not say is not there. A commune gives an entry its city, its
département and, as its position, the centroid of the commune, marked as such.
"""

import sqlite3
from importlib.resources import files
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from connectors.gazetteer import Commune, gazetteer
from connectors.nomenclature import PositionPrecision
from connectors.records import ActionRecord, Address, Position, StructureRecord
from connectors.referentials import Referentials
from connectors.registry.referentials import write_referentials
from connectors.registry.writing import write_records
from connectors.sqlite.connections import transaction

_R = TypeVar("_R", StructureRecord, ActionRecord)


class Entry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry of `seed/structures.json` or `seed/actions.json`.

    `seeds`: numbers of the seeds that name it; `reading`: the words of the seed on which its category,
    priorities and place rest; `record`: the fields of the record that are known.
    """

    seeds: tuple[str, ...]
    reading: str
    record: dict[str, Any]


def entries(name: str) -> tuple[Entry, ...]:
    """The entries of "structures" or "actions"."""
    return msgspec.json.decode(_file(f"{name}.json"), type=tuple[Entry, ...])


def embedded_referentials() -> Referentials:
    """The referentials as this program is shipped with them."""
    return msgspec.json.decode(_file("referentials.json"), type=Referentials)


def seed(connection: sqlite3.Connection, source: str, *, samples: bool = True) -> bool:
    """Fill a database that holds nothing yet, in one transaction; False when it had been filled before.

    Several processes may do it at once: one of them fills it. Without `samples`, only the referentials.
    """
    if not _empty(connection):
        return False
    with transaction(connection, "IMMEDIATE"):
        if not _empty(connection):  # another process was faster
            return False
        write_referentials(connection, embedded_referentials())
        if samples:
            _write_samples(connection, source)
    return True


def _write_samples(connection: sqlite3.Connection, source: str) -> None:
    structures, actions = entries("structures"), entries("actions")
    records = [_located(_record(entry, source, StructureRecord)) for entry in structures]
    write_records(connection, source, [*records, *(_record(entry, source, ActionRecord) for entry in actions)])
    connection.executemany("UPDATE structure SET seeds = ? WHERE key = ?", map(_provenance, structures))
    connection.executemany("UPDATE action SET seeds = ? WHERE key = ?", map(_provenance, actions))


def _record(entry: Entry, source: str, of: type[_R]) -> _R:
    return msgspec.convert({**entry.record, "source": source}, of)


def _located(record: StructureRecord) -> StructureRecord:
    """With what its commune implies, and nothing more precise."""
    if record.address is None or record.address.insee is None:
        return record
    commune = gazetteer().communes[record.address.insee]
    address = Address(city=commune.name, insee=commune.insee, departement=commune.departement)
    return msgspec.structs.replace(record, address=address, position=_centroid(commune))


def _centroid(commune: Commune) -> Position | None:
    if commune.latitude is None or commune.longitude is None:
        return None
    return Position(commune.latitude, commune.longitude, PositionPrecision.COMMUNE)


def _provenance(entry: Entry) -> tuple[str, str]:
    return msgspec.json.encode(entry.seeds).decode(), entry.record["key"]


def _empty(connection: sqlite3.Connection) -> bool:
    """Whether the referentials are missing: structures may all have been taken out on purpose."""
    return connection.execute("SELECT 1 FROM priority LIMIT 1").fetchone() is None


def _file(name: str) -> bytes:
    return (files("connectors.registry") / "seed" / name).read_bytes()
