"""The registrations of a registry: each step is one transaction, and on disk when it is acknowledged."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final, TypeVar

import msgspec

from connectors.errors import BadData
from connectors.registrations import rows
from connectors.registrations.codes import read_code
from connectors.registrations.form import Entered
from connectors.registrations.registration import (
    Actor,
    ChangeLog,
    CodeState,
    Event,
    Listed,
    Listing,
    Registration,
    Remark,
    Taken,
)
from connectors.registrations.steps import Erasure, Make, Steps
from connectors.registrations.suppressions import Suppressions
from connectors.registry.connector import Registry
from connectors.sqlite.arrays import json_array
from connectors.sqlite.once import EXPIRE, Once, done_once

T = TypeVar("T")

HUB: Final = Actor(account="hub", role="HUB", moderates=True)
"""Who purges and confirms when no person does."""

NOTHING: Final = Erasure()


def _now() -> datetime:
    return datetime.now(UTC)


class Registrations:
    """The registrations kept in the database of a `Registry`, with the records made of them.

    Every step raises its refusal (`connectors.registrations.errors`) and then has changed nothing; everything raises
    `Unavailable` and `BadData`. Those with `once` raise `KeyReused` too, and are done once under one key.
    """

    def __init__(self, registry: Registry, *, clock: Callable[[], datetime] = _now) -> None:
        self.source = registry.info.id
        self.suppressions = Suppressions(registry.database, self.source, registry.version)
        self._database = registry.database
        self._clock = clock

    def version(self) -> int:
        """A number that is another one after each write, be it of another process; asked on the event loop."""
        return self._database.version()

    async def save_draft(
        self, entered: Entered, by: Actor, *, id_: str | None = None, once: Once | None = None
    ) -> Registration:
        """Keep what was entered, to go on later. Raises `UnknownRegistration` and `WrongState`."""
        return await self._enter(entered, by, id_, once, submit=False)

    async def submit(
        self, entered: Entered, by: Actor, *, id_: str | None = None, once: Once | None = None
    ) -> Registration:
        """Have a moderator look at what was entered. Raises `UnknownRegistration` and `WrongState`."""
        return await self._enter(entered, by, id_, once, submit=True)

    async def validate(self, id_: str, revision: int, by: Actor, make: Make) -> Registration:
        """Show what `make` makes of the revision that waits, at once.

        Raises `UnknownRegistration`, `WrongState` and `StaleRevision`.
        """
        return await self._step(id_, lambda steps: steps.validate(id_, revision, by, make))

    async def refuse(
        self, id_: str, revision: int, by: Actor, reasons: Sequence[Remark], comment: str | None = None
    ) -> Registration:
        """Say why the revision that waits is not shown. Raises as `validate` does."""
        return await self._step(id_, lambda steps: steps.refuse(id_, revision, by, reasons, comment))

    async def withdraw(self, id_: str, by: Actor, reason: str | None = None) -> Registration:
        """End a registration, and show nothing of it. Raises `UnknownRegistration` and `WrongState`."""
        return await self._step(id_, lambda steps: steps.withdraw(id_, by, reason))

    async def erase(self, ids: Sequence[str], by: Actor, also: Erasure = NOTHING, *, reason: str | None = None) -> None:
        """Remove registrations, and hide for good what they were and `also`. Raises `UnknownRegistration`.

        `reason`: why somebody else than the owner does it; it is kept with who does.
        """

        def work(steps: Steps) -> None:
            if not ids:
                steps.erase_others(by, also, reason)
            for rank, id_ in enumerate(ids):
                steps.erase(id_, by, NOTHING if rank else also, reason)

        await self._write(work)

    async def confirm_email(self, id_: str, address: str, by: Actor = HUB) -> Registration:
        """Note that this address is the owner's. Raises `UnknownRegistration` and `OtherAddress`; twice is once."""
        return await self._step(id_, lambda steps: steps.confirm(id_, address, by))

    async def purge_drafts(self, before: datetime, by: Actor = HUB) -> int:
        """Forget the drafts that nobody touched since, and tell how many there were; and old idempotency keys."""

        def work(connection: sqlite3.Connection) -> int:
            found = [id_ for (id_,) in connection.execute(rows.UNTOUCHED, (rows.moment(before),))]
            for id_ in found:
                self._steps(connection).purge(id_, by)
            connection.execute(EXPIRE, (self._clock().timestamp(),))
            return len(found)

        with self._decoding():
            return await self._database.write(work)

    async def find(self, id_: str) -> Registration | None:
        """The registration of an id, whoever asks."""
        return await asyncio.to_thread(self._read, lambda connection: rows.find(connection, id_))

    async def showing(self, keys: Iterable[str]) -> list[Registration]:
        """The registrations of which these keys of the registry are shown."""
        asked = json_array(keys)
        return await asyncio.to_thread(
            self._read, lambda connection: list(rows.registrations_of(connection.execute(rows.SHOWING, (asked,))))
        )

    async def of_owner(self, owner: str) -> list[Registration]:
        """All registrations of an account, oldest first."""
        everything = {**rows.parameters_of(Listing(owner=owner)), "after": 0, "limit": -1}
        return await asyncio.to_thread(
            self._read, lambda connection: list(rows.registrations_of(connection.execute(rows.LISTED, everything)))
        )

    async def listed(self, listing: Listing, first: int, after: int = 0) -> Listed:
        """At most `first` registrations, oldest first, from after the number `after`."""
        return await asyncio.to_thread(self._read, lambda connection: _listed(connection, listing, first, after))

    async def events_of(self, id_: str) -> list[Event]:
        """The steps of a registration, oldest first; also of one that was removed."""
        return await asyncio.to_thread(
            self._read, lambda connection: list(rows.events_of(connection.execute(rows.EVENTS, (id_,))))
        )

    async def steps_after(self, number: int, limit: int) -> list[Taken]:
        """At most `limit` steps of all registrations, from after a number, in order: for who writes to their owners."""
        return await asyncio.to_thread(
            self._read,
            lambda connection: list(rows.taken_of(connection.execute(rows.EVENTS_AFTER, (number, limit)).fetchall())),
        )

    async def changes_after(self, position: int, limit: int) -> ChangeLog:
        """At most `limit` entries of the feed, from after the number `position`, in order."""
        return await asyncio.to_thread(self._read, lambda connection: _changes(connection, position, limit))

    async def verify_code(self, text: str) -> CodeState | None:
        """What a logo's code stands for, however it was typed; None when it was never given."""
        code = read_code(text)
        if code is None:
            return None
        return await asyncio.to_thread(self._read, lambda connection: _code_state(connection, code))

    async def _enter(
        self, entered: Entered, by: Actor, id_: str | None, once: Once | None, *, submit: bool
    ) -> Registration:
        def work(connection: sqlite3.Connection) -> Registration:
            steps = self._steps(connection)
            kept = done_once(connection, once, lambda: steps.enter(id_, entered, by, submit=submit), str)
            return steps.found(kept, by)

        with self._decoding():
            return await self._database.write(work)

    async def _step(self, id_: str, step: Callable[[Steps], None]) -> Registration:
        def work(steps: Steps) -> Registration:
            step(steps)
            return steps.found(id_, HUB)

        return await self._write(work)

    async def _write(self, work: Callable[[Steps], T]) -> T:
        with self._decoding():
            return await self._database.write(lambda connection: work(self._steps(connection)))

    def _steps(self, connection: sqlite3.Connection) -> Steps:
        # what is removed is overwritten, not only forgotten
        connection.execute("PRAGMA secure_delete = ON")
        return Steps(connection, self.source, self.suppressions, self._clock())

    def _read(self, read: Callable[[sqlite3.Connection], T]) -> T:
        with self._decoding(), self._database.reading() as connection:
            return read(connection)

    @contextmanager
    def _decoding(self) -> Iterator[None]:
        """Name a row that is no registration as what it is: data of the wrong form."""
        try:
            yield
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            raise BadData(self.source, "the registrations cannot be read", detail=str(error)) from error


