"""Batches: many ids, one call per source. These functions stand behind the loaders of a request.

Each gives one result per key, in the keys' order: a value, None when there is none, or the failure of the source
that would know.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeAlias, cast

from msgspec import Struct

from connectors.contract import ActionsOf, Kind, PractisingAt, Query, SameAs, WithIdentifiers
from connectors.errors import SourceError
from connectors.held import Held
from connectors.links import Link
from connectors.records import ActionRecord, Identifier, StructureRecord
from resolvers import ids
from resolvers.federation.coverage import Coverage, CoverageStatus
from resolvers.federation.entries import Entry
from resolvers.federation.sources import Federation, Source, chunks, helds_of, pages

RecordKey: TypeAlias = tuple[str, str]
"""A record: id of its source, and its key there."""

MOST_PAGES = 20
"""Pages read at most for one batch of relations."""


class Professionals(Struct, frozen=True):
    """Who practises at one structure, as far as its directory says."""

    entries: tuple[Entry, ...]
    coverage: Coverage


async def entries(federation: Federation, wanted: Sequence[str]) -> list[Entry | SourceError | None]:
    """The entries that these ids of structures name, with all records known to be the same place.

    The registries are asked first, since they tell which records belong together; then every other source once for
    all of its keys.
    """
    named = _structures(wanted)
    links = await federation.linker.around(list(named))
    if links:
        named |= _structures(id_ for link in links if link.linked for id_ in link.pair)
    registries = {registry.info.id for registry in federation.registries}
    others = {text: id_ for text, id_ in named.items() if id_.source not in registries}
    registered = {text: id_ for text, id_ in named.items() if text not in others} if others else named
    fetched = await _get(federation, registered)
    found = {text: held for text, held in fetched.items() if type(held) is Held}
    if others:
        found |= {held.record.id: held for held in await quoting(federation, others)}
    quoted = [text for held in found.values() if held.record.same_as for text in held.record.same_as]
    others |= {text: id_ for text, id_ in _structures(quoted).items() if id_.source not in registries}
    if others:
        fetched |= await _get(federation, dict(sorted(others.items())))
        found |= {text: held for text, held in fetched.items() if type(held) is Held}
        if not found.keys() <= named.keys():
            links = await federation.linker.around(list(found))
    by_id = {}
    for entry in federation.assembler.assemble(found, links):
        by_id[entry.id] = entry
        for id_ in entry.other_ids:
            by_id[id_] = entry
    return [by_id.get(text) or _otherwise(text, by_id.values(), fetched) for text in wanted]


def _otherwise(
    text: str, entries_: Iterable[Entry], fetched: Mapping[str, Held | SourceError]
) -> Entry | SourceError | None:
    """What stands for an id that no record has: the entry that quotes it, or the failure of its source."""
    quoting_it = next((e for e in entries_ if any(text in record.same_as for record in e.records)), None)
    failure = fetched.get(text)
    return quoting_it or (failure if isinstance(failure, SourceError) else None)


def _structures(texts: Iterable[str]) -> dict[str, ids.StructureId]:
    """Those that are ids of structures, each once, and what they name."""
    return {text: id_ for text in texts if isinstance(id_ := ids.parse(text), ids.StructureId)}


async def by_identifier(federation: Federation, wanted: Sequence[Identifier]) -> list[Entry | SourceError | None]:
    """The entry that carries each identifier, in any source: the first by precedence, then by id."""
    able = [s for s in federation.sources.values() if WithIdentifiers in s.info.asks]
    answers = await asyncio.gather(*(_carrying(source, wanted) for source in able))
    failure = next((a for a in answers if isinstance(a, SourceError)), None)
    helds = [h for a in answers if not isinstance(a, SourceError) for h in a]
    helds.sort(key=federation.assembler.precedence.rank)
    first: dict[Identifier, str] = {}
    for held in helds:
        for identifier in held.record.identifiers:
            first.setdefault(identifier, held.record.id)
    whole = await entries(federation, list(first.values()))
    by_id = dict(zip(first.values(), whole, strict=True))
    return [by_id[first[i]] if i in first else failure for i in wanted]


async def carriers(federation: Federation, wanted: Sequence[Identifier]) -> list[Entry]:
    """All entries that carry one of these, as far as their sources answer."""
    able = [s for s in federation.sources.values() if WithIdentifiers in s.info.asks]
    answers = await asyncio.gather(*(_carrying(source, wanted) for source in able)) if wanted else []
    ids_ = [held.record.id for answer in answers if not isinstance(answer, SourceError) for held in answer]
    found = await entries(federation, ids_)
    return list({entry.id: entry for entry in found if isinstance(entry, Entry)}.values())


async def actions(federation: Federation, wanted: Sequence[str]) -> list[ActionRecord | SourceError | None]:
    """The actions that these global ids name."""
    keys = [id_ for text in wanted if isinstance(id_ := ids.parse(text), ids.ActionId)]
    by_source: dict[str, list[str]] = defaultdict(list)
    for id_ in keys:
        if (source := federation.sources.get(id_.source)) and Kind.ACTION in source.info.kinds:
            by_source[id_.source].append(id_.key)
    found: dict[str, ActionRecord | SourceError] = {}

    async def get(source: Source, some: Sequence[str]) -> None:
        for key, row in (await source.connector.rows(Kind.ACTION, some)).items():
            if isinstance(row, SourceError):
                found[f"action--{source.info.id}--{key}"] = row
            elif isinstance(row.record, ActionRecord):
                found[row.record.id] = row.record

    await _batches(federation, by_source, get)
    return [found.get(id_) for id_ in wanted]


async def actions_of(
    federation: Federation, wanted: Sequence[RecordKey]
) -> list[tuple[ActionRecord, ...] | SourceError]:
    """The actions that each record carries or hosts, by title."""
    by_source: dict[str, list[str]] = defaultdict(list)
    for source, key in wanted:
        if Kind.ACTION in federation.sources[source].info.kinds:
            by_source[source].append(key)
    found: dict[RecordKey, dict[str, ActionRecord]] = defaultdict(dict)
    failures: dict[RecordKey, SourceError] = {}

    async def search(source: Source, some: Sequence[str]) -> None:
        query = Query(kind=Kind.ACTION, where=ActionsOf(tuple(some)))
        try:
            async for page in pages(source.connector, query, most=MOST_PAGES):
                for record in page.records:
                    if isinstance(record, ActionRecord):
                        for key in record.structures:
                            found[source.info.id, key][record.key] = record
        except SourceError as error:
            failures.update({(source.info.id, key): error for key in some})

    await _batches(federation, by_source, search)
    return [failures.get(key) or tuple(sorted(found[key].values(), key=lambda a: (a.title, a.key))) for key in wanted]


async def professionals_at(federation: Federation, wanted: Sequence[RecordKey]) -> list[Professionals | None]:
    """Who practises at each record's place; None where the source does not say such things."""
    by_source: dict[str, list[str]] = defaultdict(list)
    for source, key in wanted:
        if PractisingAt in federation.sources[source].info.asks:
            by_source[source].append(key)
    found: dict[RecordKey, list[Held]] = defaultdict(list)
    coverage: dict[str, Coverage] = {}

    async def search(source: Source, some: Sequence[str]) -> None:
        id_ = source.info.id
        read: list[Held] = []
        since, status, message = datetime.now(UTC), CoverageStatus.COMPLETE, None
        try:
            page = None
            async for page in pages(source.connector, Query(where=PractisingAt(tuple(some))), most=MOST_PAGES):
                read += helds_of(page)
                since = min(since, page.retrieved_at or since)
                if page.stale:
                    status = CoverageStatus.STALE
            if page and page.after:
                status, message = CoverageStatus.PARTIAL, "there are more than were read"
        except SourceError as error:
            status, message = CoverageStatus.UNAVAILABLE, error.message
        for held in read:
            for key in held.record.practises_at:
                found[id_, key].append(held)
        for key in some:
            coverage[f"{id_}--{key}"] = Coverage(
                source=id_, status=status, message=message, since=since, record_count=len(found[id_, key])
            )

    await _batches(federation, by_source, search)
    entry = federation.assembler.entry
    return [
        Professionals(tuple(entry([held]) for held in found[s, k]), coverage[f"{s}--{k}"])
        if f"{s}--{k}" in coverage
        else None
        for s, k in wanted
    ]


