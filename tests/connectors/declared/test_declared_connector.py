"""The declared connector: keys, places, errors, the conformance suite, and a hub that serves such a directory."""

from functools import cache
from operator import attrgetter
from typing import Any

import pytest
from declared_portal import HSDS, OPENDATASOFT, TABULAR, WITHOUT_KEY, Portal, connected, entries, settings
from starlette.responses import JSONResponse, Response

from connectors.conformance import CHECKS, Check, Factory, Facts
from connectors.contract import Everywhere, InCommunes, InDepartement, Kind, Query, SameAs
from connectors.declared.entries import Reader
from connectors.errors import BadData, Refused, Unavailable
from connectors.gazetteer import gazetteer
from connectors.records import StructureRecord

FORMS = {"opendatasoft": OPENDATASOFT, "hsds": HSDS, "tabular": TABULAR, "without_key": WITHOUT_KEY}
COMMUNES = tuple(gazetteer().communes[code] for code in ("92025", "92004"))
COLOMBES = Query(where=InCommunes(COMMUNES[:1]))
ANSWERS = (
    *(lambda status=status: JSONResponse({"error": "x"}, status) for status in (400, 401, 403, 429, 500, 503)),
    *(lambda body=body: Response(body, media_type="application/json") for body in ("", "<html>", '{"results": [', "[]", "3", "null", '{"results": {}}')),
)  # fmt: skip


def out_of_order(table: dict[str, Any], answer: Response) -> Factory:
    portal = Portal([])
    portal.answer = answer
    return lambda: connected(portal, table)


@cache
def conforming(form: str) -> tuple[Factory, Facts]:
    portal = Portal(entries(130))
    reader = Reader("partner", settings(FORMS[form]))
    facts = Facts(
        keys=tuple(key for e in portal.listed[:60] if (key := reader.key(e))),
        unknown=("unknown-0", "92025-0000000000000000"),
        communes=COMMUNES,
        failing=tuple(out_of_order(FORMS[form], answer()) for answer in ANSWERS),
    )
    return (lambda: connected(portal, FORMS[form])), facts


@pytest.mark.parametrize("check", CHECKS, ids=attrgetter("__name__"))
@pytest.mark.parametrize("form", FORMS)
async def test_it_keeps_the_contract(form: str, check: Check) -> None:
    await check(*conforming(form))


@pytest.mark.parametrize("key", ["x' OR nom='y", "'", '"', "a b", "*", "%", "", "a\nb", "FICTIF-0000\n", "k" * 101])
async def test_a_key_that_could_break_out_is_never_sent(key: str) -> None:
    portal = Portal(entries(3))
    for table in FORMS.values():
        found = await connected(portal, table).get(Kind.STRUCTURE, [key])
        assert found == {}
    assert [asked for asked in portal.asked if key and key in str(asked)] == []


async def test_one_call_a_key_and_one_walk_where_there_is_no_better_way() -> None:
    portal = Portal(entries(9))
    keys = ["FICTIF-0001", "FICTIF-0004", "FICTIF-0001", "unknown"]

    assert set(await connected(portal, OPENDATASOFT).get(Kind.STRUCTURE, keys)) == {"FICTIF-0001", "FICTIF-0004"}
    assert [a["where"] for a in portal.asked] == [
        f"identifiant='{key}'" for key in ("FICTIF-0001", "FICTIF-0004", "unknown")
    ]
    portal.asked.clear()
    walked = connected(portal, TABULAR)
    assert set(await walked.get(Kind.STRUCTURE, keys[:3])) == {"FICTIF-0001", "FICTIF-0004"}
    assert len(portal.asked) == 3, "it stops where all are found"
    assert await walked.get(Kind.STRUCTURE, []) == {}
    assert await walked.get(Kind.ACTION, keys) == {}
    assert len(portal.asked) == 3


async def test_a_key_drawn_from_several_fields_is_looked_for_in_its_commune() -> None:
    portal = Portal([{k: v for k, v in e.items() if k != "identifiant"} for e in entries(9)])
    connector = connected(portal, WITHOUT_KEY)
    key = (await connector.search(COLOMBES)).records[1].key
    portal.asked.clear()

    assert key.startswith("92025-")
    found = await connector.get(Kind.STRUCTURE, [key, "2A004", "x' OR '1", key[:-1] + "'"])
    assert {k: r.name for k, r in found.items() if isinstance(r, StructureRecord)} == {key: "Crèche fictive n° 3"}
    assert [a["where"] for a in portal.asked] == ["code_insee='92025'"]
    portal.listed = [e | {"nom": e["nom"].upper(), "tel": "", "capacite": 1} for e in portal.listed]
    assert set(await connector.get(Kind.STRUCTURE, [key])) == {key}, "what is not in the key may change"


