"""Without a place: sources read page by page, each entry once, nothing skipped."""

from pathlib import Path

import pytest
from hubs import Client, in_process

from connectors.gazetteer import fold
from connectors.sandbox import Fault, Way, registrations, world
from resolvers.federation import stream

QUERY = """query ($f: StructureFilter, $n: Int! = 100, $a: String) { structures(filter: $f, first: $n, after: $a) {
  totalCount pageInfo { hasNextPage hasPreviousPage endCursor }
  edges { cursor score node { id records { source { id } key } } }
  coverage { source { id } status message recordCount } } }"""

SMALL = "[sources.monenfant]\npage_size = 97\n"


@pytest.fixture
async def small(tmp_path: Path):
    """A hub whose childcare directory gives small pages."""
    async with in_process(tmp_path, SMALL) as client:
        yield client


async def walk(client: Client, **arguments: object) -> tuple[list[dict], list[dict]]:
    """All edges, and all pages."""
    edges, pages, after = [], [], None
    while True:
        page = (await client.ask(QUERY, a=after, **arguments))["structures"]
        pages.append(page)
        edges += page["edges"]
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        if not page["pageInfo"]["hasNextPage"]:
            return edges, pages
        after = page["pageInfo"]["endCursor"]


def ids(edges: list[dict]) -> list[str]:
    return [edge["node"]["id"] for edge in edges]


async def test_every_entry_of_every_source_that_can_once(small: Client) -> None:
    edges, pages = await walk(small)

    seen = [f"{r['source']['id']}--{r['key']}" for edge in edges for r in edge["node"]["records"]]
    assert len(set(ids(edges))) == len(edges)
    assert len(set(seen)) == len(seen)
    childcare = {p.id for p in world().places if Way.DATA_INCLUSION in p.ways}
    wanted = childcare | {r.id for r in registrations()}
    assert {id_ for id_ in seen if not id_.startswith("registry--")} == wanted
    assert sum(id_.startswith("registry--") for id_ in seen) == 18
    assert all(page["totalCount"] is None for page in pages)


@pytest.mark.parametrize("size", [1, 7, 100])
async def test_page_sizes_do_not_matter(small: Client, size: int) -> None:
    filter_ = {"text": "petit navire"}

    edges, _ = await walk(small, f=filter_, n=size)
    whole, _ = await walk(small, f=filter_)

    assert ids(edges) == ids(whole)
    assert len(edges) > 3
    assert all(0 < edge["score"] <= 1 for edge in edges)


async def test_a_registration_is_shown_with_the_record_that_it_quotes(small: Client) -> None:
    edges, _ = await walk(small)

    together = {edge["node"]["id"]: edge for edge in edges if len(edge["node"]["records"]) > 1}
    quoting = {r.id for r in registrations() if any(id_.startswith("monenfant") for id_ in r.same_as)}
    assert set(together) == quoting


async def test_one_answer_reads_few_pages_and_says_where_to_go_on(small: Client) -> None:
    page = (await small.ask(QUERY, f={"text": "nothing of the kind"}))["structures"]

    assert page["edges"] == []
    assert page["pageInfo"]["hasNextPage"]
    assert small.sandbox.data_inclusion.faults.count() == stream.MOST_PAGES
    told = {c["source"]["id"]: c for c in page["coverage"]}
    assert (told["registry"]["status"], told["monenfant"]["status"]) == ("COMPLETE", "PARTIAL")
    assert "endCursor" in told["monenfant"]["message"]
    assert told["registry_sandbox"]["status"] == "NOT_ASKED"
    assert told["annuaire_sante"]["status"] == "NEEDS_PLACE"
    edges, pages = await walk(small, f={"text": "nothing of the kind"})
    assert edges == []
    assert {c["source"]["id"]: c["status"] for c in pages[-1]["coverage"]}["monenfant"] == "COMPLETE"


async def test_a_source_that_fails_leaves_the_others(small: Client) -> None:
    small.sandbox.data_inclusion.faults.now = Fault(status=503)

    edges, pages = await walk(small)

    statuses = {c["source"]["id"]: c["status"] for c in pages[-1]["coverage"]}
    assert statuses["registry_sandbox"] == "COMPLETE"
    assert any(c["status"] == "UNAVAILABLE" for page in pages for c in page["coverage"])
    assert {id_.split("--")[0] for id_ in ids(edges)} == {"registry", "registry_sandbox"}


async def test_what_a_registry_says_first_is_read_first(small: Client) -> None:
    page = (await small.ask(QUERY, f={"priorities": ["EVEILLER"]}, n=1))["structures"]

    assert [id_.split("--")[0] for id_ in ids(page["edges"])] == ["registry"]
    assert small.sandbox.data_inclusion.faults.count() == 0


