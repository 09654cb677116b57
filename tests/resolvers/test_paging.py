"""Pages neither skip nor repeat, whatever their sizes and whatever comes and goes between them."""

import pytest
from hubs import Client
from hypothesis import given
from hypothesis import strategies as st

from connectors.records import ActionRecord
from resolvers.federation.paging import Keyed, Slice, page

KEYS = st.lists(
    st.tuples(st.floats(0, 5, allow_nan=False).map(lambda x: round(x, 1)), st.sampled_from("abc"), st.uuids().map(str)),
    unique_by=lambda key: key[2],
    max_size=30,
)


def ordered(keys: list[tuple]) -> list[Keyed[str]]:
    return [Keyed(key, key[2]) for key in sorted(keys)]


def walk(keys: list[tuple], sizes: list[int]) -> list[Slice[str]]:
    pages, after = [], None
    while True:
        pages.append(page(ordered(keys), sizes[len(pages) % len(sizes)], after, "mark"))
        if not pages[-1].has_next:
            return pages
        after = pages[-1].cursors[-1]


@given(keys=KEYS, sizes=st.lists(st.integers(1, 100), min_size=1, max_size=5))
def test_all_pages_together_are_the_whole(keys: list[tuple], sizes: list[int]) -> None:
    pages = walk(keys, sizes)

    assert [item for p in pages for item in p.items] == [k.value for k in ordered(keys)]
    assert {p.total for p in pages} == {len(keys)}
    assert [p.has_previous for p in pages] == [i > 0 for i in range(len(pages))]


@given(before=KEYS, after=KEYS, size=st.integers(1, 7))
def test_what_comes_and_goes_hides_and_repeats_nothing_else(before: list[tuple], after: list[tuple], size: int) -> None:
    stays = set(before)
    first = page(ordered(before), size, None, "mark")
    if not first.cursors:
        return
    changed = [k for k in before if k in stays] + [k for k in after if k[2] not in {b[2] for b in before}]
    seen = list(first.items)
    cursor: str | None = first.cursors[-1]
    while cursor:
        part = page(ordered(changed), size, cursor, "mark")
        seen += part.items
        cursor = part.cursors[-1] if part.has_next else None

    assert len(set(seen)) == len(seen)
    assert {k[2] for k in before} <= set(seen)


async def test_cursors_stay_good_when_the_cells_are_fetched_anew(client: Client) -> None:
    query = """query ($after: String) {
      structures(first: 7, after: $after, filter: { place: { commune: "71076" } }) {
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { id } } } }"""
    seen, after = [], None
    while True:
        found = (await client.ask(query, after=after))["structures"]
        seen += [edge["node"]["id"] for edge in found["edges"]]
        assert found["pageInfo"]["hasPreviousPage"] is (after is not None)
        assert found["pageInfo"]["startCursor"] == found["edges"][0]["cursor"]
        if not found["pageInfo"]["hasNextPage"]:
            break
        after = found["pageInfo"]["endCursor"]
        for source in client.hub.federation.sources.values():
            source.cells.forget()

    whole = await client.ask('{ structures(first: 100, filter: { place: { commune: "71076" } }) { nodes { id } } }')
    first_hundred = [node["id"] for node in whole["structures"]["nodes"]]
    assert seen[:100] == first_hundred
    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize("field", ["actions", "professionals"])
async def test_pages_of_what_belongs_to_a_structure_go_on_in_another_request(client: Client, field: str) -> None:
    registry = client.hub.federation.sources["registry"].registry
    assert registry is not None
    await registry.add([ActionRecord(source="registry", key=f"a{n}", title=f"{n}", carrier="udaf-71") for n in "12"])
    own = f"... on Structure {{ id {field}(first: 20) {{ totalCount nodes {{ id }} }} }}"
    told = await client.ask(f"""{{
        found: structures(first: 100, filter: {{ place: {{ commune: "71076" }} }}) {{ nodes {{ {own} }} }}
        nodes(ids: ["registry--udaf-71", "registry--udaf-21"]) {{ {own} }} }}""")
    nodes = {node["id"]: node for node in (*told["found"]["nodes"], *told["nodes"])}.values()
    one, other = sorted(nodes, key=lambda node: -(node[field]["totalCount"] or 0))[:2]
    assert one[field]["totalCount"] >= 2
    paged = f"""query ($id: ID!, $after: String) {{ structure(id: $id) {{
        {field}(first: 1, after: $after) {{ nodes {{ id }} pageInfo {{ hasNextPage endCursor }} }} }} }}"""

    seen, after, more = [], None, True
    while more:
        found = (await client.ask(paged, id=one["id"], after=after))["structure"][field]
        seen += found["nodes"]
        more, after = found["pageInfo"]["hasNextPage"], found["pageInfo"]["endCursor"]

    assert seen == one[field]["nodes"]
    (error,) = await client.errors(paged, id=other["id"], after=after)
    assert "another question" in error["message"]
