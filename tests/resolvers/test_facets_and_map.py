"""Facets count the whole result; clusters add up to it."""

import json
from collections import Counter

import pytest
from hubs import Client
from hypothesis import given
from hypothesis import strategies as st

from connectors.nomenclature import PriorityBasis, PriorityCode
from connectors.records import Position
from connectors.sandbox import Way, world
from resolvers.federation.clustering import MAX_CLUSTERS, clusters_of
from resolvers.federation.entries import Entry, EntryPriority
from resolvers.federation.places import Site

FACETS = """query ($f: StructureFilter) { structures(first: 1, filter: $f) {
  totalCount
  facets { priorities { priority { code } count } categories { category { code } count }
           subcategories { subcategory { code } count } sources { source { id } count } kinds { kind count }
           departements { departement { code name } count } } } }"""

MAP = """query ($b: BBoxInput!, $z: Int!, $f: StructureFilter) {
  map(bbox: $b, zoom: $z, filter: $f) { count latitude longitude bbox { south west north east }
    dominantPriority { code label } structure { id name } }
  structures(first: 1, filter: { place: { bbox: $b }, and: [$f] }) { totalCount } }"""
MAP = MAP.replace("and: [$f]", "and: $both").replace(
    "$f: StructureFilter)", "$f: StructureFilter, $both: [StructureFilter!])"
)

DIJON = {"south": 47.25, "west": 4.95, "north": 47.4, "east": 5.12}


async def facets(client: Client, **filter_: object) -> dict:
    return (await client.ask(FACETS, f={"place": {"departement": "21"}, **filter_}))["structures"]


async def test_facets_are_counts_of_the_filtered_whole(client: Client) -> None:
    whole = await facets(client)

    for dimension, (field, key, filter_) in {
        "priorities": ("priority", "code", "priorities"),
        "categories": ("category", "code", "categories"),
        "subcategories": ("subcategory", "code", "subcategories"),
    }.items():
        counts = whole["facets"][dimension]
        assert counts
        numbers = [c["count"] for c in counts]
        assert numbers == sorted(numbers, reverse=True)
        for count in counts:
            narrowed = await facets(client, **{filter_: [count[field][key]]})
            assert narrowed["totalCount"] == count["count"], (dimension, count)
    assert sum(c["count"] for c in whole["facets"]["categories"]) == whole["totalCount"]
    assert sum(c["count"] for c in whole["facets"]["kinds"]) == whole["totalCount"]
    assert [c["departement"]["code"] for c in whole["facets"]["departements"]] == ["21"]
    for count in whole["facets"]["kinds"]:
        assert (await facets(client, kinds=[count["kind"]]))["totalCount"] == count["count"]


async def test_facets_of_sources_count_merged_entries_once_for_each_directory(client: Client) -> None:
    counts = {c["source"]["id"]: c["count"] for c in (await facets(client))["facets"]["sources"]}

    listed = [p for p in world().places if p.listed and p.commune.departement == "21"]
    assert counts["annuaire_sante"] == sum(p.source == "annuaire_sante" for p in listed)
    assert counts["monenfant"] == sum(Way.DATA_INCLUSION in p.ways for p in listed)


async def test_facets_of_professionals_and_of_priorities(client: Client) -> None:
    data = await client.ask(
        """{ structures(first: 1, filter: { subcategories: [HOPITAL], place: { commune: "21231" } }) {
               nodes { professionals { totalCount facets { kinds { kind count } } } } }
             priority(code: ACCUEILLIR) { structures(filter: { place: { commune: "21231" } }) {
               totalCount facets { priorities { priority { code } count } } } } }"""
    )

    people = data["structures"]["nodes"][0]["professionals"]
    assert sum(c["count"] for c in people["facets"]["kinds"]) == people["totalCount"]
    welcoming = data["priority"]["structures"]
    counts = {c["priority"]["code"]: c["count"] for c in welcoming["facets"]["priorities"]}
    assert counts["ACCUEILLIR"] == welcoming["totalCount"]


async def clusters(client: Client, box: dict, zoom: int, filter_: dict | None = None) -> tuple[list[dict], int]:
    both = [filter_] if filter_ else []
    data = await client.ask(MAP, b=box, z=zoom, f=filter_, both=both)
    return data["map"], data["structures"]["totalCount"]


