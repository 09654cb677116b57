"""Erasure: at once, everywhere, for good; and nobody erases what is not theirs."""

import asyncio
import sqlite3
from collections import Counter
from pathlib import Path

import pytest
from registering import (
    ANNE,
    ANYBODY,
    BRUNO,
    CHANGES,
    ERASE,
    LIST,
    LOGO,
    MODERATOR,
    ONE,
    SAVE,
    Desk,
    codes,
    creche,
    opened,
)  # fmt: skip

from connectors.contract import Kind
from connectors.records import ActionRecord, StructureRecord
from connectors.registry import open_registry
from connectors.sandbox import registrations, world
from connectors.sandbox.places import Professional

SAGE_FEMME = {"kind": "INDEPENDENT", "category": "SANTE", "subcategory": "SAGE_FEMME", "siret": None, "atHome": False}
RPPS = "query ($n: Rpps!) { structure(identifier: { rpps: $n }) { id } }"
IN_PLACE = (
    "query ($c: InseeCode!) { structures(filter: { place: { commune: $c } }, first: 100) { totalCount nodes { id } } }"
)


def professional(*, quoted: bool = True):
    """A professional of the directory of health, who practises at one place and is quoted by the sandbox's registry."""
    known = {id_ for record in registrations() for id_ in record.same_as}
    people = [p for p in world().places if isinstance(p.details, Professional)]
    times = Counter(p.details.rpps for p in people)
    return next(p for p in people if p.listed and times[p.details.rpps] == 1 and (p.id in known) is quoted)


def stored(folder: Path) -> bytes:
    """All that is on disk of the registry, once its log is written back."""
    with sqlite3.connect(folder / "registry.sqlite") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return b"".join(file.read_bytes() for file in folder.glob("registry.sqlite*"))


async def imported(folder: Path, record: StructureRecord) -> None:
    """What another process puts into the registry."""
    registry = open_registry(folder / "registry.sqlite")
    await registry.add([record])
    assert record.key in await registry.get(Kind.STRUCTURE, [record.key])
    await registry.aclose()


async def erased(desk: Desk, caller=ANNE, reason: str | None = None, **what: str):
    return await desk.ask(caller, ERASE, input={"what": what, "reason": reason})


async def test_nothing_stays_of_who_is_erased(desk: Desk, tmp_path: Path) -> None:
    done = await desk.validated(name="Madame Zyxwvut", description="Confidence zyx")
    await desk.ask(ANNE, SAVE, input=creche(id=done["id"], name="Madame Zyxwvut, bis"))
    (structure,) = done["structures"]
    start = (await desk.ask(ANYBODY, CHANGES))["changes"]["pageInfo"]["endCursor"]
    assert b"Zyxwvut" in stored(tmp_path)

    assert (await erased(desk, registration=done["id"]))["ids"] == [structure["id"]]

    assert await desk.structure(structure["id"]) is None
    assert await desk.changes(start) == [("ERASED", structure["id"])]
    assert (await desk.ask(MODERATOR, ONE, id=done["id"]))["registration"] is None
    assert (await desk.ask(MODERATOR, LIST))["registrations"]["totalCount"] == 0
    assert (await desk.ask(ANNE, "{ myData }"))["myData"]["registrations"] == []
    logo = (await desk.ask(ANYBODY, LOGO, code=done["logoCode"]))["verifyLogo"]
    assert (logo["status"], logo["name"]) == ("WITHDRAWN", None)
    assert codes(await erased(desk, registration=done["id"])) == {"id": "UNKNOWN_REGISTRATION"}
    disk = stored(tmp_path)
    for private in ("Zyxwvut", "Confidence zyx", "lutins.example.org", "73282932000074", "732 829 320", "Lutins"):
        assert private.encode() not in disk, private
    events = await desk.hub.federation.registrations.events_of(done["id"])
    assert [e.what.value for e in events] == ["CREATED", "SUBMITTED", "VALIDATED", "REOPENED", "ERASED"]
    assert {e.account for e in events} == {None}


