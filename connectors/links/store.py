"""The links between records: who may ask what of them."""

import asyncio
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import msgspec
from cachetools import LRUCache
from msgspec import Struct

from connectors.errors import BadData, SourceError
from connectors.gathering import Gathering
from connectors.links.changes import LinkChanges, changes_after
from connectors.links.deciding import take
from connectors.links.errors import AlreadyDecided, UnknownLink
from connectors.links.fingerprints import Fingerprints
from connectors.links.forest import Forest
from connectors.links.link import Change, Decision, Link, LinkMethod, LinkState, pair
from connectors.links.rows import ANY_LINK, AROUND_RECORDS, BY_ID, HISTORY, OF_RECORDS, SUGGESTED, links_of, read_links
from connectors.records import StructureRecord
from connectors.sqlite.arrays import json_array
from connectors.sqlite.database import Database
from connectors.sqlite.once import Once, done_once, kept_answer

SOURCE = "links"
"""The name by which failures of this database go."""


MOST_HELD = 100_000
"""Ids and links held in memory at most, over all questions."""

FEW = 200
"""Ids whose links are read on the event loop's thread, in less time than it takes to have another thread do it."""


class Held(Struct, frozen=True):
    """An answer from one question to the next, and the version of the links that it is of."""

    version: int
    links: tuple[Link, ...]
    size: int


class Verdict(Struct, frozen=True, kw_only=True):
    """What a person says of a link: `by` is their account, `comment` their own words."""

    by: str
    at: datetime
    comment: str | None = None


class Suggestions(Struct, frozen=True):
    """A page of links that wait for a person; `after` asks for the next one, None on the last."""

    links: tuple[Link, ...]
    after: int | None


