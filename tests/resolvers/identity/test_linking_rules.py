"""Which records are linked, on which ground, and which are shown to a person."""

import pytest
from linking_places import AT, SAYS, ByName, entries, helds, place, states

from connectors.links import Decision, LinkMethod, LinkState, Reason, in_memory
from connectors.nomenclature import StructureKind
from resolvers.identity.linking import link

SUGGESTED, LINKED, APART = LinkState
STRONG, QUOTED, SCORE, PERSON = LinkMethod
PAIR = ("a--1", "b--1")


@pytest.fixture
async def store():
    opened = in_memory()
    yield opened
    await opened.aclose()


async def linked(store, *records, judge=None, **options):
    return await link(helds(*records), store, judge or ByName(), at=AT, **options)


@pytest.mark.parametrize("scheme", ["FINESS", "SIRET"])
async def test_the_same_number_of_the_place(store, scheme):
    number = [(scheme, "21098773100011"[: 9 if scheme == "FINESS" else 14])]
    report = await linked(
        store, place("a--1", "Multi-accueil", numbers=number), place("b--1", "Crèche", numbers=number)
    )
    assert await states(store) == {PAIR: (LINKED, STRONG, None)}
    (change,) = report.changes
    assert change.after.parts == {"name": 0.01, scheme.lower(): 1.0}
    assert (change.after.score, change.after.decided_by, change.after.decided_at) == (0.01, "hub", AT)
    assert (report.records, report.found, report.counts[LINKED]) == (2, 1, 1)


@pytest.mark.parametrize("scheme", ["SIREN", "FINESS_EJ", "IDNST", "RPPS_RANG", "RPPS"])
async def test_the_same_number_of_the_organisation_or_person_says_nothing(store, scheme):
    number = [(scheme, "210987731")]
    await linked(store, place("a--1", "Site Nord", numbers=number), place("b--1", "Site Sud", numbers=number))
    assert await states(store) == {}


async def test_a_siret_of_the_head_office_says_nothing(store):
    siret = ("SIRET", "26210001100011")
    entity = place("a--1", "Hôpital", numbers=[siret, ("FINESS_EJ", "210987731")])
    await linked(store, entity, place("b--1", "Crèche", numbers=[siret]))
    await linked(
        store,
        place("a--2", "Nord", numbers=[siret]),
        place("b--2", "Sud", numbers=[siret], insee="71076", postal_code="71100"),
    )
    several = [place(f"a--{n}", f"Site {n}", numbers=[siret]) for n in (3, 4)]
    await linked(store, *several, place("b--3", "Crèche", numbers=[siret]))
    assert await states(store) == {}


async def test_a_professional_is_the_same_at_the_same_place_only(store):
    rpps = ("RPPS", "10001234567")
    person = {"kind": StructureKind.INDEPENDENT}
    at_home = place("a--1", "A", numbers=[rpps], street="12 avenue du Général de Gaulle", **person)
    await linked(
        store,
        at_home,
        place("b--1", "B", numbers=[rpps], street="12 AV GAL DE GAULLE", **person),
        place("b--2", "C", numbers=[rpps], street="14 avenue du Général de Gaulle", **person),
        place("b--3", "D", numbers=[rpps], street="12 AV GAL DE GAULLE", insee="71076", postal_code="71100", **person),
    )
    assert await states(store) == {PAIR: (LINKED, STRONG, None)}


async def test_a_professional_is_not_the_place_where_they_practise(store):
    finess, rpps = ("FINESS", "210987731"), ("RPPS", "10001234567")
    ward = place("a--ward", "Maternité", numbers=[finess])
    person = place("a--1", "Zoé Martin", numbers=[rpps], practises_at=("ward",), kind=StructureKind.SALARIED)
    same = place("b--1", "Z. Martin", numbers=[rpps, finess], kind=StructureKind.SALARIED)
    await linked(store, ward, person, same, place("b--2", "Hôpital", numbers=[finess]))
    assert await states(store, "a--1", "a--ward") == {
        PAIR: (LINKED, STRONG, None),
        ("a--ward", "b--2"): (LINKED, STRONG, None),
    }


