"""The agreement way: the token, what is asked, and what becomes of the answers."""

import asyncio
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from monenfant_wire import CAPTCHA, AgreementServer, Wire, context, detail, result
from starlette.responses import JSONResponse, Response

from connectors.contract import Everywhere, InCommunes, Kind, Page, Query, SourceKind
from connectors.errors import BadData, Refused, SourceError, Unavailable
from connectors.gazetteer import Commune, gazetteer
from connectors.monenfant import Agreement, Settings, plugin
from connectors.monenfant.agreement import PLACES_PATH
from connectors.monenfant.childcare import read_detail, read_result
from connectors.monenfant.natures import nature, type_and_id
from connectors.monenfant.settings import SearchParameters
from connectors.nomenclature import CategoryCode, StructureKind, SubcategoryCode, TerritoryKind
from connectors.records import Accessibility, Address, Availability, Contact, StructureRecord, Territory

DIJON = gazetteer().communes["21231"]
TALANT = gazetteer().communes["21617"]
IN_DIJON = Query(where=InCommunes((DIJON,)))
NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
TOKEN = "/o/isu-service/isu/getAngularToken"
SEARCH = f"/{PLACES_PATH}/search"
PAGE_URL = "https://monenfant.fr/que-recherchez-vous/Cr%C3%A8che%20des%20Lilas%20%28fictive%29/EAJE/12345"
ADDRESS = Address(street="12 rue de la République", postal_code="21000", city="DIJON", insee="21231", departement="21")
FOUND = StructureRecord(
    source="monenfant",
    key="12345",
    name="Crèche des Lilas (fictive)",
    kind=StructureKind.ESTABLISHMENT,
    category=CategoryCode.MODE_ACCUEIL,
    subcategory=SubcategoryCode.CRECHE,
    address=ADDRESS,
    contact=Contact(phone="+33353011234", email="lilas@example.org", website="http://www.example.org/lilas"),
    availability=Availability(has_places=True, available_from=date(2026, 9, 1), checked_at=NOW),
    url=PAGE_URL,
)
DETAILED = msgspec.structs.replace(
    FOUND,
    description=(
        "Le projet\nUn projet d’éveil\n\n"
        "Modalités d’inscription\nEn mairie\nSur place\n\n"
        "Modalités tarifaires\nSelon les revenus"
    ),
    address=msgspec.structs.replace(ADDRESS, complement="Bâtiment B"),
    contact=Contact(phone="+33353011234", email="lilas@example.org", website="https://example.org/lilas"),
    territory=Territory(TerritoryKind.COMMUNE, "Dijon", "21231"),
    opening_hours="Mo-Fr 08:00-18:30; Aug off",
    accessibility=Accessibility(description="Accueil possible"),
    availability=None,
    updated_at=datetime(2026, 2, 15, tzinfo=UTC),
)


def connect(server: Wire, *, secret: str | None = None, **settings: Any) -> Agreement:
    return Agreement(Settings(way="agreement", **settings), context(server.app, secret=secret), clock=lambda: NOW)


def read(**values: Any) -> StructureRecord | None:
    found = read_result("monenfant", result(**values), around=DIJON, checked_at=NOW)
    return found[0] if found else None


def test_the_settings_choose_the_way() -> None:
    info = plugin.build(Settings(way="agreement"), context(AgreementServer().app)).info
    assert (info.id, info.name, info.kind) == ("monenfant", "monenfant.fr", SourceKind.REFERENCE_DIRECTORY)
    assert info.sandbox
    assert info.asks == {InCommunes}
    assert (info.batch_size, info.communes_per_call, info.max_departements) == (1, 1, 0)


async def test_an_entry_becomes_a_record() -> None:
    page = await connect(AgreementServer(result())).search(IN_DIJON)
    assert page == Page(records=(FOUND,))


async def test_a_detail_becomes_a_record() -> None:
    server = AgreementServer(details={"EAJE/12345": detail()})
    assert await connect(server).get(Kind.STRUCTURE, ["12345"]) == {"12345": DETAILED}


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


