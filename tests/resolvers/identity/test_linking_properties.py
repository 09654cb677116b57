"""Whatever the records and the scores: runs repeat, their order does not matter, decisions hold, entries are sound."""

import asyncio
from itertools import combinations, product

from hypothesis import given, settings
from hypothesis import strategies as st
from linking_places import AT, SAYS, ByName, entries, helds, place

from connectors.links import LinkMethod, LinkState, in_memory, open_links
from connectors.links.errors import Contradiction, CycleOfLinks
from connectors.links.forest import Forest
from resolvers.identity.clusters import Clusters
from resolvers.identity.linking import link

SOURCES, KEYS, NAMES = "abc", range(3), "ABCDE"
ZONES = (0.0, 0.3, 0.6, 0.8, 0.991, 0.995, 0.998)
IDS = [f"{source}--{key}" for source, key in product(SOURCES, KEYS)]
PAIRS = [(one, other) for one, other in combinations(IDS, 2) if one[0] != other[0]]

names = st.lists(st.sampled_from(NAMES), min_size=len(IDS), max_size=len(IDS))
scores = st.fixed_dictionaries({pair: st.sampled_from(ZONES) for pair in combinations(NAMES, 2)})
quotes = st.lists(st.sampled_from(PAIRS), max_size=2, unique=True)
numbers = st.lists(st.sampled_from(IDS), max_size=3, unique=True)
persons = st.dictionaries(st.sampled_from(PAIRS), st.booleans(), max_size=4)


def drawn(names, quotes, numbers):
    return [
        place(
            id_,
            name,
            same_as=tuple(other for one, other in quotes if one == id_),
            numbers=[("FINESS", "210987731")] if id_ in numbers else (),
        )
        for id_, name in zip(IDS, names, strict=True)
    ]


async def run(store, judge, records, **options):
    return await link(helds(*records), store, judge, at=AT, **options)


async def snapshot(store):
    links = await store.links_around(IDS)
    return {(link.pair, link.state, link.method, link.score, link.reason) for link in links}


async def decide(store, persons):
    """A person decides what waits and undoes what is linked, as far as the table says."""
    for known in await store.links_around(IDS):
        if known.pair in persons and known.state is not LinkState.APART:
            try:
                if known.state is LinkState.SUGGESTED:
                    await store.decide(known.id, SAYS, same=persons[known.pair])
                elif not persons[known.pair]:
                    await store.unlink(known.id, SAYS)
            except (CycleOfLinks, Contradiction):
                pass


@settings(max_examples=60)
@given(names, scores, quotes, numbers, persons, st.randoms(use_true_random=False))
def test_a_run_repeats_and_knows_no_order(names, scores, quotes, numbers, persons, random):
    async def check():
        records, judge, store = drawn(names, quotes, numbers), ByName(scores), in_memory()
        await run(store, judge, records)
        await decide(store, persons)
        dry = await run(store, judge, records, dry_run=True)
        assert (await run(store, judge, records)).changes == dry.changes
        first = await snapshot(store)
        for _ in range(2):
            random.shuffle(records)
            assert (await run(store, judge, records)).changes == ()
        assert await snapshot(store) == first
        await store.aclose()

    asyncio.run(check())


@settings(max_examples=60)
@given(names, scores, quotes, numbers, st.permutations(list(combinations(SOURCES, 2))), st.integers(0, 3))
def test_runs_on_parts_before_a_run_on_all_make_no_difference(names, scores, quotes, numbers, parts, many):
    async def check():
        records, judge = drawn(names, quotes, numbers), ByName(scores)
        alone, after = in_memory(), in_memory()
        await run(alone, judge, records)
        for some in parts[:many]:
            await run(after, judge, [r for r in records if r.source in some])
        await run(after, judge, records)
        assert await entries(after, *records) == await entries(alone, *records)
        linked = [{s[:4] for s in await snapshot(store) if s[1] is LinkState.LINKED} for store in (alone, after)]
        assert linked[0] == linked[1]
        await alone.aclose()
        await after.aclose()

    asyncio.run(check())


