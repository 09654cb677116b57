"""The query of the mission, word for word as an app developer would write it."""

from hubs import Client

MISSION = """
query ($after: String) {
  structures(
    filter: {
      priorities: [EVEILLER]
      place: { near: { latitude: 47.322, longitude: 5.041, radiusMeters: 10000 } }
    }
    orderBy: DISTANCE
    first: 10
    after: $after
  ) {
    totalCount
    pageInfo { hasNextPage endCursor }
    edges {
      distanceMeters
      node {
        id
        name
        priorities { priority { code } basis action { id title } }
        actions { nodes { id title priorities { code } carrier { name } } }
        records { source { id sandbox } key freshness licence }
        referenceDirectory { source { id } url }
      }
    }
    coverage { source { id } status recordCount }
  }
}
"""


async def whole(client: Client) -> tuple[dict, list[dict]]:
    """All pages of the mission's answer: the last page, and every edge."""
    edges, after = [], None
    while True:
        page = (await client.ask(MISSION, after=after))["structures"]
        edges += page["edges"]
        if not page["pageInfo"]["hasNextPage"]:
            return page, edges
        after = page["pageInfo"]["endCursor"]


async def test_it_joins_the_three_directories_by_priority_and_distance(client: Client) -> None:
    page, edges = await whole(client)

    sources = {record["source"]["id"] for edge in edges for record in edge["node"]["records"]}
    assert {"registry", "monenfant", "annuaire_sante"} <= sources
    distances = [edge["distanceMeters"] for edge in edges]
    assert distances == sorted(distances)
    assert max(distances) <= 10_000
    assert len({edge["node"]["id"] for edge in edges}) == len(edges) == page["totalCount"]
    for edge in edges:
        assert "EVEILLER" in {p["priority"]["code"] for p in edge["node"]["priorities"]}


async def test_a_registration_and_its_directory_s_record_are_one_entry(client: Client) -> None:
    _, edges = await whole(client)

    both = [
        {record["source"]["id"] for record in edge["node"]["records"]}
        for edge in edges
        if len(edge["node"]["records"]) > 1
    ]
    assert {"registry_sandbox", "monenfant"} in both
    assert {"registry_sandbox", "annuaire_sante"} in both


async def test_the_real_action_of_dijon_gives_its_priority_to_its_places(client: Client) -> None:
    _, edges = await whole(client)

    nodes = {edge["node"]["id"]: edge["node"] for edge in edges}
    creche = next(node for id_, node in nodes.items() if id_.startswith("registry--") and "Roosevelt" in node["name"])
    by_action = [p for p in creche["priorities"] if p["priority"]["code"] == "EVEILLER"]
    assert [p["basis"] for p in by_action] == ["BY_ACTION"]
    action = creche["actions"]["nodes"][0]
    assert action["id"] == by_action[0]["action"]["id"]
    assert "EVEILLER" in {priority["code"] for priority in action["priorities"]}


async def test_coverage_tells_every_source_and_counts_its_records(client: Client) -> None:
    page, edges = await whole(client)

    told = {c["source"]["id"]: c for c in page["coverage"]}
    assert set(told) == {"registry", "annuaire_sante", "monenfant", "registry_sandbox"}
    for id_, coverage in told.items():
        assert coverage["status"] == "COMPLETE"
        shown = sum(record["source"]["id"] == id_ for edge in edges for record in edge["node"]["records"])
        assert coverage["recordCount"] == shown


async def test_childcare_and_health_entries_name_their_reference_directory(client: Client) -> None:
    data = await client.ask(
        """
        { structures(first: 100, filter: { place: { commune: "21231" }, sources: ["monenfant", "annuaire_sante"] }) {
            nodes { category { code } records { source { id } url } referenceDirectory { source { id } url } } } }
        """
    )

    nodes = data["structures"]["nodes"]
    assert len(nodes) == 100
    for node in nodes:
        reference = node["referenceDirectory"]
        own = {record["source"]["id"]: record["url"] for record in node["records"]}
        wanted = "monenfant" if node["category"]["code"] == "MODE_ACCUEIL" else "annuaire_sante"
        assert reference["source"]["id"] == wanted
        assert reference["url"] == (own.get(wanted) or reference["url"])
        assert reference["url"].startswith("https://")