@pytest.mark.parametrize(
    ("type_", "key", "category", "subcategory"),
    [
        ("EAJE", "12345", CategoryCode.MODE_ACCUEIL, SubcategoryCode.CRECHE),
        ("MAM", "mam-12345", CategoryCode.MODE_ACCUEIL, SubcategoryCode.MAM),
        ("RPE", "rpe-12345", CategoryCode.RELAIS_PETITE_ENFANCE, None),
        ("LAEP", "laep-12345", CategoryCode.LAEP, None),
        ("Garde à domicile", "garde_a_domicile-12345", CategoryCode.MODE_ACCUEIL, None),
        (None, "12345", CategoryCode.MODE_ACCUEIL, None),
    ],
)
def test_the_type_tells_key_and_category(
    type_: str | None, key: str, category: CategoryCode, subcategory: SubcategoryCode | None
) -> None:
    record = read(type=type_)
    assert record is not None
    assert (record.key, record.category, record.subcategory) == (key, category, subcategory)
    assert record.kind is StructureKind.ESTABLISHMENT
    assert record.address == ADDRESS


@pytest.mark.parametrize("type_", ["AM", "assmat", "Assistante maternelle", "Assistant maternel", None, "inconnu"])
def test_an_assistant_maternel_is_a_person_whose_home_is_not_shown(type_: str | None) -> None:
    record = read(type=type_, firstname="Camille", name="MARTIN (fictif)", dateNaissance="01/01/1980")
    assert record is not None
    assert record.name == "Camille MARTIN (fictif)"
    assert (record.kind, record.subcategory) == (StructureKind.INDEPENDENT, SubcategoryCode.ASSISTANT_MATERNEL)
    assert record.key.endswith("-12345")
    assert record.address == Address(postal_code="21000", city="DIJON", insee="21231", departement="21")
    assert record.position is None
    assert record.url is None
    assert record.contact == FOUND.contact
    assert "République" not in repr(record)
    assert "1980" not in repr(record)


async def test_the_detail_of_an_assistant_maternel_shows_no_home_either() -> None:
    value = detail(structureType="AM", structureName="Camille MARTIN (fictif)", dateNaissance="01/01/1980")
    value["description"]["description2"] = "Je vous accueille au 12 rue de la République, née le 01/01/1980"
    server = AgreementServer(details={"AM/12345": value, "EAJE/12345": value})
    found = await connect(server).get(Kind.STRUCTURE, ["am-12345"])
    found |= await connect(server).get(Kind.STRUCTURE, ["12345"])
    assert list(found) == ["am-12345", "12345"]
    for record in found.values():
        assert isinstance(record, StructureRecord)
        assert record.subcategory is SubcategoryCode.ASSISTANT_MATERNEL
        assert record.address == Address(postal_code="21000", city="DIJON", insee="21231", departement="21")
        assert (record.description, record.accessibility, record.position) == (None, None, None)
        assert "République" not in repr(record)
        assert "1980" not in repr(record)


def test_a_first_name_beside_the_name_of_an_establishment_is_not_a_person() -> None:
    record = read(type="MAM", firstname="Camille")
    assert record is not None
    assert (record.name, record.subcategory) == ("Crèche des Lilas (fictive)", SubcategoryCode.MAM)
    assert record.address == ADDRESS


def test_telephones_that_are_none() -> None:
    record = read(phone="0000000000", phone2="0692 12 34 56", mail="x", siteWeb="y")
    assert record is not None
    assert record.contact == Contact(phone="+262692123456")
    record = read(phone="0000000000", mail=None, siteWeb=None)
    assert record is not None
    assert record.contact is None


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"hasDispo": None, "dateDispo": None}, None),
        ({"hasDispo": False, "dateDispo": "01/01/0001"}, Availability(has_places=False, checked_at=NOW)),
        ({"hasDispo": None}, Availability(available_from=date(2026, 9, 1), checked_at=NOW)),
        ({"hasDispo": "oui", "dateDispo": "bientôt"}, Availability(has_places=True, checked_at=NOW)),
    ],
)
def test_availability(values: dict[str, Any], expected: Availability | None) -> None:
    record = read(**values)
    assert record is not None
    assert record.availability == expected


