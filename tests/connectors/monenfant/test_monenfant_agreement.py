"""The agreement way: what is asked, in pages and by key."""

from datetime import UTC
from typing import Any

import msgspec
import pytest
from monenfant_expected import DIJON, FOUND, IN_DIJON, SEARCH, TALANT, TOKEN, connect
from monenfant_wire import AgreementServer, Wire, context, detail, result
from starlette.responses import JSONResponse

from connectors.contract import Everywhere, InCommunes, Kind, Page, Query, SourceKind
from connectors.errors import BadData, Refused
from connectors.gazetteer import Commune, gazetteer
from connectors.monenfant import Agreement, Settings, plugin
from connectors.monenfant.agreement import PLACES_PATH
from connectors.monenfant.childcare import read_detail
from connectors.monenfant.settings import SearchParameters
from connectors.nomenclature import CategoryCode
from connectors.records import StructureRecord


def test_the_settings_choose_the_way() -> None:
    info = plugin.build(Settings(way="agreement"), context(AgreementServer().app)).info
    assert (info.id, info.name, info.kind) == ("monenfant", "monenfant.fr", SourceKind.REFERENCE_DIRECTORY)
    assert info.sandbox
    assert info.asks == {InCommunes}
    assert (info.batch_size, info.communes_per_call, info.max_departements) == (1, 1, 0)


async def test_the_clock_is_the_real_one_unless_told_otherwise() -> None:
    connector = Agreement(Settings(way="agreement"), context(AgreementServer(result()).app))
    (record,) = (await connector.search(IN_DIJON)).records
    assert isinstance(record, StructureRecord)
    assert record.availability is not None
    assert record.availability.checked_at is not None
    assert record.availability.checked_at.tzinfo is UTC


async def test_the_search_asks_for_a_circle_that_holds_the_commune() -> None:
    server = AgreementServer()
    await connect(server).search(IN_DIJON)
    assert server.paths == [TOKEN, SEARCH]
    assert server.requests[1].query_params.multi_items() == [
        ("x", f"{DIJON.longitude:.6f}"),
        ("y", f"{DIJON.latitude:.6f}"),
        ("radius", str(round(DIJON.reach_km * 1000) + 500)),
        ("structure", "EAJE;MAM;AM;RPE;LAEP"),
        ("page", "0"),
    ]


async def test_the_names_of_the_parameters_are_settings() -> None:
    server = AgreementServer()
    server.answer = lambda request: (
        JSONResponse({"access_token": "t"})
        if request.url.path == TOKEN
        else JSONResponse({"mainResults": [], "lastPage": True})
    )
    names = SearchParameters(x="lon", y="lat", radius="rayon", structure="types", page="p")
    connector = connect(server, search_parameters=names, structure_types=("EAJE", "RPE"), structure_separator=",")
    await connector.search(IN_DIJON)
    query = server.requests[1].query_params
    assert list(query) == ["lon", "lat", "rayon", "types", "p"]
    assert query["types"] == "EAJE,RPE"


async def test_pages_follow_one_another_to_the_last() -> None:
    server = AgreementServer(*(result(id=str(n)) for n in range(5)), size=2)
    connector = connect(server)
    keys, query = [], IN_DIJON
    while True:
        page = await connector.search(query)
        assert page.total is None
        keys += [record.key for record in page.records]
        if page.after is None:
            break
        query = msgspec.structs.replace(query, after=page.after)
    assert keys == ["0", "1", "2", "3", "4"]
    assert server.paths == [TOKEN, SEARCH, SEARCH, SEARCH]


@pytest.mark.parametrize(
    ("envelope", "after"),
    [
        ({"lastPage": False, "totalPages": 3}, "1"),
        ({"lastPage": False}, "1"),
        ({"totalPages": 2}, "1"),
        ({}, "1"),
        ({"lastPage": True, "totalPages": 3}, None),
        ({"lastPage": False, "totalPages": 1}, None),
        ({"lastPage": False, "totalPages": 3, "mainResults": []}, None),
        ({"lastPage": False, "totalPages": 3, "mainResults": None}, None),
    ],
)
async def test_the_last_page_is_known_by_any_of_its_signs(envelope: dict[str, Any], after: str | None) -> None:
    answer = {"access_token": "t", "mainResults": [result()], **envelope}
    page = await connect(Wire(lambda _: JSONResponse(answer))).search(IN_DIJON)
    assert page.after == after


