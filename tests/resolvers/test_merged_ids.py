"""An id that was merged away finds its entry for ever, and the entry lists it: after new runs of linking too."""

from pathlib import Path

import pytest
from direct import data
from hubs import in_process

from connectors.sandbox import registrations, world
from resolvers.access import Role
from resolvers.federation.places import CommuneCode, resolve
from resolvers.identity.linking import link

COMMUNE = "25056"
ONE = "query ($id: ID!) { structure(id: $id) { id previousIds records { source { id } key } } node(id: $id) { id } }"
LINK = "mutation ($a: ID!, $b: ID!) { linkRecords(input: { a: $a, b: $b }) { __typename } }"


def lookalike() -> tuple[str, str]:
    """Two records of two directories that nothing links by itself."""
    quoted = {id_ for r in registrations() for id_ in r.same_as}
    twins = {id_ for pair in world().twins for id_ in pair}
    free = [p for p in world().places if p.listed and p.id not in quoted | twins and p.commune.insee == COMMUNE]
    childcare = next(p for p in free if p.source == "monenfant" and "data_inclusion" in p.ways)
    health = next(p for p in free if p.source == "annuaire_sante" and p.key.startswith("finess"))
    return health.id, childcare.id


@pytest.mark.parametrize("runs", [0, 1, 2])
async def test_a_merged_id_outlives_new_runs(tmp_path: Path, runs: int) -> None:
    a, b = lookalike()
    async with in_process(tmp_path, role=Role.MODERATOR) as client:
        assert (await client.ask(LINK, a=a, b=b))["linkRecords"]["__typename"] == "LinkDecided"
        federation = client.hub.federation
        area = resolve(CommuneCode(COMMUNE), federation.gazetteer)
        for _ in range(runs):  # as `hub1000 link` does, for one commune
            helds = {id_: (await s.cells.read(area, None)).helds for id_, s in federation.sources.items()}
            await link(helds, federation.linker.store, federation.linker.judge)

        found = [await data(client, ONE, id=id_) for id_ in (a, b)]

    assert found[0] == found[1]
    structure = found[0]["structure"]
    assert found[0]["node"]["id"] == structure["id"]
    assert {structure["id"], *structure["previousIds"]} >= {a, b}
    assert {f"{r['source']['id']}--{r['key']}" for r in structure["records"]} == {a, b}
