"""What was erased and is not to come back, as answers are made; where nothing was erased, nothing is looked at."""

import sqlite3
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TypeVar

from connectors.errors import SourceError
from connectors.records import ActionRecord, Identifier, StructureRecord
from connectors.registry.fingerprints import Fingerprints
from connectors.registry.hidden import note_carriers
from connectors.sqlite.database import Database

T = TypeVar("T")

ADD = "INSERT OR IGNORE INTO suppression (fingerprint, at) VALUES (?, ?)"
LIFT = "DELETE FROM suppression WHERE fingerprint = ?"
ALL = "SELECT fingerprint FROM suppression"


class Suppressions:
    """The fingerprints of a migrated database, held in memory and read again when it was written to.

    `source`: the registry of that database. `version`: a number that is another one after each change of what is shown;
    asked on the event loop.
    """

    def __init__(self, database: Database, source: str, version: Callable[[], int]) -> None:
        self._database = database
        self._source = source
        self._version = version
        self._seen: int | None = None
        self._held: frozenset[bytes] = frozenset()
        with database.reading() as connection:
            (key,) = connection.execute("SELECT key FROM suppression_key").fetchone()
        self.fingerprints = Fingerprints(key)

    def shown(
        self, values: Iterable[T], record: Callable[[T], StructureRecord | ActionRecord | None]
    ) -> list[T] | None:
        """The values whose record was not erased; None when nothing was ever erased: then it is all of them."""
        held = self._current()
        if not held:
            return None
        return [
            value
            for value in values
            if (known := record(value)) is None or held.isdisjoint(self.fingerprints.of_record(known))
        ]

    def shown_ids(self, values: Iterable[T], ids: Callable[[T], Iterable[str]]) -> list[T] | None:
        """The values none of whose ids (`source--key`) was erased; None as `shown` does."""
        held = self._current()
        if not held:
            return None
        return [value for value in values if held.isdisjoint(map(self.fingerprints.of_id, ids(value)))]

    @property
    def source(self) -> str:
        """The registry that notes itself which of its structures are hidden."""
        return self._source

    @property
    def any(self) -> bool:
        """Whether anything was ever erased."""
        return bool(self._current())

    def add(
        self, connection: sqlite3.Connection, ids: Iterable[str], numbers: Iterable[Identifier], at: datetime
    ) -> None:
        """Have these never come back, in the transaction of the caller."""
        ids, numbers = tuple(ids), tuple(numbers)
        made = {*map(self.fingerprints.of_id, ids), *map(self.fingerprints.of_number, numbers)}
        connection.executemany(ADD, [(fingerprint, at.astimezone(UTC).isoformat()) for fingerprint in sorted(made)])
        note_carriers(connection, self._source, ids, numbers)

    def lift(self, connection: sqlite3.Connection, ids: Iterable[str], numbers: Iterable[Identifier]) -> None:
        """Let these come back, in the transaction of the caller: whom they name asks for it, and a moderator agrees."""
        ids, numbers = tuple(ids), tuple(numbers)
        made = {*map(self.fingerprints.of_id, ids), *map(self.fingerprints.of_number, numbers)}
        connection.executemany(LIFT, [(fingerprint,) for fingerprint in sorted(made)])
        note_carriers(connection, self._source, ids, numbers)

    def _current(self) -> frozenset[bytes]:
        try:
            version = self._version()
            if version != self._seen:
                with self._database.reading() as connection:
                    self._held = frozenset(row[0] for row in connection.execute(ALL))
                self._seen = version
        except SourceError:
            pass  # what is known to be hidden stays hidden; the failure shows where the registry itself is read
        return self._held