async def test_neither_an_import_nor_another_directory_brings_them_back(desk: Desk, tmp_path: Path) -> None:
    person = professional()
    number, insee = person.details.rpps, person.commune.insee
    theirs = (await desk.ask(ANYBODY, RPPS, n=number))["structure"]["id"]
    total = (await desk.ask(ANYBODY, IN_PLACE, c=insee))["structures"]["totalCount"]
    done = await desk.validated(rpps=number, places=[{"commune": insee}], **SAGE_FEMME)
    (structure,) = done["structures"]
    registry = desk.hub.federation.sources["registry"].connector
    key = structure["id"].removeprefix("registry--")
    record = (await registry.get(Kind.STRUCTURE, [key]))[key]

    await erased(desk, registration=done["id"])

    async def nowhere(desk: Desk) -> None:
        assert (await desk.ask(ANYBODY, RPPS, n=number))["structure"] is None
        for id_ in (theirs, structure["id"]):
            assert await desk.structure(id_) is None
        assert await desk.structure(person.id) is None
        after = await desk.ask(ANYBODY, IN_PLACE, c=insee)
        ids = {n["id"] for n in after["structures"]["nodes"]}
        assert ids.isdisjoint({structure["id"], theirs})
        assert after["structures"]["totalCount"] == total - 1
        everywhere = await desk.ask(ANYBODY, "{ structures(first: 100) { nodes { id } } }")
        assert structure["id"] not in {n["id"] for n in everywhere["structures"]["nodes"]}
        query = "query ($r: RecordInput!) { match(record: $r) { structure { id } } }"
        found = (await desk.ask(ANYBODY, query, r={"name": person.name, "rpps": number, "commune": insee}))["match"]
        assert theirs not in {m["structure"]["id"] for m in found}

    await nowhere(desk)
    await imported(tmp_path, record)
    assert (await registry.get(Kind.STRUCTURE, [key])) == {}
    await nowhere(desk)
    await desk.hub.aclose()
    other = opened(tmp_path)
    await nowhere(Desk(other))
    await other.aclose()


async def test_a_claim_that_nobody_agreed_to_hides_nobody_else(desk: Desk) -> None:
    number = professional().details.rpps
    theirs = (await desk.ask(ANYBODY, RPPS, n=number))["structure"]["id"]
    claim = {**SAGE_FEMME, "rpps": number, "places": [{"commune": professional().commune.insee, "sameAs": [theirs]}]}

    for step in (desk.ask(BRUNO, SAVE, input=creche(**claim)), desk.submitted(BRUNO, **claim)):
        await erased(desk, BRUNO, registration=(await step)["id"])
    mine = await desk.validated(BRUNO)
    await desk.ask(BRUNO, SAVE, input=creche(id=mine["id"], **claim))
    await erased(desk, BRUNO, registration=mine["id"])

    assert (await desk.ask(ANYBODY, RPPS, n=number))["structure"]["id"] == theirs
    assert await desk.structure(mine["structures"][0]["id"]) is None


@pytest.mark.parametrize("withdrawn", [False, True])
async def test_who_was_withdrawn_may_still_be_erased(desk: Desk, withdrawn: bool) -> None:
    number = professional().details.rpps
    claim = {**SAGE_FEMME, "rpps": number, "places": [{"commune": professional().commune.insee}]}
    done = await desk.validated(**claim)
    await desk.ask(ANNE, SAVE, input=creche(id=done["id"]))
    if withdrawn:
        await desk.ask(ANNE, "mutation ($id: ID!) { withdrawRegistration(id: $id) { __typename } }", id=done["id"])
    await erased(desk, registration=done["id"])

    assert (await desk.ask(ANYBODY, RPPS, n=number))["structure"] is None
    assert (
        await desk.ask(
            ANYBODY, "query ($n: Siret!) { structure(identifier: { siret: $n }) { id } }", n="73282932000074"
        )
    ) == {"structure": None}
    fresh = await desk.validated(BRUNO)
    assert await desk.structure(fresh["structures"][0]["id"]), "an unvalidated SIRET was not suppressed"


async def test_who_registers_anew_is_shown_again(desk: Desk) -> None:
    first = await desk.validated()
    await erased(desk, registration=first["id"])

    waiting = await desk.submitted()
    second = await desk.decided(waiting)

    assert second["structures"][0]["id"] != first["structures"][0]["id"]
    assert await desk.structure(second["structures"][0]["id"])
    assert await desk.structure(first["structures"][0]["id"]) is None


async def test_moderators_erase_on_proof(desk: Desk) -> None:
    done = await desk.validated()
    assert codes(await erased(desk, BRUNO, registration=done["id"])) == {"id": "UNKNOWN_REGISTRATION"}
    assert codes(await erased(desk, MODERATOR, registration=done["id"])) == {"reason": "REQUIRED"}
    assert codes(await erased(desk, MODERATOR, reason="\0", registration=done["id"])) == {"reason": "NOT_TEXT"}

    assert (await erased(desk, MODERATOR, reason="courrier du 3 mai", registration=done["id"]))[
        "__typename"
    ] == "Erased"

    events = await desk.hub.federation.registrations.events_of(done["id"])
    assert [(e.account, e.comment) for e in events if e.account or e.comment] == [
        ("person-moderator", "courrier du 3 mai")
    ]