class LinkStore:
    """The links of a migrated `Database`.

    Links are never removed: a pair that was linked once stays known, with all that was ever decided of it. What
    decides raises `LinkRefused` and then has changed nothing; everything raises `Unavailable` and `BadData`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._held: LRUCache[frozenset[str], Held] = LRUCache(MOST_HELD, getsizeof=lambda held: held.size)
        self._coming: Gathering[str, list[Link]] = Gathering(self._read_around, SourceError, FEW)
        with _decoding(), database.reading() as connection:
            (key,) = connection.execute("SELECT key FROM fingerprint_key").fetchone()
        self._fingerprints = Fingerprints(key)

    def version(self) -> int:
        """A number that is another one after each change, be it of another process."""
        return self._database.version()

    def fingerprint(self, record: StructureRecord) -> str:
        """What tells later whether a record still describes the same place; nothing can be read from it."""
        return self._fingerprints.of(record)

    async def find(self, link: int) -> Link | None:
        """The link of a number, None when there is none."""
        return await asyncio.to_thread(self._find, link)

    async def links_of(self, ids: Iterable[str]) -> list[Link]:
        """The links of these records, whatever their state, oldest first."""
        return await asyncio.to_thread(self._read, OF_RECORDS, ids)

    async def links_around(self, ids: Iterable[str]) -> list[Link]:
        """The links of these records and of all records that are one entry with them, oldest first."""
        wanted = frozenset(ids)
        version = self.version()  # before they are read: a decision meanwhile has them read again
        held = self._held.get(wanted)
        if held is None or held.version != version:
            links = await (self._few_around(wanted) if len(wanted) <= FEW else asyncio.to_thread(self._around, wanted))
            held = Held(version, tuple(links), 1 + len(wanted) + len(links))
            if held.size <= MOST_HELD:
                self._held[wanted] = held
        return list(held.links)

    async def suggestions(self, first: int, after: int | None = None) -> Suggestions:
        """At most `first` links that wait for a person, oldest first, from after the link `after`.

        Those whose records are one entry already, through other links, do not wait.
        """
        return await asyncio.to_thread(self._suggestions, first, after or 0)

    async def history(self, one: str, other: str) -> list[Link]:
        """Every decision about a pair, oldest first. Raises `SameRecord` and `OtherKind`."""
        return await asyncio.to_thread(self._history, pair(one, other))

    async def changes_after(self, position: int, limit: int) -> LinkChanges:
        """At most `limit` links that were made or undone, from after the decision `position`, in order."""
        return await asyncio.to_thread(self._changes, position, limit)

    async def apply(
        self, decisions: Sequence[Decision], *, dry_run: bool = False, once: Once | None = None
    ) -> list[Change]:
        """Take these decisions, all or none, and tell what changes; `dry_run` tells it and changes nothing.

        A decision that is taken already is no change. It returns when they are on disk. Raises `SameRecord`,
        `OtherKind`, `CycleOfLinks` and `Contradiction`: only a person changes what a person decided, links two records
        of one directory, and nobody joins what a person set apart before that is undone; `KeyReused` of `once`.
        """
        return await self._write(lambda connection: take(connection, decisions), dry_run, once)

    async def link(self, decision: Decision, *, dry_run: bool = False, once: Once | None = None) -> Change:
        """Take one decision as `apply` does; the change is from the link to itself when nothing new was said."""
        (change,) = await self._write(lambda connection: _settle(connection, decision), dry_run, once)
        return change

    async def decide(
        self, link: int, verdict: Verdict, *, same: bool, dry_run: bool = False, once: Once | None = None
    ) -> Change:
        """Decide a suggestion. Raises what `apply` does, `UnknownLink`, and `AlreadyDecided` when it does not wait."""
        state = LinkState.LINKED if same else LinkState.APART
        (change,) = await self._write(
            lambda connection: _decide(connection, link, LinkState.SUGGESTED, state, verdict), dry_run, once
        )
        return change

    async def unlink(self, link: int, verdict: Verdict, *, dry_run: bool = False, once: Once | None = None) -> Change:
        """Part an entry in two for good. Raises `UnknownLink`, and `AlreadyDecided` when it does not link."""
        (change,) = await self._write(
            lambda connection: _decide(connection, link, LinkState.LINKED, LinkState.APART, verdict), dry_run, once
        )
        return change

    async def answered(self, once: Once) -> list[Change] | None:
        """What was answered under this key; None when nothing was. Raises `KeyReused`."""
        return await asyncio.to_thread(self._answered, once)

    async def aclose(self) -> None:
        """Close the database."""
        await asyncio.to_thread(self._database.close)

    def _find(self, link: int) -> Link | None:
        with _decoding(), self._database.reading() as connection:
            return next(links_of(connection.execute(BY_ID, (link,))), None)

    def _read(self, sql: str, ids: Iterable[str]) -> list[Link]:
        with _decoding(), self._database.reading() as connection:
            return read_links(connection, sql, ids)

    async def _few_around(self, ids: frozenset[str]) -> list[Link]:
        """The same, read together with what others ask for at this moment."""
        links = await self._coming.ask([*ids])
        if not links:
            return []
        forest = Forest(links)
        members = {member for id_ in ids for member in forest.members(id_)}
        return [link for link in links if not members.isdisjoint(link.pair)]

    async def _read_around(self, ids: list[str]) -> list[Link]:
        return self._around(ids)

    def _around(self, ids: Collection[str]) -> list[Link]:
        with _decoding(), self._database.reading() as connection:
            (touched,) = connection.execute(ANY_LINK, (json_array(ids),)).fetchone()
            return read_links(connection, AROUND_RECORDS, ids) if touched else []

    def _suggestions(self, first: int, after: int) -> Suggestions:
        found: list[Link] = []
        with _decoding(), self._database.reading() as connection:
            while True:
                some = list(links_of(connection.execute(SUGGESTED, (after, first + 1))))
                forest = Forest(read_links(connection, AROUND_RECORDS, {id_ for link in some for id_ in link.pair}))
                found += [link for link in some if not forest.together(*link.pair)]
                if len(found) > first:
                    return Suggestions(tuple(found[:first]), found[first - 1].id)
                if len(some) <= first:
                    return Suggestions(tuple(found), None)
                after = some[-1].id

    def _changes(self, position: int, limit: int) -> LinkChanges:
        with self._database.reading() as connection:
            return changes_after(connection, position, limit)

    def _history(self, of: tuple[str, str]) -> list[Link]:
        with _decoding(), self._database.reading() as connection:
            return list(links_of(connection.execute(HISTORY, of)))

    def _answered(self, once: Once) -> list[Change] | None:
        with _decoding(), self._database.reading() as connection:
            return kept_answer(connection, once, list[Change])

    async def _write(
        self, decide: Callable[[sqlite3.Connection], list[Change]], dry_run: bool, once: Once | None
    ) -> list[Change]:
        """Decide in a transaction that writes; on a dry run nothing is written in the end, and no key is used."""

        def work(connection: sqlite3.Connection) -> list[Change]:
            if not dry_run:
                taken: list[Change] = done_once(connection, once, lambda: decide(connection), list[Change])
                return taken
            connection.execute("SAVEPOINT decided")
            changes = decide(connection)
            connection.execute("ROLLBACK TO decided")
            return changes

        with _decoding():
            return await self._database.write(work)


def _settle(connection: sqlite3.Connection, decision: Decision) -> list[Change]:
    changes = take(connection, [decision])
    if changes:
        return changes
    (link,) = (link for link in read_links(connection, OF_RECORDS, decision.pair) if link.pair == decision.pair)
    return [Change(link, link)]


def _decide(
    connection: sqlite3.Connection, id_: int, waiting: LinkState, state: LinkState, verdict: Verdict
) -> list[Change]:
    link = next(links_of(connection.execute(BY_ID, (id_,))), None)
    if link is None:
        raise UnknownLink(id_)
    if link.state is not waiting:
        raise AlreadyDecided(f"link {id_} is {link.state.value} since {link.decided_at.isoformat()}")
    return take(connection, [_decision(link, state, verdict)])


def _decision(link: Link, state: LinkState, verdict: Verdict) -> Decision:
    """A person's decision on what they saw: the comparison and the fingerprints of the link."""
    return Decision(
        a=link.a,
        b=link.b,
        state=state,
        method=LinkMethod.PERSON,
        fingerprints=link.fingerprints,
        decided_by=verdict.by,
        decided_at=verdict.at,
        score=link.score,
        parts=link.parts,
        comment=verdict.comment,
    )


@contextmanager
def _decoding() -> Iterator[None]:
    """Name a row that is no link as what it is: data of the wrong form."""
    try:
        yield
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise BadData(SOURCE, "the links cannot be read", detail=str(error)) from error