async def test_an_entry_that_is_not_the_one_asked_for() -> None:
    portal = Portal([{"identifiant": "k", "nom": None, "code_insee": "92025"}])
    with pytest.raises(BadData, match="cannot be read"):
        await connected(portal, OPENDATASOFT).get(Kind.STRUCTURE, ["k"])
    with pytest.raises(BadData, match="cannot be read"):
        await connected(portal, HSDS).get(Kind.STRUCTURE, ["k"])
    assert await connected(portal, TABULAR).get(Kind.STRUCTURE, ["k"]) == {}
    portal.answer = JSONResponse(entries(1)[0])
    with pytest.raises(BadData) as caught:
        await connected(portal, HSDS).get(Kind.STRUCTURE, ["other"])
    assert caught.value.detail == "other: no name, or another key"


async def test_unreadable_entries_are_counted_and_others_kept() -> None:
    good = entries(4)
    same = good[0] | {"nom": "Un autre nom"}
    nowhere = {"identifiant": "nowhere", "nom": "n", "code_insee": "92025", "cp": "92700"}
    portal = Portal([good[0], {"code_insee": "92025"}, dict(good[0]), same, good[3], nowhere])

    page = await connected(portal, OPENDATASOFT).search(COLOMBES)

    assert [r.key for r in page.records] == ["FICTIF-0000", "FICTIF-0003", "nowhere"]
    assert (page.unreadable, page.total) == (2, 6), "without a key, and another entry with the same key"


async def test_what_lies_elsewhere_is_left_out_and_what_does_not_tell_is_counted() -> None:
    portal = Portal([])
    portal.answer = JSONResponse(
        {"total_count": 3, "results": [*entries(2), {"identifiant": "k", "nom": "n", "cp": "21121"}]}
    )
    connector = connected(portal, OPENDATASOFT)

    commune, departement = await connector.search(COLOMBES), await connector.search(Query(where=InDepartement("21")))

    assert ([r.key for r in commune.records], commune.unreadable) == (["FICTIF-0000"], 1)
    assert ([r.key for r in departement.records], departement.unreadable) == (["k"], 0)
    portal.answer = JSONResponse({"total_count": 1, "results": [{"identifiant": "k", "nom": "n", "cp": "42620"}]})
    two = gazetteer().by_postal_code("42620")
    assert len({c.departement for c in two}) == 2
    assert (await connector.search(Query(where=InDepartement("21")))).unreadable == 1


async def test_it_is_asked_only_about_what_it_covers() -> None:
    portal = Portal(entries(3))
    connector = connected(portal, OPENDATASOFT, departements=["92"])
    dijon = InCommunes((gazetteer().communes["21231"],))

    for where in (dijon, InDepartement("21"), InDepartement("x' OR '1"), InDepartement("")):
        page = await connector.search(Query(where=where))
        assert (page.records, page.total, page.after) == ((), 0, None)
    assert not portal.asked
    assert (await connector.search(COLOMBES)).records
    assert (await connected(portal, OPENDATASOFT).search(Query(where=InDepartement("x' OR '1")))).records == ()
    assert len(portal.asked) == 1


async def test_what_it_cannot_be_asked() -> None:
    portal = Portal(entries(3))
    connector = connected(portal, HSDS, everywhere=False)

    for where in (Everywhere(), InDepartement("92"), SameAs(("x",)), InCommunes(()), InCommunes(COMMUNES)):
        with pytest.raises(Refused, match="cannot be asked that"):
            await connector.search(Query(where=where))
    assert (await connector.search(Query(where=Everywhere(), kind=Kind.ACTION))).records == ()
    assert not portal.asked


async def test_the_secret_goes_in_its_header() -> None:
    portal = Portal(entries(3))

    await connected(portal, OPENDATASOFT, secret="Apikey k", header="X-Key").search(COLOMBES)
    assert portal.headers["x-key"] == "Apikey k"
    await connected(portal, TABULAR, secret="Apikey k").ping()
    assert portal.headers["authorization"] == "Apikey k"
    await connected(portal, OPENDATASOFT).search(COLOMBES)
    assert "authorization" not in portal.headers


async def test_its_calls_are_those_of_the_table() -> None:
    portal = Portal(entries(3))
    connector = connected(portal, OPENDATASOFT)

    await connector.search(COLOMBES)
    await connector.ping()

    assert portal.asked == [
        {"order_by": "identifiant", "where": "code_insee='92025'", "limit": "100", "offset": "0"},
        {"order_by": "identifiant", "limit": "1", "offset": "0"},
    ]


async def test_a_directory_that_slows_us_down() -> None:
    portal = Portal([])
    portal.answer = JSONResponse({"errorcode": 10002}, 429, {"retry-after": "7"})

    with pytest.raises(Unavailable) as caught:
        await connected(portal, OPENDATASOFT).search(COLOMBES)
    assert caught.value.retry_after == 7