@pytest.mark.parametrize(
    "served",
    [
        None,
        [],
        [{"commune": "Dijon", "codePostal": "21000"}, {"commune": "21240", "codePostal": "Talant"}],
        [{"commune": "Nulle part"}],
        ["Dijon"],
    ],
)
def test_several_served_communes_are_no_single_territory(served: Any) -> None:
    record = read_detail("monenfant", "12345", detail(serviceCommun={"communesDesservies": served}))
    assert record is not None
    assert record.territory is None


async def test_the_type_in_the_key_is_the_one_in_the_path() -> None:
    value = detail(structureType="RPE")
    server = AgreementServer(details={"RPE/12345": value, "relais/12345": value})
    found = await connect(server).get(Kind.STRUCTURE, ["rpe-12345"])
    record = found["rpe-12345"]
    assert isinstance(record, StructureRecord)
    assert record.category is CategoryCode.RELAIS_PETITE_ENFANCE
    await connect(server, detail_types={"RPE": "relais"}).get(Kind.STRUCTURE, ["rpe-12345"])
    assert server.paths[-1] == f"/{PLACES_PATH}/relais/12345"


def test_a_key_tells_a_type_and_an_id() -> None:
    assert type_and_id("12345") == ("EAJE", "12345")
    assert type_and_id("abc-12345") == ("EAJE", "abc-12345")
    assert type_and_id("am-12-3") == ("AM", "12-3")
    assert type_and_id("am-") == ("EAJE", "am-")
    assert nature("LAEP").category is CategoryCode.LAEP


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


async def test_one_token_serves_all_calls_and_the_credential_goes_to_its_address_only() -> None:
    server = AgreementServer(result(), details={"EAJE/12345": detail()})
    connector = connect(server, secret="Basic abc")
    await asyncio.gather(*(connector.search(IN_DIJON) for _ in range(5)))
    await connector.get(Kind.STRUCTURE, ["12345"])
    assert server.paths.count(TOKEN) == 1
    for request in server.requests:
        expected = "Basic abc" if request.url.path == TOKEN else "Bearer t1"
        assert request.headers["authorization"] == expected


async def test_an_expired_token_is_renewed_once_for_all() -> None:
    server = AgreementServer(result())
    connector = connect(server)
    await connector.search(IN_DIJON)
    server.expire()
    server.requests.clear()
    pages = await asyncio.gather(*(connector.search(IN_DIJON) for _ in range(4)))
    assert all(page.records == (FOUND,) for page in pages)
    assert server.paths.count(TOKEN) == 1
    assert server.paths.count(SEARCH) == 8


async def test_a_second_401_is_a_refusal() -> None:
    server = AgreementServer(result())
    server.accepts = False
    with pytest.raises(Refused):
        await connect(server).search(IN_DIJON)
    assert server.paths == [TOKEN, SEARCH, TOKEN, SEARCH]
    server.accepts = True


async def test_a_403_is_a_refusal_without_a_new_token() -> None:
    server = AgreementServer()
    usual = server.answer
    server.answer = lambda r: Response(status_code=403) if r.url.path == SEARCH else usual(r)
    with pytest.raises(Refused):
        await connect(server).search(IN_DIJON)
    assert server.paths == [TOKEN, SEARCH]


async def test_a_cancelled_wait_for_the_token_blocks_nobody() -> None:
    server = AgreementServer(result())
    connector = connect(server)
    server.gate.clear()
    first = asyncio.ensure_future(connector.search(IN_DIJON))
    await server.asked.wait()
    first.cancel()
    server.gate.set()
    assert (await connector.search(IN_DIJON)).records == (FOUND,)
    with pytest.raises(asyncio.CancelledError):
        await first


