"""What structures have by their actions: the priorities, and the calls won, of those that they carry or host.

It follows from the actions, and is written into the texts of the structures whenever an action or a structure is, so
that a structure is read at once.
"""

import logging
import sqlite3
from collections.abc import Iterable, Iterator, Sequence

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from connectors.nomenclature import PriorityBasis, PriorityCode
from connectors.records import Laureate, RecordPriority, StructureRecord
from connectors.registry.rows import text_of, with_source
from connectors.sqlite.arrays import json_array

log = logging.getLogger(__name__)

AFFECTED = """
SELECT DISTINCT c.structure FROM json_each(?) k
CROSS JOIN action_structure c ON c.action = k.value AND c.role IN ('carrier', 'place')
"""
"""The structures that some actions (a JSON array of internal ids) give something to."""

GAINED = """
SELECT DISTINCT c.structure, c.action, CAST(a.record AS BLOB) FROM json_each(?) k
CROSS JOIN action_structure c ON c.structure = k.value AND c.role IN ('carrier', 'place')
CROSS JOIN action a ON a.id = c.action ORDER BY c.structure, c.action
"""
"""The actions that some structures (a JSON array of internal ids) carry or host, in the order of the actions."""

TEXTS = "SELECT s.id, CAST(s.record AS BLOB) FROM json_each(?) k CROSS JOIN structure s ON s.id = k.value"

SET_TEXT = "UPDATE structure SET record = ? WHERE id = ?"


class Gain(Struct, frozen=True):
    """What an action gives to the structures that carry or host it."""

    key: str
    priorities: tuple[PriorityCode, ...] = ()
    laureates: tuple[Laureate, ...] = ()


_gain = msgspec.json.Decoder(Gain)
_structure = msgspec.json.Decoder(StructureRecord)


def affected(connection: sqlite3.Connection, actions: Iterable[int]) -> set[int]:
    """The structures (internal ids) that these actions give something to."""
    return {row[0] for row in connection.execute(AFFECTED, [json_array(actions)])}


def declared(record: StructureRecord) -> StructureRecord:
    """A structure with what it says itself, and nothing that follows from elsewhere."""
    own = tuple(p for p in record.priorities if p.basis is PriorityBasis.DECLARED)
    return replace(record, priorities=own, laureates=())


def write_gains(connection: sqlite3.Connection, source: str, structures: Iterable[int]) -> None:
    """Write anew what these structures have by their actions; one whose text cannot be read is left as it is."""
    asked = json_array(structures)
    gains: dict[int, list[Gain]] = {}
    for structure, _, text in connection.execute(GAINED, [asked]):
        gains.setdefault(structure, []).append(_gain.decode(text))
    connection.executemany(SET_TEXT, list(_changed(connection.execute(TEXTS, [asked]), source, gains)))


def _changed(rows: Iterable[tuple[int, bytes]], source: str, gains: dict[int, list[Gain]]) -> Iterator[tuple[str, int]]:
    for id_, text in rows:
        try:
            record = _structure.decode(with_source(source, text))
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            log.warning("%s: the structure %d cannot be read: %s", source, id_, error)
            continue
        gained = _with(declared(record), gains.get(id_, ()))
        if gained != record:
            yield text_of(gained), id_


def _with(record: StructureRecord, gains: Sequence[Gain]) -> StructureRecord:
    implied = [RecordPriority(code, PriorityBasis.BY_ACTION, gain.key) for gain in gains for code in gain.priorities]
    won = [laureate for gain in gains for laureate in gain.laureates]
    priorities = (*record.priorities, *dict.fromkeys(implied))
    return replace(record, priorities=priorities, laureates=tuple(dict.fromkeys(won)))
