"""What is kept from one question to the next never hides a change: each shows at once."""

import asyncio
import gc
from datetime import UTC, datetime
from pathlib import Path
from weakref import ref

import pytest
from direct import data
from hubs import Client, configuration, in_process
from serving import serving
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from connectors.links import Decision, LinkMethod, LinkState, Verdict, open_links
from connectors.nomenclature import CategoryCode, PriorityBasis, PriorityCode, StructureKind
from connectors.records import Address, RecordPriority, StructureRecord
from connectors.registry import open_registry
from connectors.sandbox import Fault, Sandbox
from connectors.sqlite.database import LOOK_EVERY
from hub.composition import open_hub
from resolvers.federation import memo as memo_module
from resolvers.federation.filters import Filter
from resolvers.federation.memo import KEPT_SECONDS, Memo
from resolvers.federation.places import CommuneCode
from resolvers.federation.search import Found, Question, search
from resolvers.federation.used import Used

PLACE = {"commune": "25056"}
BOTH = [{"subcategories": ["CRECHE"]}, {"subcategories": ["CENTRE_PMI"]}]
"""Of two directories, and not narrowed to what they have."""

QUERY = """query ($f: StructureFilter, $o: StructureOrder, $a: String) {
  structures(filter: $f, orderBy: $o, first: 100, after: $a) {
    totalCount facets { kinds { kind count } priorities { priority { code } count } complete }
    pageInfo { endCursor } edges { cursor score distanceMeters }
    nodes { id name records { source { id } key freshness retrievedAt } }
    coverage { source { id } status recordCount } } }"""


async def asked(client: Client, **filter_: object) -> dict:
    return (await data(client, QUERY, f={"place": PLACE, **filter_}))["structures"]


async def settled(client: Client, **filter_: object) -> dict:
    """The answer, once it has been given from what is kept."""
    for _ in range(3):
        answer = await asked(client, **filter_)
    return answer


def newcomer(key: str = "newcomer", **values: object) -> StructureRecord:
    return StructureRecord(
        **{
            "source": "registry",
            "key": key,
            "name": "Maison des mille jours",
            "kind": StructureKind.ESTABLISHMENT,
            "category": CategoryCode.CENTRE_SOCIAL,
            "address": Address(insee="25056"),
            "priorities": (RecordPriority(PriorityCode.CONCILIER, PriorityBasis.DECLARED),),
            **values,
        }
    )


def calls(client: Client) -> int:
    """Calls of the two directories so far."""
    return client.sandbox.data_inclusion.faults.count() + client.sandbox.annuaire_sante.faults.count()


async def test_a_repeated_question_is_answered_alike_and_asks_nobody(client: Client) -> None:
    first = await settled(client, text="creche")
    before = calls(client)

    again = await asked(client, text="creche")

    assert again == first
    assert first["totalCount"] > 0
    assert calls(client) == before
    other = await asked(client, text="creche", kinds=["ESTABLISHMENT"])
    assert other["totalCount"] <= first["totalCount"]


async def test_freshness_is_told_anew(client: Client) -> None:
    def freshness(answer: dict) -> set[tuple[str, str]]:
        return {(r["source"]["id"], r["freshness"]) for n in answer["nodes"] for r in n["records"]}

    first, second, third = [freshness(await asked(client, **{"or": BOTH})) for _ in range(3)]

    assert ("monenfant", "LIVE") in first
    assert ("monenfant", "CACHED") in second
    assert second == third


async def test_a_registration_shows_at_once_and_so_does_its_change(client: Client, tmp_path: Path) -> None:
    before = await settled(client)
    registry = open_registry(tmp_path / "registry.sqlite")  # as another process would
    try:
        registry.load([newcomer()])
        await seen()
        after = await asked(client)
        assert after["totalCount"] == before["totalCount"] + 1
        assert "registry--newcomer" in {n["id"] for n in (await settled(client, text="mille jours"))["nodes"]}

        registry.load([newcomer(name="Maison des fleurs", priorities=())])
        await seen()
        assert "registry--newcomer" not in {n["id"] for n in (await asked(client, text="mille jours"))["nodes"]}
        assert "registry--newcomer" in {n["id"] for n in (await asked(client, text="fleurs"))["nodes"]}
    finally:
        await registry.aclose()


