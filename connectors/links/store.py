"""The links between records: who may ask what of them."""

import asyncio
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from threading import Lock

import msgspec
from cachetools import LRUCache
from msgspec import Struct

from connectors.errors import BadData
from connectors.links.deciding import take
from connectors.links.errors import AlreadyDecided, UnknownLink
from connectors.links.fingerprints import Fingerprints
from connectors.links.forest import Forest
from connectors.links.link import Change, Decision, Link, LinkMethod, LinkState, pair
from connectors.links.rows import AROUND_RECORDS, BY_ID, HISTORY, OF_RECORDS, SUGGESTED, links_of, read_links
from connectors.records import StructureRecord
from connectors.sqlite.database import Database

SOURCE = "links"
"""The name by which failures of this database go."""


MOST_HELD = 400_000
"""Ids and links held in memory at most, over all questions."""


class Held(Struct, frozen=True):
    """An answer, and the number of the latest decision when it was given."""

    version: int | None
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
        self._turn = Lock()
        with _decoding(), database.reading() as connection:
            (key,) = connection.execute("SELECT key FROM fingerprint_key").fetchone()
        self._fingerprints = Fingerprints(key)

    def fingerprint(self, record: StructureRecord) -> str:
        """What tells later whether a record still describes the same place; nothing can be read from it."""
        return self._fingerprints.of(record)

    async def links_of(self, ids: Iterable[str]) -> list[Link]:
        """The links of these records, whatever their state, oldest first."""
        return await asyncio.to_thread(self._read, OF_RECORDS, ids)

    async def links_around(self, ids: Iterable[str]) -> list[Link]:
        """The links of these records and of all records that are one entry with them, oldest first."""
        return list(await asyncio.to_thread(self._around, frozenset(ids)))

    async def previous_ids(self, ids: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """For each id, the other ids that find the same entry, for as long as the links that say so are not undone.

        They are there even when their directory has dropped the record. Which id leads is for whoever knows the
        precedence of the directories.
        """
        forest = Forest(await self.links_around(ids))
        return {id_: forest.members(id_) - {id_} for id_ in ids}

    async def suggestions(self, first: int, after: int | None = None) -> Suggestions:
        """At most `first` links that wait for a person, oldest first, from after the link `after`.

        Those whose records are one entry already, through other links, do not wait.
        """
        return await asyncio.to_thread(self._suggestions, first, after or 0)

    async def history(self, one: str, other: str) -> list[Link]:
        """Every decision about a pair, oldest first. Raises `SameRecord` and `OtherKind`."""
        return await asyncio.to_thread(self._history, pair(one, other))

    async def apply(self, decisions: Sequence[Decision], *, dry_run: bool = False) -> list[Change]:
        """Take these decisions, all or none, and tell what changes; `dry_run` tells it and changes nothing.

        A decision that is taken already is no change. Raises `SameRecord`, `OtherKind`, `CycleOfLinks` and
        `Contradiction`: only a person changes what a person decided, links two records of one directory, and nobody
        joins what a person set apart before that is undone.
        """
        return await asyncio.to_thread(self._apply, decisions, dry_run)

    async def decide(self, link: int, verdict: Verdict, *, same: bool, dry_run: bool = False) -> Change:
        """Decide a suggestion. Raises what `apply` does, `UnknownLink`, and `AlreadyDecided` when it does not wait."""
        state = LinkState.LINKED if same else LinkState.APART
        return await asyncio.to_thread(self._decide, link, LinkState.SUGGESTED, state, verdict, dry_run)

    async def unlink(self, link: int, verdict: Verdict, *, dry_run: bool = False) -> Change:
        """Part an entry in two for good. Raises `UnknownLink`, and `AlreadyDecided` when it does not link."""
        return await asyncio.to_thread(self._decide, link, LinkState.LINKED, LinkState.APART, verdict, dry_run)

    async def aclose(self) -> None:
        """Close the database."""
        await asyncio.to_thread(self._database.close)

    def _read(self, sql: str, ids: Iterable[str]) -> list[Link]:
        with _decoding(), self._database.reading() as connection:
            return read_links(connection, sql, ids)

    def _around(self, ids: frozenset[str]) -> tuple[Link, ...]:
        """Held from one question to the next, since the same places are asked for over and over."""
        with _decoding(), self._database.reading() as connection:
            (version,) = connection.execute("SELECT max(id) FROM decision").fetchone()  # decisions only grow
            with self._turn:
                held = self._held.get(ids)
            if held and held.version == version:
                return held.links
            links = tuple(read_links(connection, AROUND_RECORDS, ids))
        size = 1 + len(ids) + len(links)
        if size <= MOST_HELD:
            with self._turn:
                self._held[ids] = Held(version, links, size)
        return links

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

    def _history(self, of: tuple[str, str]) -> list[Link]:
        with _decoding(), self._database.reading() as connection:
            return list(links_of(connection.execute(HISTORY, of)))

    def _apply(self, decisions: Sequence[Decision], dry_run: bool) -> list[Change]:
        with self._deciding(dry_run) as connection:
            return take(connection, decisions)

    def _decide(self, id_: int, waiting: LinkState, state: LinkState, verdict: Verdict, dry_run: bool) -> Change:
        with self._deciding(dry_run) as connection:
            link = next(links_of(connection.execute(BY_ID, (id_,))), None)
            if link is None:
                raise UnknownLink(id_)
            if link.state is not waiting:
                raise AlreadyDecided(f"link {id_} is {link.state.value} since {link.decided_at.isoformat()}")
            (change,) = take(connection, [_decision(link, state, verdict)])
            return change

    @contextmanager
    def _deciding(self, dry_run: bool) -> Iterator[sqlite3.Connection]:
        """A transaction that writes; on a dry run, nothing in the end."""
        with _decoding(), self._database.writing() as connection:
            connection.execute("SAVEPOINT decided")
            yield connection
            connection.execute("ROLLBACK TO decided" if dry_run else "RELEASE decided")


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
