"""How many calls an answer costs: counted where they arrive, in the sandbox's servers and at the connectors."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import ceil

from hubs import Client

from connectors.contract import Kind, Page, Query, Record, SourceInfo
from connectors.errors import SourceError
from connectors.guards.cache import Cached, Row
from connectors.sandbox import Fault, Way, world

NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }"


class Counted:
    """A connector that counts the calls it lets through."""

    def __init__(self, inner: Cached) -> None:
        self.inner = inner
        self.calls: Counter[str] = Counter()

    @property
    def info(self) -> SourceInfo:
        return self.inner.info

    async def get(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, Record]:
        self.calls[f"get {kind}"] += 1
        assert 0 < len(keys) <= self.info.batch_size
        return await self.inner.get(kind, keys)

    async def rows(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, Row | SourceError]:
        self.calls[f"get {kind}"] += 1
        assert 0 < len(keys) <= self.info.batch_size
        return await self.inner.rows(kind, keys)

    async def search(self, query: Query) -> Page:
        self.calls[type(query.where).__name__] += 1
        return await self.inner.search(query)

    async def ping(self) -> None:
        await self.inner.ping()

    async def aclose(self) -> None:
        await self.inner.aclose()


def count(client: Client) -> dict[str, Counter[str]]:
    """Put a counter before the connector of every source of a client's hub (its cells keep their own)."""
    counted = {}
    sources = client.hub.federation.sources
    for id_, source in list(sources.items()):
        connector = Counted(source.connector)
        sources[id_] = replace(source, connector=connector)  # type: ignore[index]  # a dict behind its Mapping
        counted[id_] = connector.calls
    return counted


async def registry_ids(client: Client) -> list[str]:
    data = await client.ask('{ structures(first: 100, filter: { sources: ["registry"] }) { nodes { id } } }')
    return [node["id"] for node in data["structures"]["nodes"]]


async def test_a_hundred_nodes_of_three_sources(client: Client) -> None:
    places = [p for p in world().places if p.listed and p.ways & {Way.DATA_INCLUSION, Way.ANNUAIRE_SANTE}]
    health = [p.id for p in places if p.source == "annuaire_sante"][::29][:60]
    childcare = [p.id for p in places if p.source == "monenfant"][::20][:22]
    registry = (await registry_ids(client))[:18]
    ids = [id_ for some in zip(health[:18], childcare[:18], registry, strict=True) for id_ in some]
    ids += health[18:] + childcare[18:]
    assert len(ids) == 100
    calls = count(client)
    client.sandbox.annuaire_sante.faults.reset()
    client.sandbox.data_inclusion.faults.reset()

    nodes = (await client.ask(NODES, ids=ids))["nodes"]

    assert all(node and node["__typename"] == "Structure" for node in nodes)
    sources = client.hub.federation.sources
    for source, some in (("annuaire_sante", health), ("monenfant", childcare), ("registry", registry)):
        assert calls[source]["get structure"] == ceil(len(some) / sources[source].info.batch_size), source
    # on the wire: two requests (a resource type each) for a batch of the Annuaire Santé, one for each key of
    # data·inclusion, which has no list of ids
    assert client.sandbox.annuaire_sante.faults.count() <= 2 * ceil(len(health) / 40)
    assert client.sandbox.data_inclusion.faults.count() == len(childcare)


async def test_requests_that_come_together_are_one_call_and_each_has_its_own_answer(client: Client) -> None:
    places = [p.id for p in world().places if p.listed and p.source == "annuaire_sante"]
    few, as_many = places[:8], places[8:16]
    faults = client.sandbox.annuaire_sante.faults
    faults.reset()

    answers = await asyncio.gather(*(client.ask(NODES, ids=few[n : n + 2]) for n in range(0, 8, 2)))

    together = faults.count()
    assert [await client.ask(NODES, ids=few[n : n + 2]) for n in range(0, 8, 2)] == answers
    await client.ask(NODES, ids=as_many)
    assert faults.count() == 2 * together, "as one request for as many"


async def test_repeated_and_unknown_ids_cost_nothing_more(client: Client) -> None:
    id_ = next(p.id for p in world().places if p.listed and p.source == "annuaire_sante")
    calls = count(client)
    ids = [
        id_,
        id_,
        "nowhere--1",
        "action--registry--none",
        "",
        "é",
        "annuaire_sante--not-a-key",
        "x" * 300,
        "registry",
    ]

    nodes = (await client.ask(NODES, ids=ids))["nodes"]

    assert nodes[0]["id"].startswith(("annuaire_sante--", "registry_sandbox--"))
    assert nodes[0] == nodes[1]
    assert nodes[2:] == [None] * 6 + [{"id": "registry", "__typename": "Source"}]
    assert calls["annuaire_sante"]["get structure"] == 1
    assert calls["monenfant"]["get structure"] == 0


