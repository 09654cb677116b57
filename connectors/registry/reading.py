"""Reading records: one statement, however many they are, and one typed decoder for the text of each."""

import logging
import sqlite3
from collections.abc import Callable, Iterator, Sequence

import msgspec

from connectors.contract import Kind, Record
from connectors.records import ActionRecord, StructureRecord
from connectors.registry.rows import with_source
from connectors.sqlite.arrays import json_array

log = logging.getLogger(__name__)

BY_KEY = {
    Kind.STRUCTURE: """SELECT s.key, CAST(s.record AS BLOB) FROM json_each(?) k
        CROSS JOIN structure s ON s.key = k.value""",
    Kind.ACTION: "SELECT a.key, CAST(a.record AS BLOB) FROM json_each(?) k CROSS JOIN action a ON a.key = k.value",
}
"""The rows of these keys (a JSON array). Texts are read as the bytes that they are stored in: they are decoded once."""

BY_ID = {
    Kind.STRUCTURE: """SELECT s.key, CAST(s.record AS BLOB) FROM json_each(?) k
        CROSS JOIN structure s ON s.id = k.value ORDER BY s.id""",
    Kind.ACTION: """SELECT a.key, CAST(a.record AS BLOB) FROM json_each(?) k
        CROSS JOIN action a ON a.id = k.value ORDER BY a.id""",
}
"""The rows of these internal ids (a JSON array)."""

_decode: dict[Kind, Callable[[bytes], Record]] = {
    Kind.STRUCTURE: msgspec.json.Decoder(StructureRecord).decode,
    Kind.ACTION: msgspec.json.Decoder(ActionRecord).decode,
}


def read(
    connection: sqlite3.Connection, source: str, kind: Kind, rows: str, wanted: Sequence[str | int]
) -> Iterator[Record | None]:
    """The records of some rows (`BY_KEY` or `BY_ID`); None in the place of one that cannot be read."""
    decode = _decode[kind]
    for key, text in connection.execute(rows, [json_array(wanted)]).fetchall():
        try:
            yield decode(with_source(source, text))
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            log.warning("%s: the %s %r cannot be read: %s", source, kind, key, error)
            yield None