async def test_a_quoted_id(store):
    await linked(store, place("a--1", "A", same_as=("b--1", "b--gone", "a--1")), place("b--1", "B"))
    assert await states(store) == {PAIR: (LINKED, QUOTED, None)}


async def test_an_official_number_is_believed_before_a_quote_and_a_quote_before_a_score(store):
    number = [("FINESS", "210987731")]
    await linked(
        store,
        place("a--1", "A", numbers=number, same_as=("b--2",)),
        place("b--1", "B", numbers=number),
        place("b--2", "C"),
        place("b--3", "A"),
    )
    assert await states(store) == {
        PAIR: (LINKED, STRONG, None),
        ("a--1", "b--2"): (SUGGESTED, QUOTED, Reason.CONFLICT),
        ("a--1", "b--3"): (SUGGESTED, SCORE, Reason.CONFLICT),
    }


@pytest.mark.parametrize(
    ("score", "expected"), [(0.99, LINKED), (0.98, SUGGESTED), (0.5, SUGGESTED), (0.49, None), (0.0, None)]
)
async def test_the_three_zones(store, score, expected):
    await linked(store, place("a--1", "A"), place("b--1", "B"), judge=ByName({("A", "B"): score}))
    told = await states(store)
    assert told == ({PAIR: (expected, SCORE, Reason.SCORE if expected is SUGGESTED else None)} if expected else {})


async def test_one_record_of_a_directory_goes_with_one_of_another_the_nearest_first(store):
    judge = ByName({("A", "B"): 0.993, ("A", "C"): 0.996, ("D", "C"): 0.999, ("D", "B"): 0.6, ("A", "E"): 0.7})
    records = [place("a--1", "A"), place("a--2", "D"), place("b--1", "B"), place("b--2", "C"), place("b--3", "E")]
    await linked(store, *records, judge=judge)
    assert await states(store) == {
        PAIR: (LINKED, SCORE, None),
        ("a--2", "b--2"): (LINKED, SCORE, None),
        ("a--1", "b--2"): (SUGGESTED, SCORE, Reason.CONFLICT),
    }


async def test_three_directories_make_one_entry_with_two_links(store):
    records = [place(f"{source}--1", "A") for source in "abc"]
    await linked(store, *records)
    assert await entries(store, *records) == {frozenset({"a--1", "b--1", "c--1"})}
    assert len(await states(store)) == 2


async def test_a_suggestion_that_other_links_made_needless_waits_for_them_to_be_undone(store):
    judge = ByName({("A", "C"): 0.6, ("A", "B"): 0.995, ("B", "C"): 0.995})
    records = [place("a--1", "A"), place("b--1", "B"), place("c--1", "C")]
    await linked(store, records[0], records[2], judge=judge)
    await linked(store, *records, judge=judge)
    assert (await states(store))["a--1", "c--1"] == (SUGGESTED, SCORE, Reason.SCORE)
    assert (await store.suggestions(5)).links == ()
    (between,) = [known for known in await store.links_of(["b--1"]) if known.pair == ("b--1", "c--1")]
    await store.unlink(between.id, SAYS)
    assert [known.pair for known in (await store.suggestions(5)).links] == [("a--1", "c--1")]


async def test_an_entry_never_holds_two_records_of_one_directory_by_itself(store):
    judge = ByName({("A", "B"): 0.999, ("B", "C"): 0.998, ("C", "D"): 0.997})
    records = [place("a--1", "A"), place("b--1", "B"), place("c--1", "C"), place("a--2", "D")]
    await linked(store, *records, judge=judge)
    assert await entries(store, *records) == {frozenset({"a--1", "b--1", "c--1"}), frozenset({"a--2"})}
    assert (await states(store))["a--2", "c--1"] == (SUGGESTED, SCORE, Reason.CONFLICT)


