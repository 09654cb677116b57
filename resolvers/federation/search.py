"""A search over all directories: ask the cells of a place, merge, filter, order, cut a page, say what is missing."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from weakref import ref

import msgspec

from connectors.contract import Everywhere
from connectors.errors import SourceError
from resolvers.federation import everywhere, text
from resolvers.federation.asking import ask, seen
from resolvers.federation.coverage import Coverage, CoverageStatus
from resolvers.federation.entries import Entry
from resolvers.federation.filters import Compiler, Filter, check, conjuncts, narrowing, place_of, sources_of
from resolvers.federation.memo import (
    KEPT_SECONDS,
    Answer,
    Assembly,
    Before,
    Counted,
    Made,
    Paged,
    Plan,
    Seen,
    records_of,
)
from resolvers.federation.ordering import Hit, Order, arrange, choose
from resolvers.federation.paging import Slice, check_cursor, check_first, mark, page
from resolvers.federation.parts import Rests, is_whole, tell
from resolvers.federation.places import resolve
from resolvers.federation.sources import Federation, Source
from resolvers.federation.stream import can_stream, stream
from resolvers.federation.threads import worked_out
from resolvers.federation.used import LINKS, Used


@dataclass(frozen=True, slots=True)
class Question:
    """What a client asks: which entries, in which order, which page."""

    filter: Filter
    order: Order | None = None
    first: int = 20
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The answer: a page of hits, all entries found, the exact total where all was asked for, and every coverage.

    `facets` counts the whole result, which of sources that are read page by page has to be read first.
    """

    slice: Slice[Hit]
    entries: tuple[Entry, ...]
    total: int | None
    coverage: tuple[Coverage, ...]
    facets: Callable[[], Awaitable[Counted]]


async def search(federation: Federation, question: Question, used: Used) -> Found:
    """Answer a question, and tell what the answer rests on; BadInput when it cannot be served.

    A failing source costs its own part only.
    """
    if (again := _again(federation, question, used)) is not None:
        return again
    check_first(question.first)
    plan = _plan(federation, question.filter, question.order)
    check_cursor(question.after, plan.mark)
    if plan.streamed:
        return await _streamed(federation, question, plan, used)
    assembly = await _assembly(federation, plan, used)
    answer = await _answer(federation, plan, assembly)
    shown = page(answer.hits, question.first, question.after, plan.mark)
    paged = answer.pages[question] = Paged(shown, await _total(federation, plan, answer))
    federation.memo.before[question] = Before(plan, ref(assembly), ref(answer))
    return _found(federation, plan, answer, paged)


def _again(federation: Federation, question: Question, used: Used) -> Found | None:
    """What a question found before, if it would find the same."""
    before = federation.memo.before.get(question)
    assembly, answer = (before.assembly(), before.answer()) if before else (None, None)
    if before is None or assembly is None or answer is None or answer.parts is not assembly.parts:
        return None
    if not assembly.holds(_seen(federation, before.plan), federation.memo.clock()):
        return None
    paged = answer.pages.get(question)
    if paged is None:
        return None
    assembly.rests.tell(used)
    return _found(federation, before.plan, answer, paged)


def _found(federation: Federation, plan: Plan, answer: Answer, paged: Paged) -> Found:
    facets = partial(_counted, federation, plan, answer)
    return Found(paged.slice, answer.entries, paged.total, answer.coverage, facets)


async def _total(federation: Federation, plan: Plan, answer: Answer) -> int | None:
    """How many pass, on all pages; None when that is not known."""
    told = {coverage.status for coverage in answer.coverage}
    if CoverageStatus.NEEDS_PLACE in told:
        return None
    if plan.area is not None or CoverageStatus.PARTIAL not in told:
        return len(answer.hits)
    counted = await _everywhere(federation, plan) if plan.everything else None
    return sum(each.count for each in counted.facets.categories) if counted and counted.complete else None