async def seen() -> None:
    """Let the hub look again at what other processes wrote."""
    await asyncio.sleep(2 * LOOK_EVERY)


async def test_a_link_made_by_another_process_shows_at_once(client: Client, tmp_path: Path) -> None:
    before = await settled(client, **{"or": BOTH})
    alone = [n["records"][0] for n in before["nodes"] if len(n["records"]) == 1]
    a = next(f"{r['source']['id']}--{r['key']}" for r in alone if r["source"]["id"] == "annuaire_sante")
    b = next(f"{r['source']['id']}--{r['key']}" for r in alone if r["source"]["id"] == "monenfant")
    store = open_links(tmp_path / "links.sqlite")
    decision = Decision(
        a=min(a, b), b=max(a, b), state=LinkState.LINKED, method=LinkMethod.PERSON, fingerprints=("xxxx", "yyyy"),
        decided_by="somebody", decided_at=datetime.now(UTC), score=None, parts={},
    )  # fmt: skip
    try:
        (change,) = await store.apply([decision])
        await seen()
        linked = await settled(client, **{"or": BOTH})
        assert linked["totalCount"] == before["totalCount"] - 1

        await store.unlink(change.after.id, Verdict(by="somebody", at=datetime.now(UTC)))
        await seen()
        assert (await asked(client, **{"or": BOTH}))["totalCount"] == before["totalCount"]
    finally:
        await store.aclose()


async def test_a_refilled_cell_shows_at_once(client: Client) -> None:
    before = await settled(client)
    client.hub.federation.sources["monenfant"].cells.forget()
    client.sandbox.data_inclusion.faults.now = Fault(status=503)

    without = await asked(client)

    statuses = {c["source"]["id"]: c["status"] for c in without["coverage"]}
    assert statuses["monenfant"] == "UNAVAILABLE"
    assert without["totalCount"] < before["totalCount"]
    assert not without["facets"]["complete"]

    client.sandbox.data_inclusion.faults.now = Fault()
    after = await asked(client)
    assert after["totalCount"] == before["totalCount"]
    assert after["facets"]["complete"]


def of(client: Client, **filter_: object) -> Question:
    return Question(Filter(place=CommuneCode("25056"), **filter_))


async def found(client: Client, used: Used | None = None, **filter_: object) -> Found:
    return await search(client.hub.federation, of(client, **filter_), used or Used())


async def test_what_is_kept_is_the_very_same_until_something_changes(client: Client) -> None:
    for _ in range(3):
        rests = Used()
        first = await found(client, rests)
    again = Used()
    assert (await found(client, again)).slice is first.slice
    assert again.tags == rests.tags
    assert 0 < again.expires_in <= rests.expires_in

    client.hub.federation.sources["annuaire_sante"].cells.forget()

    for _ in range(3):
        anew = await found(client)
    assert anew.slice is not first.slice
    assert [h.entry.id for h in anew.slice.items] == [h.entry.id for h in first.slice.items]


async def test_nothing_is_kept_for_long(client: Client) -> None:
    now = 0.0
    federation = client.hub.federation
    memo = Memo(clock=lambda: now)
    for name in ("clock", "plans", "assemblies", "answers"):
        setattr(federation.memo, name, getattr(memo, name))
    for _ in range(3):
        first = await found(client)
    now = KEPT_SECONDS - 1
    assert (await found(client)).slice is first.slice
    now = KEPT_SECONDS + 1
    assert (await found(client)).slice is not first.slice


