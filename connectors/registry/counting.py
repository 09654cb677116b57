"""How many structures there are by each value of a facet, without reading them: the database keeps the counts itself.

Triggers of the table `structure` change them with every write. What they rest on besides is the gazetteer, by which a
structure's département is told when it is written: a database whose counts are of another one is counted anew when it
is opened.
"""

import hashlib
import logging
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Final, TypeAlias

import msgspec
from msgspec import Struct

from connectors.contract import Kind
from connectors.errors import BadData
from connectors.nomenclature import CategoryCode, PriorityCode, StructureKind, SubcategoryCode
from connectors.records import StructureRecord
from connectors.registry.hidden import note_hidden
from connectors.registry.reading import BY_KEY, read
from connectors.registry.rows import shown_in, with_source
from connectors.sqlite.connections import transaction

log = logging.getLogger(__name__)

AT_ONCE: Final = 5_000
"""Internal ids that are gone through at once when all is counted anew."""

FACETS = "SELECT dimension, value, subcategory, entries FROM facet WHERE entries > 0"
STRUCTURES = "SELECT entries FROM total WHERE kind = 'structure'"
HIDDEN = "SELECT s.key FROM hidden h CROSS JOIN structure s ON s.id = h.structure"

COUNTED_BY = "SELECT gazetteer FROM counted_by"
SET_COUNTED_BY = "INSERT INTO counted_by VALUES (1, ?) ON CONFLICT DO UPDATE SET gazetteer = excluded.gazetteer"
LAST = "SELECT coalesce(max(id), 0) FROM structure"
SOME = "SELECT id, shown_in, CAST(record AS BLOB) FROM structure WHERE id > ? AND id <= ?"
SET_SHOWN_IN = "UPDATE structure SET shown_in = ? WHERE id = ?"
FORGET = "DELETE FROM facet"
COUNT = """
INSERT INTO facet SELECT dimension, value, subcategory, count(*) FROM structure_facet
WHERE structure > ? AND structure <= ? GROUP BY dimension, value, subcategory
ON CONFLICT DO UPDATE SET entries = entries + excluded.entries
"""

Declared: TypeAlias = tuple[PriorityCode, SubcategoryCode | None]
"""A priority that structures of a sub-category declare, or have by an action."""


class Census(Struct, frozen=True):
    """How many structures a registry has, in all and by each value; a structure counts once per value that it has.

    What was erased counts too, and so does a structure whose text cannot be read, as far as it says anything.
    `priorities` are without those by nature, which follow from the sub-category.
    """

    structures: int
    categories: Mapping[CategoryCode, int]
    kinds: Mapping[StructureKind, int]
    subcategories: Mapping[SubcategoryCode, int]
    departements: Mapping[str, int]
    priorities: Mapping[Declared, int]


def census(
    connection: sqlite3.Connection, source: str, keys: Sequence[str]
) -> tuple[Census, tuple[StructureRecord, ...]]:
    """The counts, and those structures that are of these keys or of what was erased, all of one state of the database.

    Raises `BadData` when a count is of something that this program does not know.
    """
    found: dict[str, dict[tuple[str, str], int]] = {}
    for dimension, value, subcategory, entries in connection.execute(FACETS):
        found.setdefault(dimension, {})[value, subcategory] = entries
    (structures,) = connection.execute(STRUCTURES).fetchone()
    wanted = dict.fromkeys([*keys, *(key for (key,) in connection.execute(HIDDEN))])
    records = read(connection, source, Kind.STRUCTURE, BY_KEY[Kind.STRUCTURE], list(wanted))
    try:
        counts = _census(structures, found)
    except ValueError as error:
        raise BadData(source, "the registry's counts cannot be read", detail=str(error)) from error
    return counts, tuple(record for record in records if isinstance(record, StructureRecord))


def _census(structures: int, found: Mapping[str, Mapping[tuple[str, str], int]]) -> Census:
    def counts(dimension: str) -> Iterator[tuple[str, int]]:
        return ((value, count) for (value, _), count in found.get(dimension, {}).items())

    return Census(
        structures=structures,
        categories={CategoryCode(value): count for value, count in counts("category")},
        kinds={StructureKind(value): count for value, count in counts("kind")},
        subcategories={SubcategoryCode(value): count for value, count in counts("subcategory")},
        departements=dict(counts("departement")),
        priorities={
            (PriorityCode(value), SubcategoryCode(within) if within else None): count
            for (value, within), count in found.get("priority", {}).items()
        },
    )


def count_anew(connection: sqlite3.Connection, source: str) -> bool:
    """Count all structures, in one transaction; False when they were by this program's gazetteer.

    Several processes may do it at once: one of them does. A million structures take about a minute.
    """
    if _is_counted(connection):
        return False
    with transaction(connection, "IMMEDIATE"):
        if _is_counted(connection):  # another process was faster
            return False
        (last,) = connection.execute(LAST).fetchone()
        if last > AT_ONCE:
            log.warning("%s: counting its structures, which is done once and may take a minute", source)
        for start in range(0, last, AT_ONCE):
            _look_again(connection, source, start)
        connection.execute(FORGET)
        for start in range(0, last, AT_ONCE):
            connection.execute(COUNT, (start, start + AT_ONCE))
        connection.execute(SET_COUNTED_BY, (_gazetteer(),))
    return True


def _look_again(connection: sqlite3.Connection, source: str, start: int) -> None:
    """Write what some structures are counted by, where it is another one now."""
    records: list[tuple[int, StructureRecord]] = []
    moved: list[tuple[str | None, int]] = []
    for id_, before, text in connection.execute(SOME, (start, start + AT_ONCE)):
        try:
            record = _structure.decode(with_source(source, text))
        except (msgspec.ValidationError, msgspec.DecodeError):
            continue  # it is shown nowhere
        records.append((id_, record))
        if (now := shown_in(record)) != before:
            moved.append((now, id_))
    connection.executemany(SET_SHOWN_IN, moved)
    note_hidden(connection, records)


def _is_counted(connection: sqlite3.Connection) -> bool:
    row = connection.execute(COUNTED_BY).fetchone()
    return row is not None and row[0] == _gazetteer()


@cache
def _gazetteer() -> str:
    """What tells one gazetteer from another: the file of its communes."""
    communes = files("connectors") / "data" / "communes.csv.gz"
    return hashlib.sha256(communes.read_bytes()).hexdigest()


_structure = msgspec.json.Decoder(StructureRecord)