async def test_twenty_structures_with_their_professionals_cost_one_call_a_level(client: Client) -> None:
    query = """
    { structures(first: 20, filter: {
          subcategories: [HOPITAL, CENTRE_PMI, PHARMACIEN, CABINET]
          kinds: [ESTABLISHMENT]
          sources: ["annuaire_sante"]
          place: { near: { latitude: 47.322, longitude: 5.041, radiusMeters: 50000 } } }) {
        nodes { id name professionals(first: 100) {
            totalCount
            coverage { status recordCount }
            nodes { id kind profession { label } records { key } } } } } }
    """
    warming = query[: query.index("nodes {")] + "totalCount } }"
    await client.ask(warming)  # cells are warm now: what follows is the level of the professionals
    calls = count(client)
    client.sandbox.annuaire_sante.faults.reset()

    nodes = (await client.ask(query))["structures"]["nodes"]

    assert len(nodes) == 20
    assert calls["annuaire_sante"] == {"PractisingAt": 1}
    assert calls["monenfant"] == {}
    people = sum(node["professionals"]["totalCount"] for node in nodes)
    assert people >= 10
    # on the wire: one request for the structures and their roles, then the people, 49 at most a request
    assert client.sandbox.annuaire_sante.faults.count() <= 1 + ceil(people / 49)
    expected = {}
    for place in world().places:
        if place.source == "annuaire_sante" and "." in place.key and place.professional.active:
            expected.setdefault(place.professional.organization, set()).add(place.key)
    for node in nodes:
        key = node["id"].removeprefix("annuaire_sante--")
        if key != node["id"]:
            found = {r["key"] for p in node["professionals"]["nodes"] for r in p["records"]}
            listed = {k for k in expected.get(key, set()) if k in found or _in_perimeter(k)}
            assert found == listed, key


def _in_perimeter(key: str) -> bool:
    place = next(p for p in world().places if p.key == key)
    return place.subcategory is not None


async def test_actions_of_a_page_cost_one_call(client: Client) -> None:
    query = """
    { structures(first: 20, filter: { sources: ["registry", "registry_sandbox"] }) {
        nodes { actions { nodes { title carrier { id } places { id } partners { id } } } priorities { action { id } } } } }
    """
    calls = count(client)

    await client.ask(query)

    for registry in ("registry", "registry_sandbox"):
        assert calls[registry]["ActionsOf"] <= 1
        assert calls[registry]["get action"] <= 1
        assert calls[registry]["get structure"] <= 1


async def test_identifiers_of_several_fields_are_asked_together(client: Client) -> None:
    finess = [p.establishment.finess for p in world().places if p.listed and p.key.startswith("finess-")][:5]
    calls = count(client)
    fields = " ".join(
        f's{i}: structure(identifier: {{ finess: "{f}" }}) {{ records {{ key }} }}' for i, f in enumerate(finess)
    )

    data = await client.ask("{" + fields + "}")

    for i, number in enumerate(finess):
        assert f"finess-{number}" in {r["key"] for r in data[f"s{i}"]["records"]}
    assert calls["annuaire_sante"]["WithIdentifiers"] == 1
    assert calls["registry"]["WithIdentifiers"] == 1


async def test_a_cell_is_fetched_once_for_many_questions_at_once(client: Client) -> None:
    query = '{ structures(first: 1, filter: { place: { commune: "89024" } }) { totalCount } }'

    answers = await asyncio.gather(*(client.ask(query) for _ in range(30)))

    assert len({a["structures"]["totalCount"] for a in answers}) == 1
    seen = [(r.path, r.query) for r in client.sandbox.annuaire_sante.faults.requests]
    assert len(seen) == len(set(seen))
    assert client.sandbox.data_inclusion.faults.count() == 1


async def test_a_whole_departement_is_one_walk_and_then_serves_its_communes(client: Client) -> None:
    whole = '{ structures(first: 1, filter: { place: { departement: "71" } }) { totalCount } }'
    part = '{ structures(first: 1, filter: { place: { commune: "71076" } }) { totalCount } }'
    data = await client.ask(whole)
    asked = client.sandbox.data_inclusion.faults.count(), client.sandbox.annuaire_sante.faults.count()

    assert asked[0] == 1
    assert 0 < (await client.ask(part))["structures"]["totalCount"] < data["structures"]["totalCount"]
    assert (client.sandbox.data_inclusion.faults.count(), client.sandbox.annuaire_sante.faults.count()) == asked


async def test_a_source_that_is_not_wanted_is_not_called(client: Client) -> None:
    await client.ask(
        '{ structures(filter: { sources: ["monenfant"], place: { commune: "71076" } }) { coverage { status } } }'
    )

    assert client.sandbox.annuaire_sante.faults.count() == 0
    assert client.sandbox.data_inclusion.faults.count() == 1


async def test_narrowing_asks_the_directory_for_less(client: Client) -> None:
    narrow = '{ structures(first: 100, filter: { subcategories: [CENTRE_PMI], place: { departement: "21" } }) { nodes { id } } }'
    wide = '{ structures(first: 100, filter: { and: [{ subcategories: [CENTRE_PMI] }], place: { departement: "21" } }) { nodes { id } } }'

    narrowed = await client.ask(narrow)

    queries = [dict(r.query) for r in client.sandbox.annuaire_sante.faults.requests]
    assert queries
    assert all("type" in q for q in queries)
    await client.ask('{ structures(filter: { place: { departement: "21" } }) { totalCount } }')
    asked = client.sandbox.annuaire_sante.faults.count()
    assert await client.ask(wide) == narrowed
    assert client.sandbox.annuaire_sante.faults.count() == asked, "a whole cell serves the narrow question"


async def test_a_failed_cell_is_not_kept(client: Client) -> None:
    query = '{ structures(first: 1, filter: { place: { commune: "89024" } }) { coverage { source { id } status } } }'
    with client.sandbox.data_inclusion.faults.during(Fault(status=500)):
        await client.ask(query)

    coverage = (await client.ask(query))["structures"]["coverage"]

    assert {c["status"] for c in coverage} == {"COMPLETE"}