async def test_an_entry_of_a_directory_is_erased_by_a_moderator(desk: Desk) -> None:
    person = professional(quoted=False)
    number = person.details.rpps
    theirs = (await desk.ask(ANYBODY, RPPS, n=number))["structure"]["id"]
    start = (await desk.ask(ANYBODY, CHANGES))["changes"]["pageInfo"]["endCursor"]
    query = "query ($id: ID!) { structure(id: $id) { professionals(first: 100) { nodes { id } } } }"
    registered = await desk.validated(places=[{"commune": person.commune.insee, "sameAs": [theirs]}], **SAGE_FEMME)
    assert (await desk.structure(theirs))["id"] == registered["structures"][0]["id"]

    assert await desk.code(BRUNO, ERASE, input={"what": {"structure": theirs}, "reason": "x"}) == "FORBIDDEN"
    assert codes(await erased(desk, MODERATOR, structure=theirs)) == {"reason": "REQUIRED"}
    done = await erased(desk, MODERATOR, reason="opposition reçue", structure=theirs)

    assert done["ids"] == [registered["structures"][0]["id"]]
    assert await desk.structure(theirs) is None
    assert (await desk.ask(ANNE, ONE, id=registered["id"]))["registration"] is None
    assert await desk.changes(start) == [
        ("CREATED", registered["structures"][0]["id"]), ("ERASED", registered["structures"][0]["id"]),
    ]  # fmt: skip
    for place in world().places[:200]:
        if place.listed and place.key.startswith("finess-"):
            found = (await desk.ask(ANYBODY, query, id=place.id))["structure"]
            assert theirs not in {n["id"] for n in found["professionals"]["nodes"]}
    assert codes(await erased(desk, MODERATOR, reason="x", structure=theirs)) == {"what.structure": "UNKNOWN_RECORD"}

    unregistered = next(
        p.id for p in world().places if p.listed and p.source == "monenfant" and "data_inclusion" in p.ways
    )
    assert (await erased(desk, MODERATOR, reason="x", structure=unregistered))["__typename"] == "Erased"
    assert await desk.structure(unregistered) is None


async def test_links_of_who_was_erased_are_not_told(desk: Desk) -> None:
    done = await desk.validated()
    (structure,) = done["structures"]
    other = next(
        p.id
        for p in world().places
        if p.listed and p.source == "monenfant" and "data_inclusion" in p.ways and p.commune.insee == "21231"
    )
    link = "mutation ($a: ID!, $b: ID!) { linkRecords(input: { a: $a, b: $b }) { ... on LinkDecided { link { id } } ... on LinkRefused { code } } }"
    assert "link" in (await desk.ask(MODERATOR, link, a=structure["id"], b=other))["linkRecords"]
    since = None
    told = [(c["kind"], *c["ids"]) for c in (await desk.ask(ANYBODY, CHANGES, since=since))["changes"]["nodes"]]
    assert ("LINKED", *sorted((structure["id"], other))) in told

    await erased(desk, registration=done["id"])

    nodes = (await desk.ask(ANYBODY, CHANGES))["changes"]["nodes"]
    assert not [c for c in nodes if c["kind"] == "LINKED" and structure["id"] in c["ids"]]
    assert await desk.structure(other) is None, "what a moderator said is the same person is erased too"


async def test_asked_twice_at_once_it_is_done_once(desk: Desk) -> None:
    done = await desk.validated()

    told = await asyncio.gather(*(erased(desk, registration=done["id"]) for _ in range(3)))

    assert sorted(t["__typename"] for t in told) == ["Erased", "RegistrationRefused", "RegistrationRefused"]
    assert [kind for kind, _ in await desk.changes()] == ["CREATED", "ERASED"]


async def test_actions_go_with_who_carries_them(desk: Desk, tmp_path: Path) -> None:
    done = await desk.validated()
    (structure,) = done["structures"]
    (action,) = (await desk.structure(structure["id"]))["actions"]["nodes"]
    records = await dumped(desk, structure["id"], action["id"])
    nobodys = ActionRecord(source="registry", key="nobodys", title="Tapis de personne")

    await erased(desk, registration=done["id"])
    other = open_registry(tmp_path / "registry.sqlite")
    await other.add([*records, nobodys])  # an old copy of it
    await other.aclose()

    titles = "query ($id: ID!) { node(id: $id) { ... on Action { title } } }"
    assert (await desk.ask(ANYBODY, titles, id=nobodys.id))["node"] == {"title": nobodys.title}
    assert (await desk.ask(ANYBODY, titles, id=action["id"]))["node"] is None
    found = await desk.ask(ANYBODY, '{ actions(filter: { text: "Tapis" }, first: 100) { nodes { id } } }')
    ids = {n["id"] for n in found["actions"]["nodes"]}
    assert nobodys.id in ids
    assert action["id"] not in ids


async def dumped(desk: Desk, structure: str, action: str) -> list[StructureRecord | ActionRecord]:
    """The records of the registry behind a structure and an action."""
    registry = desk.hub.federation.sources["registry"].connector
    found = []
    for kind, id_ in ((Kind.STRUCTURE, structure), (Kind.ACTION, action.removeprefix("action--"))):
        found += (await registry.get(kind, [id_.removeprefix("registry--")])).values()
    return found