async def test_a_cursor_of_a_source_that_is_gone(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    async with in_process(tmp_path / "a") as client:
        page = (await client.ask(QUERY, f={"text": "petit navire"}, n=1))["structures"]
    async with in_process(
        tmp_path / "b", '[sources.monenfant]\nenabled = false\n[sources.other]\nconnector = "monenfant"\n'
    ) as client:
        errors = await client.errors(QUERY, f={"text": "petit navire"}, n=1, a=page["pageInfo"]["endCursor"])

    assert [e["extensions"]["code"] for e in errors] == ["CURSOR_EXPIRED"]


async def test_an_order_is_kept_over_what_can_be_read_whole(small: Client) -> None:
    ordered = await small.ask(
        "{ structures(orderBy: NAME, first: 5) { totalCount nodes { name } coverage { source { id } status } } }"
    )

    names = [node["name"] for node in ordered["structures"]["nodes"]]
    assert names == sorted(names, key=fold)
    statuses = {c["source"]["id"]: c["status"] for c in ordered["structures"]["coverage"]}
    assert statuses["monenfant"] == "COMPLETE"


async def test_registries_alone_are_read_whole_and_counted(client: Client) -> None:
    found = (await client.ask(QUERY, f={"sources": ["registry"]}))["structures"]

    assert found["totalCount"] == len(found["edges"]) == 18
    assert client.sandbox.data_inclusion.faults.count() == 0


FACETS = """query ($f: StructureFilter, $n: Int! = 5, $a: String) { structures(filter: $f, first: $n, after: $a) {
  facets { complete kinds { kind count } sources { source { id } count } } pageInfo { endCursor }
  nodes { id } coverage { source { id } status } } }"""


@pytest.mark.parametrize("filter_", [{}, {"categories": ["MODE_ACCUEIL"]}, {"text": "petit navire"}])
async def test_facets_count_all_that_the_pages_show(small: Client, filter_: dict) -> None:
    edges, _ = await walk(small, f=filter_)

    page = (await small.ask(FACETS, f=filter_))["structures"]
    next_page = (await small.ask(FACETS, f=filter_, a=page["pageInfo"]["endCursor"]))["structures"]

    assert sum(c["count"] for c in page["facets"]["kinds"]) == len(edges) > len(page["nodes"])
    assert next_page["facets"] == page["facets"]
    # the annuaire santé needs a place: it is not in the pages, and the facets say that it is missing
    assert page["facets"]["complete"] is False


async def test_facets_are_complete_when_all_that_was_asked_was_read(small: Client) -> None:
    page = (await small.ask(FACETS, f={"sources": ["monenfant"]}))["structures"]

    assert page["facets"]["complete"] is True
    counts = {c["source"]["id"]: c["count"] for c in page["facets"]["sources"]}
    assert counts["monenfant"] == sum(Way.DATA_INCLUSION in p.ways for p in world().places)


async def test_facets_of_a_source_that_is_too_long_say_so(tmp_path: Path) -> None:
    async with in_process(tmp_path, "[sources.monenfant]\npage_size = 10\n") as client:
        page = (await client.ask(FACETS, f={"sources": ["monenfant"]}))["structures"]

    assert page["facets"]["complete"] is False
    counts = {c["source"]["id"]: c["count"] for c in page["facets"]["sources"]}
    assert counts["monenfant"] == 200


async def test_pages_alone_read_no_more_than_they_show(small: Client) -> None:
    await small.ask(QUERY, f={"sources": ["monenfant"]}, n=5)

    assert small.sandbox.data_inclusion.faults.count() == 1


ORDERED = """{ structures(orderBy: NAME, first: 5, filter: { sources: ["monenfant"] }) {
  totalCount nodes { name } coverage { source { id } status message recordCount } } }"""


async def test_an_order_over_a_source_that_is_too_long_says_so(tmp_path: Path) -> None:
    async with in_process(tmp_path, "[sources.monenfant]\npage_size = 10\n") as client:
        found = (await client.ask(ORDERED))["structures"]

    told = {c["source"]["id"]: c for c in found["coverage"]}["monenfant"]
    assert (told["status"], told["recordCount"]) == ("PARTIAL", 200)
    assert "give a place" in told["message"]


async def test_an_order_over_a_source_that_fails_leaves_the_others(client: Client) -> None:
    client.sandbox.data_inclusion.faults.now = Fault(status=403)

    found = (await client.ask(ORDERED))["structures"]

    told = {c["source"]["id"]: c["status"] for c in found["coverage"]}
    assert (told["monenfant"], told["registry"]) == ("UNAVAILABLE", "COMPLETE")


@pytest.mark.parametrize(("where", "code"), [("", "BAD_INPUT"), (', sources: ["registry"]', None)])
async def test_a_region_is_for_those_who_can_be_asked_for_so_much(client: Client, where: str, code: str | None) -> None:
    query = '{ structures(first: 1, filter: { place: { region: "27" }' + where + " }) { totalCount } }"

    if code:
        assert [e["extensions"]["code"] for e in await client.errors(query)] == [code]
    else:
        assert (await client.ask(query))["structures"]["totalCount"] > 0
    assert client.sandbox.annuaire_sante.faults.count() == 0
