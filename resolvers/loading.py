"""Loaders: many ids, one batch; and what the answer rests on once they are loaded."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from time import time
from typing import TypeVar

from strawberry.dataloader import DataLoader

from connectors.contract import Kind, PractisingAt, WithIdentifiers
from connectors.errors import SourceError
from connectors.records import Identifier
from resolvers import ids
from resolvers.federation.entries import Entry
from resolvers.federation.lookup import Professionals, RecordKey
from resolvers.federation.parts import tell
from resolvers.federation.sources import Federation
from resolvers.federation.used import UNSETTLED, Used

K = TypeVar("K")
V = TypeVar("V")


def loader(
    batch: Callable[[Federation, Sequence[K]], Awaitable[Sequence[V | SourceError]]],
    asked: Callable[[Federation, Sequence[K], Sequence[object]], Iterable[str]],
    federation: Federation,
    used: Used,
    *tags: str,
) -> DataLoader[K, V]:
    """A loader of one request.

    It tells `used` which sources the batch asked (`asked`, from the keys and what they gave), and `tags`.
    """

    async def load(keys: list[K]) -> Sequence[V | SourceError]:
        found = await batch(federation, keys)
        used.tag(*tags)
        for id_ in federation.sources.keys() & set(asked(federation, keys, found)):
            used.source(federation.sources[id_].info)
        for value in found:
            _tell(federation, value, used)
        return found

    # Strawberry raises what a batch gives as an exception, for the key it stands for
    return DataLoader(load_fn=load)


def _tell(federation: Federation, found: object, used: Used) -> None:
    """Say for how long one thing that was found may be kept: records may have been held for a while already."""
    if isinstance(found, SourceError):
        used.keep(UNSETTLED)
    elif isinstance(found, Professionals):
        tell(federation.sources[found.coverage.source].info, found.coverage, used)
    elif isinstance(found, Entry):
        ids_ = {record.id for record in found.records}
        if not ids_.issuperset(found.other_ids) or not all(ids_.issuperset(r.same_as) for r in found.records):
            used.keep(UNSETTLED)  # a record of it is gone, or could not be had
        for held in found.helds:
            info = federation.sources[held.record.source].info
            if held.stale:
                used.keep(UNSETTLED)
            elif held.cached and not info.tells_changes:
                used.keep(info.ttl - (time() - held.retrieved_at.timestamp()))


def of_ids(federation: Federation, wanted: Sequence[str], found: Sequence[object]) -> Iterator[str]:
    """The sources that ids of structures and actions name, and those of the entries found by them.

    A structure is also looked for in the registries, which tell what else it is.
    """
    named = [ids.parse(text) for text in wanted]
    yield from {id_.source for id_ in named if id_ is not None}
    if any(isinstance(id_, ids.StructureId) for id_ in named):
        yield from (registry.info.id for registry in federation.registries)
    yield from _of_entries(found)


def of_identifiers(federation: Federation, wanted: Sequence[Identifier], found: Sequence[object]) -> Iterator[str]:
    """The sources that can be asked by official number, and those of the entries found by them."""
    yield from (id_ for id_, source in federation.sources.items() if WithIdentifiers in source.info.asks)
    yield from (registry.info.id for registry in federation.registries)
    yield from _of_entries(found)


def of_carriers(federation: Federation, wanted: Sequence[RecordKey], found: Sequence[object]) -> Iterator[str]:
    """The sources of these records that know actions."""
    yield from (source for source, _ in wanted if Kind.ACTION in federation.sources[source].info.kinds)


def of_workplaces(federation: Federation, wanted: Sequence[RecordKey], found: Sequence[object]) -> Iterator[str]:
    """The sources of these records that know who practises where."""
    yield from (source for source, _ in wanted if PractisingAt in federation.sources[source].info.asks)


def of_nobody(federation: Federation, wanted: Sequence[str], found: Sequence[object]) -> tuple[str, ...]:
    """No source."""
    return ()


def _of_entries(found: Sequence[object]) -> Iterator[str]:
    for entry in found:
        if isinstance(entry, Entry):
            yield from (record.source for record in entry.records)
            yield from (id_.partition("--")[0] for id_ in entry.other_ids)