@pytest.mark.parametrize("answer", [{}, {"access_token": ""}, {"access_token": None}, []])
async def test_an_answer_without_a_token_is_bad_data(answer: Any) -> None:
    with pytest.raises(BadData):
        await connect(Wire(lambda _: JSONResponse(answer))).search(IN_DIJON)


FAULTS: list[tuple[Response, type[SourceError]]] = [
    (Response(status_code=400), Refused),
    (Response(status_code=403), Refused),
    (Response(status_code=422), Refused),
    (Response(status_code=429, headers={"retry-after": "7"}), Unavailable),
    (Response(status_code=503), Unavailable),
    (Response(status_code=302, headers={"location": "/captcha"}), BadData),
    (Response(CAPTCHA, media_type="text/html"), BadData),
    (Response('{"mainResults": [', media_type="application/json"), BadData),
    (Response(""), BadData),
    (JSONResponse([]), BadData),
    (JSONResponse({"totalPages": 1}), BadData),
    (JSONResponse({"mainResults": {}}), BadData),
]


@pytest.mark.parametrize(("answer", "error"), FAULTS)
async def test_a_fault_is_named_by_what_to_do_next(answer: Response, error: type[SourceError]) -> None:
    server = AgreementServer()
    usual = server.answer
    server.answer = lambda request: usual(request) if request.url.path == TOKEN else answer
    with pytest.raises(error) as raised:
        await connect(server).search(IN_DIJON)
    assert raised.value.source == "monenfant"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Response(status_code=401), Refused),
        (Response(status_code=503), Unavailable),
        (Response(CAPTCHA, media_type="text/html"), BadData),
    ],
)
async def test_a_fault_of_the_token_service(answer: Response, error: type[SourceError]) -> None:
    server = Wire(lambda _: answer)
    with pytest.raises(error):
        await connect(server).search(IN_DIJON)
    with pytest.raises(error):
        await connect(server).ping()
    assert server.paths == [TOKEN, TOKEN]


async def test_a_search_that_is_not_found_is_an_error_and_not_an_empty_answer() -> None:
    server = AgreementServer()
    usual = server.answer
    server.answer = lambda r: Response(status_code=404) if r.url.path == SEARCH else usual(r)
    with pytest.raises(SourceError):
        await connect(server).search(IN_DIJON)


async def test_ping_asks_for_a_token() -> None:
    server = AgreementServer()
    connector = connect(server)
    await connector.ping()
    assert server.paths == [TOKEN]
    await connector.aclose()


ODD = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.none()) | st.just({})
RESULT_FIELDS = sorted(set(result()) - {"id", "name", "commune", "address", "type", "firstname"})


@given(st.dictionaries(st.sampled_from(RESULT_FIELDS), ODD))
def test_a_bad_optional_value_of_an_entry_is_left_out(values: dict[str, Any]) -> None:
    record = read(**values)
    assert record is not None
    assert (record.key, record.name, record.address) == (FOUND.key, FOUND.name, ADDRESS)
    assert msgspec.convert(msgspec.to_builtins(record), StructureRecord) == record


@given(st.data())
def test_a_bad_optional_value_of_a_detail_is_left_out(data: st.DataObject) -> None:
    value = detail()
    parents = [value, *(v for v in value.values() if isinstance(v, dict)), value["serviceCommun"]["calendrier"]]
    for parent in parents:
        for field in sorted(set(parent) - {"structureId", "structureName"}):
            if data.draw(st.integers(0, 3), label=field) == 0:
                parent[field] = data.draw(ODD)
    record = read_detail("monenfant", "12345", value)
    assert record is not None
    assert (record.key, record.name) == (FOUND.key, FOUND.name)
    assert msgspec.convert(msgspec.to_builtins(record), StructureRecord) == record