@settings(max_examples=60)
@given(names, scores, quotes, numbers, persons, names, scores)
def test_what_persons_decided_holds_and_entries_are_sound(names, scores, quotes, numbers, persons, later, others):
    async def check():
        records, store = drawn(names, quotes, numbers), in_memory()
        await run(store, ByName(scores), records)
        await decide(store, persons)
        decided = {known.pair: known for known in await store.links_around(IDS) if known.by_person}
        await run(store, ByName(others), records)
        await run(store, ByName(scores), records)
        links = {known.pair: known for known in await store.links_around(IDS)}
        assert {pair: links[pair] for pair in decided} == decided
        await run(store, ByName(others), drawn(later, quotes, ()))
        links = await store.links_around(IDS)
        apart = {pair for pair, known in decided.items() if known.state is LinkState.APART}
        assert apart <= {known.pair for known in links if known.kept_apart}
        sound(links)
        for group in Clusters(links).groups({r.id: r for r in records}):
            assert not any(pair in apart for pair in combinations(sorted(group), 2))
        await store.aclose()

    asyncio.run(check())


def sound(links):
    """Links make trees, which hold one record of each directory and nothing that a person set apart."""
    linked = [known for known in links if known.linked]
    forest = Forest(links)
    trees = {forest.members(id_) for known in linked for id_ in known.pair}
    assert len(linked) == sum(len(tree) - 1 for tree in trees)
    for tree in trees:
        own = [known for known in linked if known.a in tree]
        if all(known.method is not LinkMethod.PERSON for known in own):
            assert len({id_[0] for id_ in tree}) == len(tree)
    assert not any(forest.together(*known.pair) for known in links if known.kept_apart)


@settings(max_examples=40)
@given(names, scores, quotes, st.data())
def test_undoing_a_link_parts_its_entry_in_two_at_once_and_for_good(names, scores, quotes, data):
    async def check():
        records, judge, store = drawn(names, quotes, ()), ByName(scores), in_memory()
        await run(store, judge, records)
        linked = [known for known in await store.links_around(IDS) if known.linked]
        if linked:
            before = await entries(store, *records)
            known = data.draw(st.sampled_from(linked))
            await store.unlink(known.id, SAYS)
            after = await entries(store, *records)
            (whole,) = before - after
            one, other = after - before
            assert (one | other, one & other) == (whole, frozenset())
            assert (known.a in one) is (known.b in other)
            by_id = {r.id: r for r in records}
            groups = Clusters(await store.links_around(IDS)).groups(by_id)
            assert not any({known.a, known.b} <= set(group) for group in groups)
            await run(store, judge, records)
            for entry in await entries(store, *records):
                assert not {known.a, known.b} <= entry
        await store.aclose()

    asyncio.run(check())


async def test_runs_at_once_end_as_one_after_the_other(tmp_path):
    scores = dict.fromkeys(combinations(NAMES, 2), 0.6)
    records = [place(f"{source}--{n}", f"{n % 40}") for source in SOURCES for n in range(50)]
    stores = [open_links(tmp_path / "links.sqlite") for _ in range(2)]
    parts = [
        records,
        [r for r in records if r.source != "a"],
        [r for r in records if r.source != "b"],
        [r for r in records if r.source != "c"],
    ]
    judge = ByName(scores)
    await asyncio.gather(*(run(stores[n % 2], judge, some) for n, some in enumerate(parts)))
    await run(stores[0], judge, records)
    alone = in_memory()
    await run(alone, judge, records)
    assert await entries(stores[1], *records) == await entries(alone, *records)
    sound(await stores[1].links_around([r.id for r in records]))
    for store in (*stores, alone):
        await store.aclose()


async def test_a_person_who_decides_during_a_run_wins():
    store = in_memory()
    records = [place("a--1", "A"), place("b--1", "A")]

    class Interrupted(ByName):
        def compare(self, ours, theirs, also=()):
            if not self.compared:
                asyncio.run_coroutine_threadsafe(apart(), loop).result(10)
            return super().compare(ours, theirs, also)

    async def apart():
        (known,) = await store.links_around(["a--1"])
        await store.unlink(known.id, SAYS)

    loop = asyncio.get_running_loop()
    await run(store, ByName(), records)
    again = [
        place("a--1", "A", numbers=[("FINESS", "210987731")]),
        place("b--1", "A", numbers=[("FINESS", "210987731")]),
    ]
    await run(store, Interrupted(), again)
    (known,) = await store.links_around(["a--1"])
    assert known.kept_apart
    await store.aclose()
