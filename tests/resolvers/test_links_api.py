"""Linking and unlinking through the API: one entry or two, at once and for good, and every refusal."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hubs import Client, in_process, key_of

from connectors.sandbox import registrations, world
from resolvers.access import Role

RESULT = """... on LinkDecided { dryRun link { id records state method score decidedBy decidedAt comment parts { name value } }
  structures { id previousIds records { source { id } key } links { id state method } } }
... on LinkRefused { code message } __typename"""
LINK = (
    'mutation ($a: ID!, $b: ID!, $dry: Boolean! = false) { linkRecords(input: { a: $a, b: $b, comment: "seen on site" }, '
    "dryRun: $dry) {" + RESULT + "} }"
)
UNLINK = 'mutation ($id: ID!) { unlinkRecords(id: $id, reason: "two doors") {' + RESULT + "} }"
SHORT = "... on LinkDecided { link { id state } } ... on LinkRefused { code }"
LINK_BY_PARTNER = "mutation ($a: ID!, $b: ID!) { linkRecords(input: { a: $a, b: $b }) {" + SHORT + "} }"
PART_BY_PARTNER = 'mutation ($id: ID!) { unlinkRecords(id: $id, reason: "two doors") {' + SHORT + "} }"
DECIDE = "mutation ($id: ID!, $same: Boolean!) { decideLinkSuggestion(id: $id, same: $same) {" + RESULT + "} }"
ONE = "query ($id: ID!) { structure(id: $id) { id previousIds records { source { id } key } } }"


@pytest.fixture
async def moderator(tmp_path: Path) -> AsyncIterator[Client]:
    async with in_process(tmp_path, role=Role.MODERATOR) as client:
        yield client


def lookalike() -> tuple[str, str]:
    """Two records of two directories that nothing links by itself."""
    quoted = {id_ for r in registrations() for id_ in r.same_as}
    twins = {id_ for pair in world().twins for id_ in pair}
    free = [p for p in world().places if p.listed and p.id not in quoted | twins and p.commune.insee == "25056"]
    childcare = next(p for p in free if p.source == "monenfant" and "data_inclusion" in p.ways)
    health = next(p for p in free if p.source == "annuaire_sante" and p.key.startswith("finess"))
    return health.id, childcare.id


async def total(client: Client) -> int:
    return (await client.ask('{ structures(filter: { place: { commune: "25056" } }) { totalCount } }'))["structures"][
        "totalCount"
    ]


async def test_two_become_one_and_two_again(moderator: Client) -> None:
    a, b = lookalike()
    before = await total(moderator)

    dry = (await moderator.ask(LINK, a=a, b=b, dry=True))["linkRecords"]
    assert dry["__typename"] == "LinkDecided"
    assert dry["dryRun"]
    assert {s["id"] for s in dry["structures"]} == {a, b}
    assert await total(moderator) == before

    linked = (await moderator.ask(LINK, a=a, b=b))["linkRecords"]
    assert (linked["link"]["state"], linked["link"]["method"], linked["link"]["decidedBy"]) == (
        "LINKED",
        "PERSON",
        "moderator " + (await moderator.ask("{ viewer { account } }"))["viewer"]["account"],
    )
    assert linked["link"]["comment"] == "seen on site"
    (entry,) = linked["structures"]
    assert {f"{r['source']['id']}--{r['key']}" for r in entry["records"]} == {a, b}
    assert {entry["id"], *entry["previousIds"]} == {a, b}
    assert [link["id"] for link in entry["links"]] == [linked["link"]["id"]]
    assert await total(moderator) == before - 1
    for id_ in (a, b):
        assert (await moderator.ask(ONE, id=id_))["structure"]["id"] == entry["id"]

    again = (await moderator.ask(LINK, a=b, b=a))["linkRecords"]
    assert again["link"]["id"] == linked["link"]["id"]

    parted = (await moderator.ask(UNLINK, id=linked["link"]["id"]))["unlinkRecords"]
    assert parted["link"]["state"] == "APART"
    assert {s["id"] for s in parted["structures"]} == {a, b}
    assert await total(moderator) == before
    for id_ in (a, b):
        assert (await moderator.ask(ONE, id=id_))["structure"] == {
            "id": id_, "previousIds": [], "records": [{"source": {"id": id_.split("--")[0]}, "key": id_.split("--")[1]}],
        }  # fmt: skip


async def test_what_a_person_set_apart_stays_apart_after_a_new_run(moderator: Client) -> None:
    a, b = world().twins[0]
    moderator_says = (await moderator.ask(LINK, a=a, b=b))["linkRecords"]
    await moderator.ask(UNLINK, id=moderator_says["link"]["id"])
    insee = world().by_id[a].commune.insee

    for source in moderator.hub.federation.sources.values():
        source.cells.forget()
    moderator.hub.federation.linker.compared.clear()
    await moderator.ask(f'{{ structures(filter: {{ place: {{ commune: "{insee}" }} }}) {{ totalCount }} }}')

    found = await moderator.ask(ONE, id=a)
    assert b not in found["structure"]["previousIds"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda a, b: (a, a), "SameRecord"),
        (lambda a, b: (a, "action--registry--residence-artistique-dijon"), "OtherKind"),
        (lambda a, b: (a, "monenfant--0"), "UnknownRecord"),
        (lambda a, b: ("nonsense", b), "UnknownRecord"),
    ],
)
async def test_refusals_of_links(moderator: Client, change, code: str) -> None:
    a, b = change(*lookalike())
    before = await total(moderator)

    refused = (await moderator.ask(LINK, a=a, b=b))["linkRecords"]

    assert (refused["__typename"], refused["code"]) == ("LinkRefused", code)
    assert refused["message"]
    assert await total(moderator) == before


async def test_a_cycle_and_what_is_not_waiting(moderator: Client) -> None:
    a, b = lookalike()
    c = next(r for r in registrations() if not r.same_as and r.address and r.address.insee == "25056").id
    first = (await moderator.ask(LINK, a=a, b=b))["linkRecords"]["link"]["id"]
    await moderator.ask(LINK, a=b, b=c)

    cycle = (await moderator.ask(LINK, a=a, b=c))["linkRecords"]
    decided = (await moderator.ask(DECIDE, id=first, same=True))["decideLinkSuggestion"]
    unknown = [(await moderator.ask(UNLINK, id=id_))["unlinkRecords"]["code"] for id_ in ("999999", "x", "-1")]
    await moderator.ask(UNLINK, id=first)
    twice = (await moderator.ask(UNLINK, id=first))["unlinkRecords"]

    assert cycle["code"] == "CycleOfLinks"
    assert decided["code"] == "AlreadyDecided"
    assert unknown == ["UnknownLink"] * 3
    assert twice["code"] == "AlreadyDecided"


@pytest.mark.parametrize(
    "query",
    [
        'mutation { linkRecords(input: { a: "a--1", b: "b--1" }) { __typename } }',
        'mutation { unlinkRecords(id: "1", reason: "x") { __typename } }',
        'mutation { decideLinkSuggestion(id: "1", same: true) { __typename } }',
        "{ linkSuggestions { nodes { link { id } } } }",
    ],
)
async def test_only_moderators_decide(client: Client, query: str) -> None:
    errors = await client.errors(query)

    assert [e["extensions"]["code"] for e in errors] == ["UNAUTHENTICATED"]


async def test_a_partner_looks_after_the_links_of_its_own_sources(moderator: Client) -> None:
    a, b = lookalike()
    word = moderator.http.headers["authorization"]
    own, other = [
        await key_of(moderator.hub, Role.PARTNER, sources=frozenset({source})) for source in ("monenfant", "registry")
    ]

    async def refused(key: str, query: str, **variables: str) -> None:
        moderator.http.headers["authorization"] = key
        (error,) = await moderator.errors(query, **variables)
        assert error["extensions"]["code"] == "FORBIDDEN"

    await refused(other, LINK_BY_PARTNER, a=a, b=b)
    moderator.http.headers["authorization"] = own
    linked = (await moderator.ask(LINK_BY_PARTNER, a=a, b=b))["linkRecords"]
    assert linked["link"]["state"] == "LINKED"
    await refused(other, PART_BY_PARTNER, id=linked["link"]["id"])
    moderator.http.headers["authorization"] = own
    parted = (await moderator.ask(PART_BY_PARTNER, id=linked["link"]["id"]))["unlinkRecords"]
    assert parted["link"]["state"] == "APART"
    assert (await moderator.ask(PART_BY_PARTNER, id="999999"))["unlinkRecords"]["code"] == "UnknownLink"

    moderator.http.headers["authorization"] = word
    assert (await moderator.ask(LINK_BY_PARTNER, a=a, b=b))["linkRecords"]["link"]["state"] == "LINKED"
    await refused(own, PART_BY_PARTNER, id=linked["link"]["id"])
    await refused(own, LINK_BY_PARTNER, a=a, b=b)


async def test_a_moderator_s_words_are_for_moderators(tmp_path: Path) -> None:
    a, b = lookalike()
    async with in_process(tmp_path, role=Role.MODERATOR) as moderator:
        await moderator.ask(LINK, a=a, b=b)
        moderator.http.headers.pop("authorization")

        query = "query ($id: ID!) { structure(id: $id) { links { decidedBy comment } } }"
        response = (await moderator.post(query, {"id": a})).json()

    assert response["data"]["structure"]["links"] == [{"decidedBy": "moderator", "comment": None}]
    assert [e["extensions"]["code"] for e in response["errors"]] == ["UNAUTHENTICATED"]


def stored(folder: Path) -> bytes:
    """All that the database of links holds on disk."""
    return b"".join(file.read_bytes() for file in folder.glob("links.sqlite*"))


async def test_links_survive_a_restart_and_keep_no_value(tmp_path: Path) -> None:
    a, b = lookalike()
    async with in_process(tmp_path, role=Role.MODERATOR) as moderator:
        await moderator.ask(LINK, a=a, b=b)
    async with in_process(tmp_path) as client:
        found = (await client.ask(ONE, id=b))["structure"]
        assert {found["id"], *found["previousIds"]} == {a, b}

    disk = stored(tmp_path)
    for id_ in (a, b):
        place = world().by_id[id_]
        for value in (place.name, place.phone, place.street.text if place.street else None, place.city):
            assert value is None or value.encode() not in disk


MATCH = """query ($r: RecordInput!) { match(record: $r) { score sameIdentifier parts { name value } structure { id name } } }"""


async def test_match_by_number(client: Client) -> None:
    place = next(p for p in world().places if p.listed and p.key.startswith("finess-"))

    found = (await client.ask(MATCH, r={"name": "Whatever", "finess": place.establishment.finess}))["match"]

    assert found[0]["sameIdentifier"]
    records = (await client.ask(ONE, id=found[0]["structure"]["id"]))["structure"]["records"]
    assert place.key in {r["key"] for r in records}


@pytest.mark.parametrize(
    "record",
    [
        {"name": "Crèche"},
        {"name": "x", "commune": "99999"},
        {"name": "x", "city": "Dijon"},
        {"name": "x" * 301, "commune": "21231"},
        {"name": "x", "commune": "21231", "street": "y" * 301},
    ],
)
async def test_match_wants_a_place_or_a_number(client: Client, record: dict) -> None:
    errors = await client.errors(MATCH, r=record)

    assert errors[0]["extensions"]["code"] == "BAD_INPUT"


async def test_the_quality_of_links_is_published_with_the_threshold_in_force(client: Client) -> None:
    data = await client.ask("{ linkQuality { dataSet measuredOn threshold precision recall f1 } }")

    thresholds = {quality["threshold"] for quality in data["linkQuality"]}
    assert thresholds == {client.hub.federation.linker.judge.thresholds.automatic}
    for quality in data["linkQuality"]:
        precision, recall = quality["precision"], quality["recall"]
        assert quality["dataSet"]
        assert quality["measuredOn"].startswith("20")
        assert quality["f1"] == pytest.approx(2 * precision * recall / (precision + recall), abs=0.004)