def _plan(federation: Federation, filter_: Filter, order: Order | None) -> Plan:
    """What a filter and an order mean; BadInput when they mean nothing that can be served."""
    plans = federation.memo.plans
    if plan := plans.get((filter_, order)):
        return plan
    check(filter_)
    place = place_of(filter_)
    words = _words(filter_)
    chosen = choose(order, has_place=place is not None, has_text=bool(words))
    asked = federation.asked(sources_of(filter_))
    area_of = cache(partial(resolve, gazetteer=federation.gazetteer))

    plan = Plan(
        order=chosen,
        mark=mark(filter_, order or chosen),
        area=area_of(place) if place else None,
        asked=tuple(source.info.id for source in asked),
        narrow=narrowing(filter_),
        test=Compiler(federation.referentials, area_of).test(filter_),
        score=text.scorer(words, federation.referentials) if words else None,
        streamed=place is None and order is None and can_stream(asked),
        everything=place is None and _all_of_registries(filter_, asked),
    )
    plans[filter_, order] = plan
    return plan


def _all_of_registries(filter_: Filter, asked: Sequence[Source]) -> bool:
    """Whether all that the registries have passes a filter without a place, and they alone can be asked so."""
    registries = [source for source in asked if source.is_registry]
    named = frozenset(filter_.sources or ()) >= {registry.info.id for registry in registries}
    return (
        msgspec.structs.replace(filter_, sources=None) == Filter()
        and (filter_.sources is None or named)
        and not any(Everywhere in source.info.asks for source in asked if not source.is_registry)
        and all(registry.registry is not None for registry in registries)
    )


async def _answer(federation: Federation, plan: Plan, assembly: Assembly) -> Answer:
    """All that the plan finds, worked out unless it was for these very entries."""
    answer = _kept(federation, plan, assembly)
    if answer is None:
        async with federation.memo.turn(plan):
            answer = _kept(federation, plan, assembly)
            if answer is None:
                answer = await worked_out(len(assembly.entries), partial(_arranged, plan, assembly.entries))
                if len(answer.hits) < federation.memo.answers.maxsize:
                    federation.memo.answers[plan] = answer
    if answer.parts is not assembly.parts:
        answer.parts = assembly.parts
        answer.pages.clear()
        told = {part.info.id: part.coverage for part in assembly.parts}
        answer.coverage = _coverage(federation, told, answer.records)
    return answer


def _kept(federation: Federation, plan: Plan, assembly: Assembly) -> Answer | None:
    answer = federation.memo.answers.get(plan)
    return answer if answer is not None and answer.among is assembly.entries else None


def _arranged(plan: Plan, among: Sequence[Entry]) -> Answer:
    """Those of some entries that pass, in order."""
    centre = plan.area.centre if plan.area else None
    hits = arrange([entry for entry in among if plan.test(entry)], plan.order, centre, plan.score)
    entries = tuple(hit.value.entry for hit in hits)
    return Answer(among, hits, entries, records_of(entries))


async def _assembly(federation: Federation, plan: Plan, used: Used) -> Assembly:
    """The entries of what the sources have: those of the last time, unless the sources or the links say otherwise."""
    assemblies = federation.memo.assemblies
    key = plan.area.place if plan.area else None, plan.narrow, plan.asked
    kept = assemblies.get(key)
    now_seen = _seen(federation, plan)
    if kept is None or not kept.holds(now_seen, federation.memo.clock()):
        kept = await _assemble(federation, plan, kept, now_seen)
        if kept.links is not None and len(kept.entries) < assemblies.maxsize:
            assemblies[key] = kept
    kept.rests.tell(used)
    return kept


async def _assemble(federation: Federation, plan: Plan, kept: Assembly | None, now_seen: Seen | None) -> Assembly:
    """Ask the sources, and put together what they have unless it and the links are the same as what is kept."""
    parts = tuple(await ask([federation.sources[id_] for id_ in plan.asked], plan.area, plan.narrow))
    made_of = [part.made_of for part in parts]
    until = min([federation.memo.clock() + KEPT_SECONDS, *(part.until for part in parts)])
    links = _links(federation)
    if kept is not None and kept.links == links and await _same(kept.made_of, made_of):
        return Assembly(parts, made_of, links, kept.entries, now_seen, until, Rests.of(parts, LINKS))
    helds = [held for part in parts for held in part.helds]
    if plan.area is not None and plan.narrow is None:  # only whole cells tell how much a likeness says
        await federation.linker.link_new(helds)
        before, links = links, _links(federation)
        if links != before:
            federation.changes.publish(LINKS)
    entries = await federation.assemble(helds)
    return Assembly(parts, made_of, links, entries, now_seen, until, Rests.of(parts, LINKS))


