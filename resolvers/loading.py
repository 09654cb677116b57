"""Loaders: many ids, one batch; and what the answer rests on once they are loaded."""

from collections.abc import Awaitable, Callable, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from time import time
from typing import TypeVar

from connectors.contract import Kind, PractisingAt, WithIdentifiers
from connectors.errors import SourceError
from connectors.records import Identifier
from resolvers import ids
from resolvers.federation.entries import Entry
from resolvers.federation.lookup import Professionals, RecordKey
from resolvers.federation.parts import tell
from resolvers.federation.sources import Federation
from resolvers.federation.used import UNSETTLED, Used
from resolvers.loader import Loader

K = TypeVar("K")
V = TypeVar("V")


def loader(
    batch: Callable[[Federation, Sequence[K]], Awaitable[Sequence[V | SourceError]]],
    asked: Callable[[Federation, Sequence[K], Sequence[object]], AbstractSet[str]],
    federation: Federation,
    used: Used,
    *tags: str,
) -> Loader[K, V]:
    """A loader of one request.

    It tells `used` which sources the batch asked (`asked`, from the keys and what they gave), and `tags`.
    """

    async def load(keys: list[K]) -> Sequence[V | SourceError]:
        found = await batch(federation, keys)
        used.tag(*tags)
        for id_ in federation.sources.keys() & asked(federation, keys, found):
            used.source(federation.sources[id_].info)
        had: dict[str, datetime] = {}
        for value in found:
            if isinstance(value, Entry):
                _note(value, had, used)
            elif value is not None:
                _tell(federation, value, used)
        for id_, at in had.items():
            if not (info := federation.sources[id_].info).tells_changes:
                used.keep(info.ttl - (time() - at.timestamp()))
        return found

    return Loader(load)


def _note(entry: Entry, had: dict[str, datetime], used: Used) -> None:
    """Note when the oldest record of each source was `had`: it may have been held for a while already.

    Say that an entry may be kept briefly when it is not whole, or past its time.
    """
    if (entry.other_ids or entry.lead.same_as) and _is_partial(entry):
        used.keep(UNSETTLED)
    for held in entry.helds:
        if held.stale:
            used.keep(UNSETTLED)
        elif held.cached:
            source, at = held.record.source, held.retrieved_at
            if at < had.setdefault(source, at):
                had[source] = at


def _tell(federation: Federation, found: object, used: Used) -> None:
    """Say for how long something else that was found may be kept."""
    if isinstance(found, SourceError):
        used.keep(UNSETTLED)
    elif isinstance(found, Professionals):
        tell(federation.sources[found.coverage.source].info, found.coverage, used)


def _is_partial(entry: Entry) -> bool:
    """Whether a record of an entry is gone, or could not be had."""
    ids_ = {record.id for record in entry.records}
    return not ids_.issuperset(entry.other_ids) or not all(ids_.issuperset(r.same_as) for r in entry.records)


def of_ids(federation: Federation, wanted: Sequence[str], found: Sequence[object]) -> set[str]:
    """The sources of the entries and the actions found, those that the other ids name, and the registries.

    A structure is also looked for in these, which tell what else it is.
    """
    sources = {registry.info.id for registry in federation.registries} | _of_entries(found)
    for text, one in zip(wanted, found, strict=True):
        if not isinstance(one, Entry):
            sources.add(ids.source_of(text))
    return sources


def of_identifiers(federation: Federation, wanted: Sequence[Identifier], found: Sequence[object]) -> set[str]:
    """The sources that can be asked by official number, and those of the entries found by them."""
    able = {id_ for id_, source in federation.sources.items() if WithIdentifiers in source.info.asks}
    return able | {registry.info.id for registry in federation.registries} | _of_entries(found)


def of_carriers(federation: Federation, wanted: Sequence[RecordKey], found: Sequence[object]) -> set[str]:
    """The sources of these records that know actions."""
    return {source for source, _ in wanted if Kind.ACTION in federation.sources[source].info.kinds}


def of_workplaces(federation: Federation, wanted: Sequence[RecordKey], found: Sequence[object]) -> set[str]:
    """The sources of these records that know who practises where."""
    return {source for source, _ in wanted if PractisingAt in federation.sources[source].info.asks}


def of_nobody(federation: Federation, wanted: Sequence[str], found: Sequence[object]) -> frozenset[str]:
    """No source."""
    return frozenset()


def _of_entries(found: Sequence[object]) -> set[str]:
    sources = set()
    for entry in found:
        if isinstance(entry, Entry):
            for held in entry.helds:
                sources.add(held.record.source)
            if entry.other_ids:
                sources.update(map(ids.source_of, entry.other_ids))
    return sources
