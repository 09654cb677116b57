"""A directory that gives its keys to other places: links are shown to a person, and not followed."""

import pytest
from linking_places import AT, SAYS, ByName, entries, helds, place, states

from connectors.links import LinkMethod, LinkState, Reason, in_memory
from resolvers.identity.clusters import Clusters
from resolvers.identity.linking import link

SUGGESTED, LINKED, APART = LinkState
STRONG, QUOTED, SCORE, PERSON = LinkMethod
PAIR = ("a--1", "b--1")
OURS = place("a--1", "Crèche Les Lilas")
FINESS = [("FINESS", "210987731")]


@pytest.fixture
async def store():
    opened = in_memory()
    yield opened
    await opened.aclose()


async def linked(store, *records, judge=None, **options):
    return await link(helds(*records), store, judge or ByName(), at=AT, **options)


async def test_a_key_given_to_another_place(store):
    await linked(store, OURS, place("b--1", "Crèche Les Lilas"))
    renumbered = place("b--1", "Pharmacie du Lac"), place("b--2", "Crèche Les Lilas")
    report = await linked(store, OURS, *renumbered)
    assert [moved.pair for moved in report.moved] == [PAIR]
    assert await states(store) == {
        PAIR: (SUGGESTED, SCORE, Reason.MOVED),
        ("a--1", "b--2"): (LINKED, SCORE, None),
    }
    assert await entries(store, OURS, *renumbered) == {frozenset({"a--1", "b--2"}), frozenset({"b--1"})}
    assert (await linked(store, OURS, *renumbered)).changes == ()


async def test_all_keys_shifted_by_one(store):
    names = [f"Crèche {n}" for n in range(8)]
    ours = [place(f"a--{n}", name) for n, name in enumerate(names)]
    await linked(store, *ours, *(place(f"b--{n}", name) for n, name in enumerate(names)))
    shifted = [place(f"b--{n + 1}", name) for n, name in enumerate(names)]
    report = await linked(store, *ours, *shifted)
    assert len(report.moved) == 7
    forest = Clusters(await store.links_around([r.id for r in ours]))
    for n in range(1, 8):
        assert f"b--{n}" not in forest.ids_with(f"a--{n}")
        assert f"b--{n + 1}" in forest.ids_with(f"a--{n}")
    assert "b--1" not in forest.ids_with("a--1")


async def test_a_dry_run_shows_what_moved_and_goes_on_following_it(store):
    await linked(store, OURS, place("b--1", "Crèche Les Lilas"))
    report = await linked(store, OURS, place("b--1", "Pharmacie du Lac"), dry_run=True)
    assert len(report.moved) == 1
    assert await states(store) == {PAIR: (LINKED, SCORE, None)}


async def test_a_persons_link_too_is_shown_to_a_person_again(store):
    far = ByName({("Crèche Les Lilas", "Maison des Familles"): 0.6})
    theirs = place("b--1", "Maison des Familles")
    await linked(store, OURS, theirs, judge=far)
    await store.decide(1, SAYS, same=True)
    assert (await linked(store, OURS, theirs, judge=far)).changes == ()
    await linked(store, OURS, place("b--1", "Pharmacie du Lac"), judge=far)
    assert await states(store) == {PAIR: (SUGGESTED, SCORE, Reason.MOVED)}
    (waiting,) = (await store.suggestions(5)).links
    await store.decide(waiting.id, SAYS, same=True)
    assert (await linked(store, OURS, place("b--1", "Pharmacie du Lac"), judge=far)).changes == ()
    assert await states(store) == {PAIR: (LINKED, PERSON, None)}


async def test_a_record_that_was_corrected_is_still_the_same_place(store):
    scores = ByName({("Crèche Les Lilas", "Creche les lila"): 0.6, ("Crèche Les Lilas", "Les Lilas"): 0.7})
    await linked(store, OURS, place("b--1", "Creche les lila"), judge=scores)
    await store.decide(1, SAYS, same=True)
    assert (await linked(store, OURS, place("b--1", "Les Lilas"), judge=scores)).changes == ()
    assert (await linked(store, OURS, place("b--1", "Crèche Les Lilas"), judge=scores)).changes == ()
    assert await states(store) == {PAIR: (LINKED, PERSON, None)}