@pytest.mark.parametrize("zoom", [0, 5, 9, 12, 15, 18, 22])
@pytest.mark.parametrize("filter_", [None, {"categories": ["MODE_ACCUEIL"]}, {"priorities": ["EVEILLER"]}])
async def test_clusters_add_up_to_the_structures(client: Client, zoom: int, filter_: dict | None) -> None:
    found, total = await clusters(client, DIJON, zoom, filter_)

    assert sum(c["count"] for c in found) == total > 0
    assert len(found) <= MAX_CLUSTERS
    for c in found:
        box = c["bbox"]
        assert DIJON["south"] <= box["south"] <= c["latitude"] <= box["north"] <= DIJON["north"]
        assert DIJON["west"] <= box["west"] <= c["longitude"] <= box["east"] <= DIJON["east"]
        assert (c["structure"] is not None) is (c["count"] == 1)
    if filter_ and "priorities" in filter_:
        assert found[0]["dominantPriority"]


async def test_clusters_part_as_one_zooms_in(client: Client) -> None:
    numbers = [len((await clusters(client, DIJON, zoom))[0]) for zoom in (0, 8, 11, 14, 20)]

    assert numbers == sorted(numbers)
    assert numbers[0] == 1
    assert numbers[-1] > 50
    singles = [c for c in (await clusters(client, DIJON, 20))[0] if c["count"] == 1]
    assert all(c["structure"]["name"] for c in singles)


@pytest.mark.parametrize("zoom", [-1, 23])
async def test_a_zoom_out_of_range(client: Client, zoom: int) -> None:
    errors = await client.errors(
        "query ($b: BBoxInput!, $z: Int!) { map(bbox: $b, zoom: $z) { count } }", b=DIJON, z=zoom
    )

    assert errors[0]["extensions"]["code"] == "BAD_INPUT"


def entry(latitude: float, longitude: float, *codes: PriorityCode) -> Entry:
    priorities = tuple(EntryPriority(code, PriorityBasis.DECLARED) for code in codes)
    return Entry("", (), Site(Position(latitude, longitude), None, None, None), priorities)


POSITIONS = st.tuples(st.floats(-89, 89), st.floats(-180, 180))


@given(positions=st.lists(POSITIONS, max_size=60), zoom=st.integers(0, 22))
def test_no_place_is_lost_or_doubled(positions: list[tuple[float, float]], zoom: int) -> None:
    found = clusters_of([entry(*p) for p in positions] + [Entry("", (), Site(None, None, None, None), ())], zoom)

    assert sum(c.count for c in found) == len(positions)
    for c in found:
        assert c.box.south <= c.latitude + 1e-9
        assert c.latitude <= c.box.north + 1e-9
        assert (c.entry is not None) is (c.count == 1)


def test_ten_thousand_places_are_one_answer_under_200_kb() -> None:
    places = [entry(47 + i % 100 * 0.01, 5 + i // 100 * 0.01, PriorityCode.EVEILLER) for i in range(10_000)]

    found = clusters_of(places, 22)

    assert len(found) <= MAX_CLUSTERS
    assert sum(c.count for c in found) == 10_000
    shown = [
        {
            "count": c.count, "latitude": c.latitude, "longitude": c.longitude,
            "bbox": {"south": c.box.south, "west": c.box.west, "north": c.box.north, "east": c.box.east},
            "dominantPriority": {"code": c.dominant, "label": "Accueillir les enfants et leurs parents"},
            "structure": {"id": "annuaire_sante--rpps-10003461033.siret-12345678900011", "name": "x" * 80},
        }
        for c in found
    ]  # fmt: skip
    assert len(json.dumps(shown)) < 200_000


def test_the_dominant_priority_is_that_of_most_then_the_first_by_rank() -> None:
    some = [
        entry(47, 5, PriorityCode.FORMER, PriorityCode.EVEILLER),
        entry(47, 5, PriorityCode.EVEILLER, PriorityCode.INFORMER),
        entry(47, 5, PriorityCode.INFORMER),
        entry(47, 5),
    ]

    (cluster,) = clusters_of(some, 22)

    assert Counter(p.code for e in some for p in e.priorities)[PriorityCode.EVEILLER] == 2
    assert cluster.dominant is PriorityCode.INFORMER
