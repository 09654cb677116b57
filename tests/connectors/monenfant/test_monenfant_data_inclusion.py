"""The data·inclusion way: what is asked, and what becomes of the answers."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from monenfant_wire import CAPTCHA, DataInclusionServer, Wire, context, structure
from starlette.responses import JSONResponse, Response

from connectors.contract import (
    Everywhere,
    InCommunes,
    InDepartement,
    Kind,
    Page,
    PractisingAt,
    Query,
    SourceKind,
)
from connectors.errors import BadData, Refused, SourceError, Unavailable
from connectors.gazetteer import gazetteer
from connectors.monenfant import DataInclusion, Settings, plugin
from connectors.monenfant.structures import read_structure, structure_id
from connectors.nomenclature import CategoryCode, IdentifierScheme, StructureKind, SubcategoryCode
from connectors.records import Accessibility, Address, Contact, Identifier, Position, StructureRecord

DIJON = gazetteer().communes["21231"]
IN_DIJON = Query(where=InCommunes((DIJON,)))
RECORD = StructureRecord(
    source="monenfant",
    key="12345",
    name="Crèche des Lilas (fictive)",
    kind=StructureKind.ESTABLISHMENT,
    category=CategoryCode.MODE_ACCUEIL,
    subcategory=SubcategoryCode.CRECHE,
    description="Une crèche.\n\n## L’équipe :\n\nDouze personnes.",
    address=Address(
        street="12 rue de la République",
        complement="Bâtiment B",
        postal_code="21000",
        city="Dijon",
        insee="21231",
        departement="21",
    ),
    position=Position(47.3215, 5.0415),
    contact=Contact(phone="+33353011234", email="lilas@example.org", website="https://example.org/lilas"),
    opening_hours="Mo-Fr 07:30-18:30",
    accessibility=Accessibility(url="https://acceslibre.beta.gouv.fr/app/lilas/"),
    updated_at=datetime(2026, 3, 1, tzinfo=UTC),
    url="https://monenfant.fr/que-recherchez-vous/lilas/EAJE/12345",
)


def connect(server: Wire, *, secret: str | None = None, **settings: Any) -> DataInclusion:
    connector = plugin.build(Settings(**settings), context(server.app, secret=secret))
    assert isinstance(connector, DataInclusion)
    return connector


def test_info_says_what_it_is_and_can() -> None:
    info = connect(DataInclusionServer(), calls_per_second=3).info
    assert (info.id, info.name, info.kind) == ("monenfant", "monenfant.fr", SourceKind.REFERENCE_DIRECTORY)
    assert info.institution == "Caisse nationale des allocations familiales (Cnaf)"
    assert info.url == "https://monenfant.fr"
    assert info.sandbox
    assert info.asks == {InCommunes, InDepartement, Everywhere}
    assert (info.batch_size, info.communes_per_call, info.ttl) == (1, 1, 600)
    assert info.calls_per_second == 3


async def test_without_a_sandbox_it_is_the_real_one() -> None:
    connector = plugin.build(Settings(), context(None, secret="key"))
    assert not connector.info.sandbox
    await connector.aclose()


def test_other_sources_are_not_called_monenfant() -> None:
    info = connect(DataInclusionServer(), sources=("dora", "soliguide")).info
    assert info.name == "data·inclusion (dora, soliguide)"
    assert (info.kind, info.institution) == (SourceKind.PARTNER_DIRECTORY, None)


async def test_a_structure_becomes_a_record() -> None:
    found = await connect(DataInclusionServer(structure())).get(Kind.STRUCTURE, ["12345"])
    assert found == {"12345": RECORD}


async def test_a_listed_structure_becomes_the_same_record() -> None:
    page = await connect(DataInclusionServer(structure())).search(IN_DIJON)
    assert page == Page(records=(RECORD,), total=1)


async def test_the_secret_is_the_bearer_token() -> None:
    server = DataInclusionServer(structure())
    server.key = "the key"
    assert await connect(server, secret="the key").get(Kind.STRUCTURE, ["12345"])
    with pytest.raises(Refused):
        await connect(server, secret="another").get(Kind.STRUCTURE, ["12345"])


async def test_a_search_names_its_sources_and_its_commune() -> None:
    server = DataInclusionServer()
    await connect(server, sources=("monenfant", "dora"), page_size=7).search(IN_DIJON)
    assert server.paths == ["/api/v1/structures"]
    assert server.requests[0].query_params.multi_items() == [
        ("sources", "monenfant"),
        ("sources", "dora"),
        ("code_commune", "21231"),
        ("page", "1"),
        ("size", "7"),
    ]


async def test_a_departement_is_asked_by_its_code() -> None:
    server = DataInclusionServer(structure(), structure(id="monenfant--2", code_insee="25056"))
    page = await connect(server).search(Query(where=InDepartement("21")))
    assert [r.key for r in page.records] == ["12345"]
    assert server.requests[0].query_params["code_departement"] == "21"
    assert "code_commune" not in server.requests[0].query_params


async def test_pages_follow_one_another_to_the_last() -> None:
    server = DataInclusionServer(*(structure(id=f"monenfant--{n}") for n in range(5)))
    connector = connect(server, page_size=2)
    keys, query = [], IN_DIJON
    while True:
        page = await connector.search(query)
        assert page.total == 5
        keys += [record.key for record in page.records]
        if page.after is None:
            break
        query = msgspec.structs.replace(query, after=page.after)
    assert keys == ["0", "1", "2", "3", "4"]
    assert len(server.requests) == 3


async def test_an_empty_page_is_the_last_whatever_is_announced() -> None:
    answer = {"items": [], "total": 9, "page": 1, "size": 1, "pages": 9}
    page = await connect(Wire(lambda _: JSONResponse(answer))).search(IN_DIJON)
    assert page == Page(records=(), total=9)


@pytest.mark.parametrize("after", ["", "x", "-1", "1.5", "٣", "9" * 30])
async def test_an_unknown_page_is_refused_without_a_call(after: str) -> None:
    server = DataInclusionServer()
    with pytest.raises(Refused):
        await connect(server).search(msgspec.structs.replace(IN_DIJON, after=after))
    assert not server.requests


@pytest.mark.parametrize("where", [PractisingAt(("1",)), InCommunes(()), InCommunes((DIJON, DIJON))])
async def test_what_it_does_not_answer_is_refused_without_a_call(where: Any) -> None:
    server = DataInclusionServer()
    with pytest.raises(Refused):
        await connect(server).search(Query(where=where))
    assert not server.requests


async def test_it_has_no_actions() -> None:
    server = DataInclusionServer(structure())
    assert await connect(server).get(Kind.ACTION, ["12345"]) == {}
    assert await connect(server).search(Query(where=IN_DIJON.where, kind=Kind.ACTION)) == Page(records=())
    assert not server.requests


async def test_a_structure_is_asked_by_its_id_and_absent_ones_are_absent() -> None:
    server = DataInclusionServer(structure(), structure(source="dora", id="dora--Aidants:2024-é"))
    connector = connect(server, sources=("monenfant", "dora"))
    found = await connector.get(Kind.STRUCTURE, ["12345", "none", "dora--Aidants:2024-é", "12345"])
    assert list(found) == ["12345", "dora--Aidants:2024-é"]
    assert server.paths == [
        "/api/v1/structures/monenfant--12345",
        "/api/v1/structures/monenfant--none",
        "/api/v1/structures/dora--Aidants:2024-é",
    ]


@pytest.mark.parametrize("key", ["", " ", "a b", "a/b", "../x", "a\\b", "a?b", "a#b", "\x00", "x" * 201, "\ud800"])
async def test_an_ill_formed_key_is_absent_without_a_call(key: str) -> None:
    server = DataInclusionServer(structure())
    assert await connect(server).get(Kind.STRUCTURE, [key]) == {}
    assert not server.requests


async def test_a_key_of_a_source_not_configured_is_absent() -> None:
    assert structure_id("dora--1", ("dora",)) == "dora--1"
    assert structure_id("12345", ("dora",)) is None


@pytest.mark.parametrize("answer", [structure(id="monenfant--other"), structure(nom=" "), {}])
async def test_a_structure_that_is_not_the_one_asked_is_bad_data(answer: Any) -> None:
    with pytest.raises(BadData):
        await connect(Wire(lambda _: JSONResponse(answer))).get(Kind.STRUCTURE, ["12345"])


async def test_an_unreadable_structure_costs_itself_only() -> None:
    bad = [None, 3, "x", [], structure(id=None), structure(id="monenfant--"), structure(id="m--1"), structure(nom=None)]
    page = await connect(DataInclusionServer(*bad, structure())).search(IN_DIJON)
    assert page.records == (RECORD,)
    assert page.unreadable == len(bad)


async def test_structures_not_asked_for_are_left_out() -> None:
    items = [
        structure(),
        structure(id="monenfant--2", code_insee="25056"),
        structure(id="monenfant--3", code_insee=None, code_postal=None, commune=None, adresse=None),
        structure(id="dora--4", source="dora"),
        structure(nom="la même, deux fois"),
    ]
    answer = {"items": items, "total": 5, "page": 1, "size": 1000, "pages": 1}
    page = await connect(Wire(lambda _: JSONResponse(answer))).search(IN_DIJON)
    assert page.records == (RECORD,)
    assert page.unreadable == 0


async def test_another_source_gives_its_ids_and_no_childcare() -> None:
    server = DataInclusionServer(structure(source="dora", id="dora--a:b"), structure())
    page = await connect(server, sources=("dora",)).search(IN_DIJON)
    (record,) = page.records
    assert isinstance(record, StructureRecord)
    assert (record.key, record.category, record.subcategory) == ("dora--a:b", CategoryCode.AUTRE, None)
    assert record.id == "monenfant--dora--a:b"


def test_a_siret_names_the_organisation_only() -> None:
    record = read_structure("monenfant", structure(siret="99912345600017"), ("monenfant",))
    assert record is not None
    assert record.identifiers == (Identifier(IdentifierScheme.SIREN, "999123456"),)


def test_without_an_insee_code_the_postal_code_and_the_city_tell_the_commune() -> None:
    for code_insee in (None, "99999", "x"):
        value = structure(code_insee=code_insee, code_postal="DIJON", commune="21000")
        record = read_structure("monenfant", value, ("monenfant",))
        assert record is not None
        assert record.address is not None
        assert (record.address.insee, record.address.postal_code) == ("21231", "21000")


OPTIONAL = sorted(set(structure()) - {"id", "nom", "source"})
ODD = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.none()) | st.just({})


@given(st.dictionaries(st.sampled_from(OPTIONAL), ODD))
def test_a_bad_optional_value_is_left_out(values: dict[str, Any]) -> None:
    record = read_structure("monenfant", structure(**values), ("monenfant",))
    assert record is not None
    assert (record.key, record.name) == (RECORD.key, RECORD.name)
    assert msgspec.convert(msgspec.to_builtins(record), StructureRecord) == record


def test_a_structure_of_no_optional_value() -> None:
    bare = {"id": "monenfant--1", "nom": "Crèche (fictive)", "source": "monenfant"}
    assert read_structure("monenfant", bare, ("monenfant",)) == StructureRecord(
        source="monenfant",
        key="1",
        name="Crèche (fictive)",
        kind=StructureKind.ESTABLISHMENT,
        category=CategoryCode.MODE_ACCUEIL,
        subcategory=SubcategoryCode.CRECHE,
    )


FAULTS: list[tuple[Response, type[SourceError]]] = [
    (Response(status_code=401), Refused),
    (Response(status_code=403), Refused),
    (JSONResponse({"detail": []}, 422), Refused),
    (Response(status_code=429, headers={"retry-after": "7"}), Unavailable),
    (Response(status_code=500), Unavailable),
    (Response(status_code=302, headers={"location": "/login"}), BadData),
    (Response(CAPTCHA, media_type="text/html"), BadData),
    (Response('{"items": [', media_type="application/json"), BadData),
    (Response(""), BadData),
    (JSONResponse([]), BadData),
    (JSONResponse({"items": {}, "total": 0, "page": 1, "size": 1, "pages": 1}), BadData),
]


@pytest.mark.parametrize(("answer", "error"), FAULTS)
async def test_a_fault_is_named_by_what_to_do_next(answer: Response, error: type[SourceError]) -> None:
    connector = connect(Wire(lambda _: answer))
    with pytest.raises(error) as raised:
        await connector.search(IN_DIJON)
    assert raised.value.source == "monenfant"
    if error is Unavailable and answer.status_code == 429:
        assert isinstance(raised.value, Unavailable)
        assert raised.value.retry_after == 7


async def test_a_list_that_is_not_found_is_an_error_and_not_an_empty_answer() -> None:
    with pytest.raises(SourceError):
        await connect(Wire(lambda _: Response(status_code=404))).search(IN_DIJON)


async def test_ping_asks_for_the_sources() -> None:
    server = DataInclusionServer()
    connector = connect(server)
    await connector.ping()
    assert server.paths == ["/api/v1/sources"]
    await connector.aclose()
    server.key = "another"
    with pytest.raises(Refused):
        await connect(server).ping()