async def test_a_record_that_is_farther_than_it_was_is_shown_to_a_person(store):
    scores = ByName({("Crèche Les Lilas", "Les Lilas"): 0.7, ("Crèche Les Lilas", "Le Lila"): 0.65})
    await linked(store, OURS, place("b--1", "Les Lilas"), judge=scores)
    await store.decide(1, SAYS, same=True)
    report = await linked(store, OURS, place("b--1", "Le Lila"), judge=scores)
    assert [moved.pair for moved in report.moved] == [PAIR]


async def test_a_persons_link_that_moved_makes_way_for_the_new_key(store):
    far = ByName({("Crèche Les Lilas", "Maison des Familles"): 0.6})
    await linked(store, OURS, place("b--1", "Maison des Familles"), judge=far)
    await store.decide(1, SAYS, same=True)
    await linked(store, OURS, place("b--1", "Pharmacie du Lac"), place("b--2", "Crèche Les Lilas"), judge=far)
    assert await states(store) == {PAIR: (SUGGESTED, SCORE, Reason.MOVED), ("a--1", "b--2"): (LINKED, SCORE, None)}


async def test_what_was_set_apart_stays_apart(store):
    await linked(store, OURS, place("b--1", "Crèche Les Lilas"))
    await store.unlink(1, SAYS)
    await linked(store, OURS, place("b--1", "Pharmacie du Lac"))
    await linked(store, OURS, place("b--1", "Crèche Les Lilas"))
    assert await states(store) == {PAIR: (APART, PERSON, None)}


async def test_an_official_number_holds_though_the_name_is_another(store):
    ours = place("a--1", "Crèche Les Lilas", numbers=FINESS)
    await linked(store, ours, place("b--1", "Crèche Les Lilas", numbers=FINESS))
    report = await linked(store, ours, place("b--1", "Pôle petite enfance", numbers=FINESS))
    assert report.moved == []
    assert await states(store) == {PAIR: (LINKED, STRONG, None)}
    report = await linked(store, ours, place("b--1", "Pharmacie du Lac", numbers=[("FINESS", "210000017")]))
    assert len(report.moved) == 1
    assert await states(store) == {PAIR: (SUGGESTED, SCORE, Reason.MOVED)}


async def test_a_quoted_key_given_to_another_place_is_not_followed(store):
    quoting = place("a--1", "Crèche Les Lilas", same_as=("b--1",))
    await linked(store, quoting, place("b--1", "Multi-accueil"))
    assert await states(store) == {PAIR: (LINKED, QUOTED, None)}
    other = place("b--1", "Pharmacie du Lac")
    for _ in range(2):
        await linked(store, quoting, other)
        assert await states(store) == {PAIR: (SUGGESTED, QUOTED, Reason.MOVED)}
    groups = Clusters(await store.links_around(["a--1", "b--1"])).groups({r.id: r for r in (quoting, other)})
    assert groups == [["a--1"], ["b--1"]]


async def test_a_quoting_record_that_was_rewritten_still_quotes(store):
    theirs = place("b--1", "Multi-accueil")
    await linked(store, place("a--1", "Crèche Les Lilas", same_as=("b--1",)), theirs)
    report = await linked(store, place("a--1", "Association Les Lilas", same_as=("b--1",)), theirs)
    assert report.moved == []
    assert await states(store) == {PAIR: (LINKED, QUOTED, None)}


async def test_what_came_back_is_linked_again(store):
    for name, expected in (
        ("Crèche Les Lilas", (LINKED, SCORE, None)),
        ("Pharmacie du Lac", (SUGGESTED, SCORE, Reason.MOVED)),
        ("Boulangerie", (SUGGESTED, SCORE, Reason.MOVED)),
        ("Crèche Les Lilas", (LINKED, SCORE, None)),
    ):
        await linked(store, OURS, place("b--1", name))
        assert await states(store) == {PAIR: expected}