def _listed(connection: sqlite3.Connection, listing: Listing, first: int, after: int) -> Listed:
    asked = rows.parameters_of(listing)
    found = connection.execute(rows.LISTED, {**asked, "after": after, "limit": first + 1})
    registrations = list(rows.registrations_of(found))
    (total,) = connection.execute(rows.COUNTED, asked).fetchone()
    more = registrations[first - 1].number if len(registrations) > first else None
    return Listed(registrations=tuple(registrations[:first]), after=more, total=total)


def _changes(connection: sqlite3.Connection, position: int, limit: int) -> ChangeLog:
    changes = tuple(rows.changes_of(connection.execute(rows.CHANGES, (position, limit))))
    (latest,) = connection.execute(rows.LATEST_CHANGE).fetchone()
    return ChangeLog(changes=changes, latest=latest)


def _code_state(connection: sqlite3.Connection, code: str) -> CodeState | None:
    row = connection.execute(rows.BY_CODE, (code,)).fetchone()
    if row is None:
        return None
    registration = rows.find(connection, row["registration"])
    if registration is None or registration.shown is None:
        return CodeState(rightful=False, since=datetime.fromisoformat(row["last_at"] or row["given_at"]))
    since = datetime.fromisoformat(row["given_at"])
    return CodeState(rightful=True, since=since, registration=registration)