async def _same(before: Made, now: Made) -> bool:
    """Whether all sources say the same, told record by record: lists are compared without a turn for anybody else."""

    def told() -> bool:
        pairs = zip(before, now, strict=True)
        return all(
            len(one) == len(other) and all(a == b for a, b in zip(one, other, strict=True)) for one, other in pairs
        )

    return len(before) == len(now) and await worked_out(sum(map(len, now)), told)


def _seen(federation: Federation, plan: Plan) -> Seen | None:
    """What tells that the sources and the links are as they were; None when it cannot be told."""
    links = _links(federation)
    try:
        told = seen([federation.sources[id_] for id_ in plan.asked], everywhere=plan.area is None)
    except SourceError:
        return None
    return None if told is None or links is None else (links, *told)


def _links(federation: Federation) -> int | None:
    """The version of the links; None when it cannot be read."""
    try:
        return federation.linker.store.version()
    except SourceError:
        return None  # logged where the links themselves are read


async def _counted(federation: Federation, plan: Plan, answer: Answer) -> Counted:
    """The facets of an answer; where the registries counted all that passes, theirs, which are of the whole."""
    if plan.everything and (counted := await _everywhere(federation, plan)) is not None:
        alone = all(federation.sources[id_].is_registry for id_ in plan.asked)
        return counted if alone else Counted(counted.facets, complete=False)
    return Counted(await answer.facets(), is_whole(answer.coverage))


async def _everywhere(federation: Federation, plan: Plan) -> Counted | None:
    """The facets of all that the registries have; None when it cannot be told, which their coverage explains."""
    kept, now_seen = federation.memo.everywhere, _seen(federation, plan)
    if kept is not None and kept[0] == now_seen:
        return kept[1]
    try:
        counted = await everywhere.counted(federation, federation.registries)
    except SourceError:
        return None
    if now_seen is not None:
        federation.memo.everywhere = now_seen, counted
    return counted


async def _streamed(federation: Federation, question: Question, plan: Plan, used: Used) -> Found:
    """The answer of sources that are read page by page: no total, and no order."""
    asked = [federation.sources[id_] for id_ in plan.asked]
    part, told = await stream(federation, asked, plan.test, question.first, question.after, plan.mark)
    for source in asked:
        tell(source.info, told[source.info.id], used)
    used.tag(LINKS)
    hits = tuple(Hit(entry, score=plan.score(entry) if plan.score else None) for entry in part.items)
    shown = Slice(hits, part.cursors, part.has_next, part.has_previous, part.total, part.end)
    coverage = _coverage(federation, told, records_of(part.items))
    return Found(shown, part.items, None, coverage, partial(_count, federation, question, plan, used))


async def _count(federation: Federation, question: Question, plan: Plan, used: Used) -> Counted:
    """The facets of what is shown page by page: for these it is all read, as far as one answer may read."""
    assembly = await _assembly(federation, plan, used)
    answer = await _answer(federation, plan, assembly)
    return Counted(await answer.facets(), is_whole(part.coverage for part in assembly.parts))


def _coverage(federation: Federation, told: Mapping[str, Coverage], records: Counter[str]) -> tuple[Coverage, ...]:
    """The coverage of every source, with its records among what was found."""
    return tuple(
        msgspec.structs.replace(told[id_], record_count=_records(told[id_], records))
        if id_ in told
        else Coverage(source=id_, status=CoverageStatus.NOT_ASKED)
        for id_ in federation.sources
    )


def _records(coverage: Coverage, records: Counter[str]) -> int | None:
    silent = coverage.status in {
        CoverageStatus.UNAVAILABLE,
        CoverageStatus.NEEDS_PLACE,
        CoverageStatus.NOT_ASKED,
    }
    return None if silent else records[coverage.source]


def _words(filter_: Filter) -> tuple[str, ...]:
    """All words asked for, wherever in the filter they must hold."""
    found = [w for part in conjuncts(filter_) if part.text is not None for w in text.asked_words(part.text)]
    return tuple(dict.fromkeys(found))