async def test_only_what_lies_in_the_commune_is_given() -> None:
    server = AgreementServer(
        result(id="1"),
        result(id="2", commune="TALANT", address="1 rue A 21240 TALANT"),
        result(id="3", commune="21000", address="DIJON"),
        result(id="4", commune="Dijon", address="1 rue A"),
        result(id="1", name="la même, deux fois"),
    )
    page = await connect(server).search(IN_DIJON)
    assert [record.key for record in page.records] == ["1", "3", "4"]
    assert page.unreadable == 0
    page = await connect(server).search(Query(where=InCommunes((TALANT,))))
    assert [record.key for record in page.records] == ["2"]


async def test_an_unreadable_entry_costs_itself_only() -> None:
    bad = [
        None,
        3,
        [],
        result(id=None),
        result(id="a/b"),
        result(id=".."),
        result(name=" "),
        result(commune=None, address=None),
        result(commune="Nulle part", address="1 rue A"),
    ]
    page = await connect(AgreementServer(*bad, result())).search(IN_DIJON)
    assert page.records == (FOUND,)
    assert page.unreadable == len(bad)


async def test_an_arrondissement_is_told_by_its_postal_code() -> None:
    eleventh = gazetteer().communes["75111"]
    server = AgreementServer(
        result(id="1", commune="PARIS", address="1 rue A 75011 PARIS"),
        result(id="2", commune="PARIS", address="1 rue A 75012 PARIS"),
    )
    page = await connect(server).search(Query(where=InCommunes((eleventh,))))
    assert [record.key for record in page.records] == ["1"]


async def test_the_type_in_the_key_is_the_one_in_the_path() -> None:
    value = detail(structureType="RPE")
    server = AgreementServer(details={"RPE/12345": value, "relais/12345": value})
    found = await connect(server).get(Kind.STRUCTURE, ["rpe-12345"])
    record = found["rpe-12345"]
    assert isinstance(record, StructureRecord)
    assert record.category is CategoryCode.RELAIS_PETITE_ENFANCE
    await connect(server, detail_types={"RPE": "relais"}).get(Kind.STRUCTURE, ["rpe-12345"])
    assert server.paths[-1] == f"/{PLACES_PATH}/relais/12345"


@pytest.mark.parametrize("key", ["", " ", "a b", "a/b", ".", "..", "a?b", "a#b", "\x00", "x" * 101, "é", "\ud800"])
async def test_an_ill_formed_key_is_absent_without_a_call(key: str) -> None:
    server = AgreementServer()
    assert await connect(server).get(Kind.STRUCTURE, [key]) == {}
    assert read_detail("monenfant", key, detail(structureId=key)) is None
    assert not server.requests


async def test_what_is_unknown_is_absent() -> None:
    server = AgreementServer(details={"EAJE/12345": detail()})
    assert list(await connect(server).get(Kind.STRUCTURE, ["none", "12345", "12345"])) == ["12345"]
    assert server.paths == [TOKEN, f"/{PLACES_PATH}/EAJE/none", f"/{PLACES_PATH}/EAJE/12345"]


@pytest.mark.parametrize("answer", [detail(structureId="2"), detail(structureName=None), {}])
async def test_a_detail_that_is_not_the_one_asked_is_bad_data(answer: Any) -> None:
    with pytest.raises(BadData):
        await connect(AgreementServer(details={"EAJE/12345": answer})).get(Kind.STRUCTURE, ["12345"])


async def test_it_has_no_actions() -> None:
    server = AgreementServer(result())
    assert await connect(server).get(Kind.ACTION, ["12345"]) == {}
    assert await connect(server).search(Query(where=IN_DIJON.where, kind=Kind.ACTION)) == Page(records=())
    assert not server.requests


@pytest.mark.parametrize("where", [Everywhere(), InCommunes(()), InCommunes((DIJON, TALANT))])
async def test_what_it_does_not_answer_is_refused_without_a_call(where: Any) -> None:
    server = AgreementServer()
    with pytest.raises(Refused):
        await connect(server).search(Query(where=where))
    assert not server.requests


async def test_a_commune_without_outline_is_refused_rather_than_said_to_be_empty() -> None:
    nowhere = Commune(insee="97501", name="x", departement="975", region="x", postal_codes=())
    with pytest.raises(Refused):
        await connect(AgreementServer()).search(Query(where=InCommunes((nowhere,))))


@pytest.mark.parametrize("after", ["", "x", "-1", "٣", "9" * 30])
async def test_an_unknown_page_is_refused_without_a_call(after: str) -> None:
    server = AgreementServer()
    with pytest.raises(Refused):
        await connect(server).search(msgspec.structs.replace(IN_DIJON, after=after))
    assert not server.requests
