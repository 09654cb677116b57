"""What a filter lets through, over the sandbox and by hand-made entries."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hubs import Client
from hypothesis import given
from hypothesis import strategies as st

from connectors.gazetteer import fold, gazetteer
from connectors.held import Held
from connectors.nomenclature import (
    CallCode,
    CategoryCode,
    PriorityBasis,
    PriorityCode,
    ProgrammeCode,
    StructureKind,
    SubcategoryCode,
)
from connectors.records import (
    Address,
    Availability,
    Laureate,
    Participation,
    RecordPriority,
    Registration,
    StructureRecord,
)
from connectors.registry import in_memory
from connectors.sandbox import world
from resolvers.federation.entries import Assembler, Entry, Precedence
from resolvers.federation.filters import Compiler, Filter
from resolvers.federation.places import CommuneCode, resolve
from resolvers.federation.text import asked_words, scorer

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
REGISTRY = in_memory("registry")
REFERENTIALS = REGISTRY.referentials()
ASSEMBLER = Assembler(Precedence({"registry": REGISTRY.info}, REFERENTIALS), gazetteer())
COMPILER = Compiler(REFERENTIALS, lambda place: resolve(place, gazetteer()))


def entry(**values: object) -> Entry:
    record = StructureRecord(
        **{
            "source": "registry",
            "key": "k",
            "name": "Médiathèque de l’Œuvre",
            "kind": StructureKind.ESTABLISHMENT,
            "category": CategoryCode.CULTURE,
            **values,
        }
    )
    return ASSEMBLER.entry([Held(record, NOW)])


def holds(filter_: Filter, **values: object) -> bool:
    return COMPILER.test(filter_)(entry(**values))


@pytest.mark.parametrize(
    "text",
    [
        "mediatheque", "MÉDIATHÈQUE", "mediath", "oeuvre", "œuvre", "l'oeuvre", "l’Œuvre", "de la médiathèque", "de",
        "mediateque", "mediathéqe", "oeuvré", "meidatheque", "culturel", "mediatheque dijon", "", "  ", "théâtres",
    ],
)  # fmt: skip
def test_text_finds_names_and_what_else_is_known(text: str) -> None:
    assert holds(Filter(text=text), address=Address(insee="21231"))


@pytest.mark.parametrize("text", ["média œuvr", "  L'ŒUVRE,   médiathèque!  ", "cultur", "mediathèquee", "de l’"])
def test_text_goes_by_words_and_their_beginnings(text: str) -> None:
    assert holds(Filter(text=text), subcategory=SubcategoryCode.MEDIATHEQUE)
    assert holds(Filter(text=text), subcategory=SubcategoryCode.MEDIATHEQUE, other_names=("Autre",))


WORDS = ["petit", "pas", "mediatheque", "oeuvre", "dijon", "cultur", "medi", "petits", "oeuvres", "abc"]


@given(words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=15))
def test_scores_are_what_their_definition_says(words: list[str]) -> None:
    asked = asked_words(" ".join(words))
    names = {"mediatheque", "de", "l", "oeuvre"}
    others = {"dijon", *fold(REFERENTIALS.category(CategoryCode.CULTURE).text).split()}
    points = []
    for word in asked:
        if word in names:
            points.append(4)
        elif any(name.startswith(word) for name in names):
            points.append(3)
        elif word == "oeuvres":
            points.append(2)
        elif any(other.startswith(word) for other in others):
            points.append(1)
        else:
            points.append(0)
    wanted = 0 if 0 in points else sum(points) / (4 * len(points))

    told = scorer(asked, REFERENTIALS)(entry(address=Address(insee="21231")))

    assert told == wanted


@pytest.mark.parametrize("text", ["crèche", "mxdxxtheque", "theque", "mediatheque besancon"])
def test_text_that_is_not_there(text: str) -> None:
    assert not holds(Filter(text=text), address=Address(insee="21231"))


@pytest.mark.parametrize(
    ("filter_", "values", "wanted"),
    [
        (Filter(), {}, True),
        (Filter(categories=(CategoryCode.CULTURE,)), {}, True),
        (Filter(categories=(CategoryCode.SPORT,)), {}, False),
        (Filter(categories=()), {}, False),
        (Filter(subcategories=(SubcategoryCode.MEDIATHEQUE,)), {"subcategory": SubcategoryCode.MEDIATHEQUE}, True),
        (Filter(subcategories=(SubcategoryCode.MEDIATHEQUE,)), {}, False),
        (Filter(kinds=(StructureKind.ITINERANT,)), {"kind": StructureKind.ITINERANT}, True),
        (Filter(kinds=(StructureKind.ITINERANT,)), {}, False),
        (Filter(sources=("registry", "x")), {}, True),
        (Filter(sources=("x",)), {}, False),
        (Filter(registered=True), {"registration": Registration()}, True),
        (Filter(registered=True), {}, False),
        (Filter(registered=False), {}, True),
        (Filter(has_places=True), {"availability": Availability(has_places=True)}, True),
        (Filter(has_places=True), {"availability": Availability(has_places=False)}, False),
        (Filter(has_places=False), {"availability": Availability(has_places=False)}, True),
        (Filter(has_places=False), {}, False),
        (Filter(languages=("fr", "lsf")), {"languages": ("en", "fr")}, True),
        (Filter(languages=("de",)), {"languages": ("en", "fr")}, False),
        (Filter(programmes=(ProgrammeCode.REPAP,)), {"programmes": (Participation(ProgrammeCode.REPAP),)}, True),
        (Filter(programmes=(ProgrammeCode.REAAP,)), {"programmes": (Participation(ProgrammeCode.REPAP),)}, False),
        (Filter(calls=(CallCode.ENFANCE_EGALITE,)), {"laureates": (Laureate(CallCode.ENFANCE_EGALITE),)}, True),
        (Filter(calls=(CallCode.ENFANCE_EGALITE,)), {}, False),
        (Filter(axes=(2,)), {"laureates": (Laureate(CallCode.ENFANCE_EGALITE, None, (1, 2)),)}, True),
        (Filter(axes=(3,)), {"laureates": (Laureate(CallCode.ENFANCE_EGALITE, None, (1, 2)),)}, False),
        (Filter(updated_since=NOW), {"updated_at": NOW}, True),
        (Filter(updated_since=NOW), {"updated_at": NOW - timedelta(seconds=1)}, False),
        (Filter(updated_since=NOW), {}, False),
        (Filter(place=CommuneCode("21231")), {"address": Address(insee="21231")}, True),
        (Filter(place=CommuneCode("21231")), {"address": Address(insee="21003")}, False),
        (Filter(place=CommuneCode("21231")), {}, False),
    ],
)
def test_each_field(filter_: Filter, values: dict, wanted: bool) -> None:
    assert holds(filter_, **values) is wanted


@pytest.mark.parametrize(
    ("hours", "insee", "moment", "wanted"),
    [
        ("Mo-Fr 08:00-18:30", "21231", datetime(2026, 11, 23, 7, 30, tzinfo=UTC), True),  # 8:30 in Paris
        ("Mo-Fr 08:00-18:30", "97411", datetime(2026, 11, 23, 7, 30, tzinfo=UTC), True),  # 11:30 in La Réunion
        ("Mo-Fr 08:00-18:30", "97411", datetime(2026, 11, 23, 15, 30, tzinfo=UTC), False),  # 19:30 there
        ("Mo-Fr 08:00-18:30", "21231", datetime(2026, 11, 22, 10, 0, tzinfo=UTC), False),  # a Sunday
        ("Mo-Fr 08:00-18:30; PH off", "21231", datetime(2026, 11, 11, 10, 0, tzinfo=UTC), False),  # 11 November
        ("Mo 22:00-06:00", "21231", datetime(2026, 11, 24, 2, 0, tzinfo=UTC), True),  # Tuesday, 3:00 in Paris
        ("Mo 22:00-06:00", "21231", datetime(2026, 11, 24, 5, 30, tzinfo=UTC), False),  # 6:30 there
        ("Mo 08:00-12:00", "97105", datetime(2026, 11, 23, 12, 30, tzinfo=UTC), True),  # 8:30 in Guadeloupe
        ("Mo 08:00-12:00", "97105", datetime(2026, 11, 23, 9, 0, tzinfo=UTC), False),  # 5:00 there
        ("Su 20:00-24:00", "97105", datetime(2026, 11, 23, 3, 0, tzinfo=UTC), True),  # still Sunday, 23:00
        ("Mo 00:00-04:00", "97411", datetime(2026, 11, 22, 21, 0, tzinfo=UTC), True),  # Monday already, 1:00
        ("Mo 08:00-12:00", "97105", datetime.fromisoformat("2026-11-23T08:30:00-04:00"), True),
        ("unknown", "21231", NOW, False),
        ("Mo-Su unknown", "21231", NOW, False),
        ("sometimes", "21231", NOW, False),
        (None, "21231", NOW, False),
        ("24/7" + " " * 600, "21231", NOW, False),
    ],
)
def test_open_at_is_told_in_the_time_of_the_place(
    hours: str | None, insee: str, moment: datetime, wanted: bool
) -> None:
    assert holds(Filter(open_at=moment), opening_hours=hours, address=Address(insee=insee)) is wanted


@pytest.mark.parametrize(
    ("basis", "wanted"),
    [(PriorityBasis.DECLARED, True), (PriorityBasis.BY_NATURE, False), (PriorityBasis.BY_ACTION, False)],
)
def test_a_basis_belongs_to_the_priority_asked_for(basis: PriorityBasis, wanted: bool) -> None:
    values = {
        "subcategory": SubcategoryCode.CRECHE,  # by nature: ACCUEILLIR
        "priorities": (RecordPriority(PriorityCode.EVEILLER, PriorityBasis.DECLARED),),
    }

    assert holds(Filter(priorities=(PriorityCode.EVEILLER,), bases=(basis,)), **values) is wanted
    assert holds(Filter(bases=(PriorityBasis.BY_NATURE,)), **values)
    assert holds(Filter(priorities=(PriorityCode.ACCUEILLIR,)), **values)
    assert not holds(Filter(bases=(PriorityBasis.BY_ACTION,)), **values)


KINDS = st.lists(st.sampled_from(list(StructureKind)), max_size=4).map(lambda kinds: Filter(kinds=tuple(kinds)))
FILTERS = st.recursive(
    KINDS,
    lambda inner: st.builds(
        Filter,
        all_of=st.lists(inner, max_size=2).map(tuple),
        any_of=st.none() | st.lists(inner, max_size=2).map(tuple),
        none_of=st.none() | inner,
    ),
    max_leaves=8,
)


def truth(filter_: Filter, kind: StructureKind) -> bool:
    """The same question, asked of the definition."""
    return (
        (filter_.kinds is None or kind in filter_.kinds)
        and all(truth(f, kind) for f in filter_.all_of)
        and (filter_.any_of is None or any(truth(f, kind) for f in filter_.any_of))
        and (filter_.none_of is None or not truth(filter_.none_of, kind))
    )


@given(filter_=FILTERS, kind=st.sampled_from(list(StructureKind)))
def test_and_or_not(filter_: Filter, kind: StructureKind) -> None:
    assert holds(filter_, kind=kind) is truth(filter_, kind)


DIJON = {"commune": "21231"}
COUNT = "query ($f: StructureFilter) { structures(filter: $f, first: 1) { totalCount } }"


async def total(client: Client, **filter_: object) -> int:
    return (await client.ask(COUNT, f={"place": DIJON, **filter_}))["structures"]["totalCount"]


async def test_filters_and_their_opposites_share_the_whole(client: Client) -> None:
    whole = await total(client)
    for filter_ in (
        {"priorities": ["EVEILLER"]},
        {"categories": ["SANTE"]},
        {"subcategories": ["SAGE_FEMME", "CRECHE"]},
        {"kinds": ["INDEPENDENT"]},
        {"text": "rue creche"},
        {"registered": True},
        {"sources": ["monenfant"]},
        {"openAt": "2026-11-23T10:00:00+01:00"},
    ):
        some, others = await total(client, **filter_), await total(client, **{"not": filter_})
        # a source that is not wanted is not asked: its entries are in neither part
        assert some + others == whole if "sources" not in filter_ else some <= whole, filter_
        assert await total(client, **{"and": [filter_, {"not": filter_}]}) == 0
        if "sources" not in filter_:
            assert await total(client, **{"or": [filter_, {"not": filter_}]}) == whole


async def test_counts_by_subcategory_are_those_of_the_world(client: Client) -> None:
    for code in (SubcategoryCode.CRECHE, SubcategoryCode.SAGE_FEMME, SubcategoryCode.CENTRE_PMI):
        listed = [p for source in ("monenfant", "annuaire_sante") for p in world().listed_in("25056", source)]
        wanted = [
            p for p in listed if p.subcategory is code and (p.source != "monenfant" or "data_inclusion" in p.ways)
        ]
        assert await total(client, place={"commune": "25056"}, subcategories=[code.value]) == len(wanted)


async def test_a_place_within_and_bounds_the_search_too(client: Client) -> None:
    filter_ = {"and": [{"place": DIJON}, {"categories": ["PMI"]}]}

    data = await client.ask(COUNT, f=filter_)

    assert data["structures"]["totalCount"] == await total(client, categories=["PMI"])


async def test_two_places_must_both_hold(client: Client) -> None:
    near = {"near": {"latitude": 47.322, "longitude": 5.041, "radiusMeters": 1500}}

    assert 0 < await total(client, **{"and": [{"place": near}]}) < await total(client)


@pytest.mark.parametrize(("text", "best"), [("creche marelle", "marelle"), ("hopital", "hopital")])
async def test_relevance_puts_names_first(client: Client, text: str, best: str) -> None:
    query = """query ($t: String) { structures(first: 20, filter: { text: $t, place: { departement: "21" } }) {
                 edges { score node { name } } } }"""

    edges = (await client.ask(query, t=text))["structures"]["edges"]

    scores = [edge["score"] for edge in edges]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)
    assert best in edges[0]["node"]["name"].lower().replace("ô", "o")


@pytest.mark.parametrize(("order", "field"), list(product(["UPDATED", "NAME"], [None])))
async def test_orders_without_distance(client: Client, order: str, field: None) -> None:
    query = """query ($o: StructureOrder) { structures(first: 50, orderBy: $o, filter: { place: { commune: "71076" } }) {
                 nodes { name records { updatedAtSource } } } }"""

    nodes = (await client.ask(query, o=order))["structures"]["nodes"]

    if order == "UPDATED":
        dates = [max(r["updatedAtSource"] or "" for r in n["records"]) for n in nodes]
        moments = [datetime.fromisoformat(d) for d in dates if d]
        assert moments == sorted(moments, reverse=True)
    else:
        folded = [n["name"].lower()[0] for n in nodes if n["name"][0].isascii()]
        assert folded == sorted(folded)


async def test_without_a_place_only_those_who_can_are_asked(client: Client) -> None:
    query = "{ structures(first: 1) { totalCount coverage { source { id } status message } } }"

    found = (await client.ask(query))["structures"]

    told = {c["source"]["id"]: c for c in found["coverage"]}
    assert found["totalCount"] is None
    assert told["registry"]["status"] == "PARTIAL"
    assert told["annuaire_sante"]["status"] == "NEEDS_PLACE"
    assert "place" in told["annuaire_sante"]["message"]
    assert client.sandbox.annuaire_sante.faults.count() == 0