async def links_of(federation: Federation, wanted: Sequence[str]) -> list[tuple[Link, ...]]:
    """The links of each record, whatever their state."""
    found: dict[str, list[Link]] = defaultdict(list)
    for link in await federation.linker.around(wanted):
        for id_ in link.pair:
            found[id_].append(link)
    return [tuple(found[id_]) for id_ in wanted]


async def _get(federation: Federation, wanted: Mapping[str, ids.StructureId]) -> dict[str, Held | SourceError]:
    """The records of these ids; a failure stands for each that it hid."""
    by_source: dict[str, dict[str, str]] = defaultdict(dict)
    for text, (source_id, key) in wanted.items():
        by_source[source_id][key] = text
    for unknown in by_source.keys() - federation.sources.keys():
        del by_source[unknown]
    found: dict[str, Held | SourceError] = {}

    async def get(source: Source, some: Sequence[str]) -> None:
        texts = by_source[source.info.id]
        for key, row in (await source.connector.rows(Kind.STRUCTURE, some)).items():
            if type(row) is not Held or isinstance(row.record, StructureRecord):
                found[texts[key]] = cast(Held | SourceError, row)

    await _batches(federation, by_source, get)
    return found


async def quoting(federation: Federation, quoted: Iterable[str]) -> list[Held]:
    """The records of the registries that say they are one of these. A registry that fails tells nothing here."""
    texts = list(quoted)
    helds: list[Held] = []
    for registry in federation.registries if texts else ():
        for some in chunks(texts, registry.info.batch_size):
            try:
                async for page in pages(registry.connector, Query(where=SameAs(tuple(some))), most=MOST_PAGES):
                    helds += helds_of(page)
            except SourceError:
                break  # observed and logged by its guard
    return helds


async def _carrying(source: Source, wanted: Sequence[Identifier]) -> list[Held] | SourceError:
    helds: list[Held] = []
    try:
        for some in chunks(wanted, source.info.batch_size):
            async for page in pages(source.connector, Query(where=WithIdentifiers(tuple(some))), most=MOST_PAGES):
                helds += helds_of(page)
    except SourceError as error:
        return error
    return helds


async def _batches(
    federation: Federation,
    by_source: Mapping[str, Iterable[str]],
    call: Callable[[Source, Sequence[str]], Awaitable[None]],
) -> None:
    """Call once for each batch of keys of each source, all at once."""
    calls = [
        call(federation.sources[id_], some)
        for id_, keys in by_source.items()
        for some in chunks(dict.fromkeys(keys), federation.sources[id_].info.batch_size)
    ]
    if len(calls) == 1:
        await calls[0]
    else:
        await asyncio.gather(*calls)
