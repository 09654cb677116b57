"""Each decision that cannot be taken: a typed refusal, and nothing changed."""

import pytest
from links_decisions import AT, by_person, decided, others_of

from connectors.links import LinkState, Reason, Verdict
from connectors.links.errors import (
    AlreadyDecided,
    Contradiction,
    CycleOfLinks,
    LinkRefused,
    OtherKind,
    SameRecord,
    UnknownLink,
)

SAYS = Verdict(by="moderator", at=AT)


@pytest.fixture
async def linked(store):
    """a1-b1-c1 are one entry; a2 and b2 were set apart by a person; a3 and b3 wait."""
    await store.apply(
        [
            decided("a--1", "b--1"),
            decided("b--1", "c--1"),
            by_person("a--2", "b--2", LinkState.APART),
            decided("a--3", "b--3", LinkState.SUGGESTED),
            by_person("a--4", "b--4"),
        ]
    )
    return store


@pytest.mark.parametrize("decision", [by_person, decided])
@pytest.mark.parametrize(
    ("a", "b", "refusal"),
    [
        ("a--1", "a--1", SameRecord),
        ("action--a--1", "b--9", OtherKind),
        ("b--9", "action--a--1", OtherKind),
        ("b", "a--9", OtherKind),
        ("a--9", "", OtherKind),
        ("a--9", "b--9\n", OtherKind),
        ("a--9", "b--" + "9" * 200, OtherKind),
        ("a--1", "c--1", CycleOfLinks),
    ],
)
async def test_links_that_nobody_can_make(linked, decision, a, b, refusal):
    await refused(linked, refusal, [decision(a, b)])


@pytest.mark.parametrize(
    ("a", "b", "state"),
    [
        ("a--2", "b--2", LinkState.LINKED),
        ("a--2", "b--2", LinkState.SUGGESTED),
        ("a--4", "b--4", LinkState.APART),
        ("a--4", "b--4", LinkState.SUGGESTED),
        ("a--4", "b--4", LinkState.LINKED),
        ("a--1", "a--9", LinkState.LINKED),
        ("a--9", "b--1", LinkState.LINKED),
        ("a--9", "c--1", LinkState.LINKED),
    ],
)
async def test_what_only_a_person_decides(linked, a, b, state):
    await refused(linked, Contradiction, [decided(a, b, state)])


async def test_a_person_may_link_two_records_of_one_directory(linked):
    await linked.apply([by_person("a--9", "c--1")])
    assert (await others_of(linked, "a--1"))["a--1"] == {"a--9", "b--1", "c--1"}


async def test_a_person_may_change_what_a_person_decided(linked):
    await linked.apply([by_person("a--2", "b--2"), by_person("a--4", "b--4", LinkState.APART)])
    assert await others_of(linked, "a--2", "a--4") == {"a--2": {"b--2"}, "a--4": frozenset()}


async def test_nobody_joins_what_was_set_apart_by_another_way(linked):
    await linked.apply([decided("a--2", "c--2")])
    for decision in (decided, by_person):
        await refused(linked, Contradiction, [decision("c--2", "b--2")])
        await refused(linked, Contradiction, [decision("c--2", "d--2"), decision("d--2", "b--2")])


async def test_nobody_sets_apart_what_other_links_join(linked):
    await refused(linked, Contradiction, [by_person("a--1", "c--1", LinkState.APART)])
    circle = [by_person("a--7", "b--7", LinkState.APART), by_person("a--7", "c--7"), by_person("b--7", "c--7")]
    await refused(linked, Contradiction, circle)


async def test_a_link_that_moved_is_shown_to_a_person_again_and_another_is_not(linked):
    await refused(linked, Contradiction, [decided("a--4", "b--4", LinkState.SUGGESTED, reason=Reason.CONFLICT)])
    await refused(linked, Contradiction, [decided("a--2", "b--2", LinkState.SUGGESTED, reason=Reason.MOVED)])
    (change,) = await linked.apply([decided("a--4", "b--4", LinkState.SUGGESTED, reason=Reason.MOVED)])
    assert change.before.by_person
    assert change.after.reason is Reason.MOVED


async def test_two_decisions_at_once_about_one_pair(linked):
    await refused(linked, Contradiction, [decided("a--8", "b--8"), decided("b--8", "a--8", LinkState.SUGGESTED)])


async def test_one_refusal_undoes_the_whole_call(linked):
    await refused(linked, CycleOfLinks, [decided("a--8", "b--8"), by_person("a--3", "b--3"), decided("a--1", "c--1")])
    await refused(linked, CycleOfLinks, [decided("x--1", "y--1"), decided("y--1", "z--1"), decided("x--1", "z--1")])


async def test_unknown_links(linked):
    for ask in (linked.decide(99, SAYS, same=True), linked.unlink(99, SAYS), linked.decide(-1, SAYS, same=False)):
        with pytest.raises(UnknownLink):
            await ask


@pytest.mark.parametrize("again", [True, False])
@pytest.mark.parametrize("first", [True, False])
async def test_a_suggestion_is_decided_once(linked, first, again):
    link = next(link.id for link in await linked.links_of(["a--3"]))
    await linked.decide(link, SAYS, same=first)
    before = await everything(linked)
    with pytest.raises(AlreadyDecided, match=f"link {link} is"):
        await linked.decide(link, SAYS, same=again)
    assert await everything(linked) == before


async def test_a_link_is_undone_once(linked):
    (link,) = [link.id for link in await linked.links_of(["a--1"])]
    await linked.unlink(link, SAYS)
    with pytest.raises(AlreadyDecided):
        await linked.unlink(link, SAYS)
    (waiting,) = [link.id for link in await linked.links_of(["a--3"])]
    with pytest.raises(AlreadyDecided):
        await linked.unlink(waiting, SAYS)


async def test_a_suggestion_that_would_close_a_circle_is_refused(linked):
    await linked.apply([decided("c--5", "b--5", LinkState.SUGGESTED), decided("a--5", "b--5"), decided("a--5", "c--5")])
    (link,) = [link.id for link in await linked.links_of(["b--5"]) if link.state is LinkState.SUGGESTED]
    with pytest.raises(CycleOfLinks):
        await linked.decide(link, SAYS, same=True)
    with pytest.raises(Contradiction):
        await linked.decide(link, SAYS, same=False)


async def refused(store, refusal, decisions):
    """The refusal is told, and neither the links nor their history are others than before, on a dry run too."""
    before = await everything(store)
    for dry_run in (True, False):
        with pytest.raises(refusal) as caught:
            await store.apply(decisions, dry_run=dry_run)
        assert isinstance(caught.value, LinkRefused)
        assert str(caught.value)
    assert await everything(store) == before


async def everything(store):
    links = await store.links_of([f"{source}--{n}" for source in "abcdxyz" for n in range(10)])
    return [await store.history(*link.pair) for link in links]