async def test_what_a_person_linked_stays_linked(store):
    records = [place("a--1", "A"), place("b--1", "B")]
    judge = ByName({("A", "B"): 0.6})
    await linked(store, *records, judge=judge)
    (waiting,) = (await store.suggestions(5)).links
    await store.decide(waiting.id, SAYS, same=True)
    assert (await linked(store, *records, judge=ByName())).changes == ()
    assert await states(store) == {PAIR: (LINKED, PERSON, None)}


async def test_what_a_person_set_apart_stays_apart_whatever_is_found_later(store):
    number = [("FINESS", "210987731")]
    records = [place("a--1", "A"), place("b--1", "A"), place("c--1", "A")]
    await linked(store, *records)
    (one, _) = await store.links_around(["a--1"])
    await store.unlink(one.id, SAYS)
    parted = await entries(store, *records)
    again = [place("a--1", "A", numbers=number, same_as=("b--1",)), place("b--1", "A", numbers=number), records[2]]
    await linked(store, *again)
    await linked(store, *again)
    (kept,) = [known for known in await store.links_of([one.a]) if known.pair == one.pair]
    assert (kept.state, kept.method, kept.decided_by) == (APART, PERSON, "moderator")
    for entry in await entries(store, *records):
        assert not {one.a, one.b} <= entry
    assert len(parted) == 2


async def test_a_dry_run_tells_what_a_run_would_change_and_changes_nothing(store):
    records = [place("a--1", "A"), place("b--1", "A")]
    dry = await linked(store, *records, dry_run=True)
    assert (dry.dry_run, await states(store)) == (True, {})
    wet = await linked(store, *records)
    assert wet.changes == dry.changes
    assert [c.after.state for c in wet.changes] == [LINKED]


async def test_a_link_whose_ground_is_gone_is_undone_or_shown(store):
    records = [place("a--1", "A"), place("b--1", "B")]
    for score, expected in (
        (0.995, (LINKED, SCORE, None)),
        (0.7, (SUGGESTED, SCORE, Reason.SCORE)),
        (0.2, (APART, SCORE, None)),
        (0.7, (SUGGESTED, SCORE, Reason.SCORE)),
        (0.995, (LINKED, SCORE, None)),
    ):
        await linked(store, *records, judge=ByName({("A", "B"): score}))
        assert await states(store) == {PAIR: expected}


async def test_a_record_that_is_not_in_the_run_keeps_its_link(store):
    await linked(store, place("a--1", "A"), place("b--1", "A"))
    await linked(store, place("a--1", "A"), place("b--2", "A"))
    assert await states(store) == {
        PAIR: (LINKED, SCORE, None),
        ("a--1", "b--2"): (SUGGESTED, SCORE, Reason.CONFLICT),
    }


async def test_odd_records_do_not_stop_a_run(store):
    odd = [
        place("a--" + "9" * 300, "A"),
        place("a--\n", "A"),
        place("b--1", "A"),
        place("a--1", "A"),
        place("a--1", "Z"),
    ]
    report = await linked(store, *odd)
    assert (report.records, await states(store)) == (2, {PAIR: (LINKED, SCORE, None)})
    assert (await linked(store)).records == 0


async def test_two_records_of_one_directory_that_a_person_linked_stay_linked(store):
    records = [place("a--1", "A"), place("a--2", "Z"), place("b--1", "A")]
    await linked(store, *records)
    prints = (store.fingerprint(records[0]), store.fingerprint(records[1]))
    said = {"fingerprints": prints, "decided_by": "moderator", "decided_at": AT, "score": 0.01}
    await store.apply([Decision(a="a--1", b="a--2", state=LINKED, method=PERSON, **said)])
    assert (await linked(store, *records)).changes == ()
    assert await entries(store, *records) == {frozenset({"a--1", "a--2", "b--1"})}