async def test_what_is_too_much_to_keep_is_answered_all_the_same(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memo_module, "MOST_ENTRIES", 3)
    small = Memo()
    memo = client.hub.federation.memo
    monkeypatch.setattr(memo, "assemblies", small.assemblies)
    monkeypatch.setattr(memo, "answers", small.answers)

    totals = [(await found(client)).total for _ in range(3)]

    assert totals[0] > 3
    assert len(set(totals)) == 1
    assert len(small.assemblies) == len(small.answers) == 0


async def test_links_that_cannot_be_read_are_not_taken_for_the_same(client: Client) -> None:
    first = await found(client)
    await client.hub.federation.linker.store.aclose()

    answers = [await found(client) for _ in range(2)]

    assert answers[0].slice is not answers[1].slice
    assert len(client.hub.federation.memo.assemblies) == 1
    assert answers[0].total == answers[1].total >= first.total


async def test_a_registry_that_cannot_tell_its_changes_is_asked_each_time(client: Client) -> None:
    for _ in range(3):
        first = await found(client)
    registry = client.hub.federation.sources["registry"]
    await registry.connector.aclose()

    after = await found(client)

    assert {c.source: c.status for c in after.coverage}["registry"] == "UNAVAILABLE"
    assert after.total < first.total + 1


async def test_everything_of_the_registries_is_kept_until_they_change(client: Client, tmp_path: Path) -> None:
    question = Question(Filter(sources=("registry",)))
    for _ in range(2):
        first = await search(client.hub.federation, question, Used())
    assert (await search(client.hub.federation, question, Used())).slice is first.slice

    registry = open_registry(tmp_path / "registry.sqlite")
    registry.load([newcomer()])
    await registry.aclose()
    await seen()

    assert (await search(client.hub.federation, question, Used())).total == first.total + 1


async def test_what_is_kept_does_not_outlive_its_cells(tmp_path: Path) -> None:
    clock = [0.0]
    hub = open_hub(configuration(tmp_path), sandbox=Sandbox(), clock=lambda: clock[0])

    async def statuses() -> set[str]:
        answer = await search(hub.federation, Question(Filter(place=CommuneCode("25056"))), Used())
        return {c.status for c in answer.coverage}

    try:
        for clock[0] in (0.0, 250.0, 251.0, 299.0):
            assert await statuses() == {"COMPLETE"}
        clock[0] = 301.0  # the annuaire santé's cells are held for 300 s, the assembly was kept 50 s ago
        assert await statuses() == {"COMPLETE", "STALE"}
    finally:
        await hub.aclose()


async def test_what_is_no_longer_kept_is_given_back_at_once(client: Client) -> None:
    """An answer holds the entries of a place: in a cycle it would wait minutes for the collector, and a GB with it."""
    memo = client.hub.federation.memo
    gc.disable()
    try:
        await settled(client)
        await settled(client, text="créche")
        kept = [*map(ref, memo.answers.values()), *map(ref, memo.assemblies.values())]
        memo.answers.clear()
        memo.assemblies.clear()
        assert [each() for each in kept] == [None, None, None]
    finally:
        gc.enable()


async def test_a_directory_that_may_not_be_held_is_asked_each_time(tmp_path: Path) -> None:
    names = ["A", "B", "C"]

    async def listed(request: Request) -> JSONResponse:
        entry = {"id": "1", "nom": names.pop(0), "insee": request.query_params["insee"]}
        return JSONResponse({"results": [entry], "total_count": 1})

    async with serving(Starlette(routes=[Route("/", listed)])) as url:
        toml = f"""
[guards]
allowed_hosts = ["127.0.0.1"]
[sources.partner]
connector = "declared"
url = "{url}/"
by_commune = {{ insee = "{{insee}}" }}
everywhere = true
ttl = 0
category = "CULTURE"
fields = {{ key = "id", name = "nom", insee = "insee" }}
"""
        async with in_process(tmp_path, toml) as client:
            answers = [await asked(client, sources=["partner"]) for _ in range(3)]

    assert [[node["name"] for node in answer["nodes"]] for answer in answers] == [["A"], ["B"], ["C"]]
