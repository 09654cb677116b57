"""Which structures of the registry are of what was erased: noted in the transaction that writes them, or erases.

They are kept from view wherever records are shown (`Suppressions.shown`); the note is for whoever counts them without
reading all of them. Fingerprints cannot be read back, so that what carries them is found when they are made, by the ids
and numbers themselves, and when a structure is written, by its own.
"""

import sqlite3
from collections.abc import Iterable, Sequence

import msgspec

from connectors.records import Identifier, StructureRecord
from connectors.registry.fingerprints import Fingerprints
from connectors.registry.rows import with_source
from connectors.sqlite.arrays import json_array

CARRYING = """
SELECT s.id, CAST(s.record AS BLOB) FROM (
    SELECT s.id FROM json_each(:keys) k CROSS JOIN structure s ON s.key = k.value
    UNION
    SELECT t.structure FROM json_each(:ids) k CROSS JOIN same_as t ON t.id = k.value
    UNION
    SELECT i.structure FROM json_each(:numbers) k
    CROSS JOIN identifier i ON i.value = k.value ->> '$.value' AND i.scheme = k.value ->> '$.scheme'
) found CROSS JOIN structure s ON s.id = found.id
"""
"""The structures of some keys, or that quote some ids or bear some numbers (JSON arrays)."""

ERASED = "SELECT fingerprint FROM suppression"

SHOW = "DELETE FROM hidden WHERE structure IN (SELECT value FROM json_each(?))"
HIDE = "INSERT INTO hidden (structure) VALUES (?)"

_structure = msgspec.json.Decoder(StructureRecord)


def note_hidden(connection: sqlite3.Connection, records: Sequence[tuple[int, StructureRecord]]) -> None:
    """Note which of these structures, with their internal ids, are of what was erased."""
    erased = frozenset(fingerprint for (fingerprint,) in connection.execute(ERASED))
    connection.execute(SHOW, [json_array(id_ for id_, _ in records)])
    if erased:
        (key,) = connection.execute("SELECT key FROM suppression_key").fetchone()
        fingerprints = Fingerprints(key)
        hidden = [(id_,) for id_, record in records if not erased.isdisjoint(fingerprints.of_record(record))]
        connection.executemany(HIDE, hidden)


def note_carriers(
    connection: sqlite3.Connection, source: str, ids: Iterable[str], numbers: Iterable[Identifier]
) -> None:
    """Note anew the structures that some ids (`source--key`) or numbers name: these were erased just now, or lifted."""
    ids = tuple(ids)
    own = [id_.removeprefix(f"{source}--") for id_ in ids if id_.startswith(f"{source}--")]
    asked = {"keys": json_array(own), "ids": json_array(ids), "numbers": json_array(numbers)}
    note_hidden(connection, list(_records(connection.execute(CARRYING, asked), source)))


def _records(rows: Iterable[tuple[int, bytes]], source: str) -> Iterable[tuple[int, StructureRecord]]:
    for id_, text in rows:
        try:
            yield id_, _structure.decode(with_source(source, text))
        except (msgspec.ValidationError, msgspec.DecodeError):
            continue  # what cannot be read is not shown either
