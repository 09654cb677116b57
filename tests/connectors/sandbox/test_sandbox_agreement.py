"""The service behind monenfant.fr as the sandbox plays it: tokens, search around a point, detail, oddities."""

import re
from collections.abc import AsyncIterator
from datetime import datetime

import httpx
import pytest

from connectors.gazetteer import Commune, distance_m, gazetteer
from connectors.sandbox import Childcare, Place, Sandbox, Way, world
from connectors.sandbox.agreement import Agreement, Tokens

TOKEN = "/o/isu-service/isu/getAngularToken"
SEARCH = "/api/monenfantmodedegardefront/v1/modedegarde/search"
DETAIL = "/api/monenfantmodedegardefront/v1/modedegarde"
EVERY_TYPE = "EAJE|MAM|AM;RPE,LAEP"
RESULT_FIELDS = {
    "id",
    "organizationId",
    "type",
    "firstname",
    "name",
    "siteWeb",
    "phone",
    "phone2",
    "mail",
    "address",
    "commune",
    "distance",
    "hasDispo",
    "dateDispo",
    "isAvip",
    "servesCommune",
}


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox()


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(sandbox.agreement.app)
    async with httpx.AsyncClient(transport=transport, base_url="https://monenfant.example.org") as found:
        token = (await found.get(TOKEN)).json()["access_token"]
        found.headers["authorization"] = f"Bearer {token}"
        yield found


def dijon() -> Commune:
    return gazetteer().communes["21231"]


def around(commune: Commune, **more: object) -> dict[str, object]:
    return {"x": commune.longitude, "y": commune.latitude, "radius": commune.reach_km * 1000 + 500, **more}


async def results(client: httpx.AsyncClient, params: dict[str, object]) -> list[dict]:
    found, page, last = [], 0, False
    while not last:
        answer = await client.get(SEARCH, params={**params, "page": page})
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert body["page"] == page
        found += body["mainResults"]
        page, last = page + 1, body["lastPage"]
    assert page == max(1, body["totalPages"])
    assert len(found) == body["nbOfMainResults"]
    return found


def by_agreement() -> list[Place]:
    return [p for p in world().places if Way.AGREEMENT in p.ways]


async def test_a_search_has_the_derived_shape(client):
    body = (await client.get(SEARCH, params=around(dijon(), structure="EAJE"))).json()
    assert set(body) == {"page", "totalPages", "nbOfMainResults", "lastPage", "mainResults"}
    assert body["page"] == 0
    assert body["totalPages"] > 1
    assert all(set(result) == RESULT_FIELDS for result in body["mainResults"])
    metres = [result["distance"] for result in body["mainResults"]]
    assert metres == sorted(metres)
    assert not {"latitude", "longitude", "siret", "insee"} & set(body["mainResults"][0])


async def test_a_circle_around_a_commune_holds_all_its_places(client):
    found = {result["id"] for result in await results(client, around(dijon(), structure=EVERY_TYPE))}
    of_dijon = {p.childcare.structure_id for p in by_agreement() if p.commune.insee == "21231"}
    assert of_dijon < found  # and some of the next communes


async def test_only_what_is_within_the_radius_and_of_the_types(client):
    params = around(dijon(), structure="EAJE") | {"radius": 1500}
    found = {result["id"] for result in await results(client, params)}
    near = {
        p.childcare.structure_id
        for p in by_agreement()
        if p.childcare.type == "EAJE"
        and distance_m(
            dijon().latitude,
            dijon().longitude,
            p.latitude if p.latitude is not None else p.commune.latitude,
            p.longitude if p.longitude is not None else p.commune.longitude,
        )
        <= 1500
    }
    assert found == near
    relays = await results(client, around(dijon(), structure="RPE;LAEP"))
    assert {result["type"] for result in relays} == {"RPE", "LAEP"}
    by_default = await results(client, around(dijon()))
    assert {result["type"] for result in by_default} == {"EAJE"}


async def test_far_from_everything_there_is_one_empty_page(client):
    body = (await client.get(SEARCH, params={"x": -30, "y": 0, "radius": 1000, "structure": "EAJE"})).json()
    assert body == {"page": 0, "totalPages": 0, "nbOfMainResults": 0, "lastPage": True, "mainResults": []}


@pytest.mark.parametrize("params", [{}, {"x": "5.0"}, {"x": "east", "y": "north"}, {"x": 5, "y": 47, "page": "one"}])
async def test_a_search_without_a_point_is_refused(client, params):
    assert (await client.get(SEARCH, params=params)).status_code == 400


async def test_every_result_can_be_placed_by_its_postal_code_and_city(client):
    places = {p.childcare.structure_id: p for p in by_agreement()}
    for insee in ("21231", "75111", "97411", "69383"):
        commune = gazetteer().communes[insee]
        for result in await results(client, around(commune, structure=EVERY_TYPE)):
            place = places[result["id"]]
            (postal_code,) = re.findall(r"\b\d{5}\b", result["address"])
            assert gazetteer().locate(postal_code, result["commune"]) == place.commune


async def test_an_assistant_maternel_is_a_person(client):
    people = await results(client, around(dijon(), structure="AM"))
    assert people
    by_id = {p.childcare.structure_id: p for p in by_agreement()}
    for person in people:
        place = by_id[person["id"]]
        assert f"{person['firstname']} {person['name']}" == place.name
        assert person["name"].endswith("(fictif)")
        assert place.latitude is None


async def test_the_oddities_of_the_service_are_there(client):
    found = await results(client, around(dijon(), structure=EVERY_TYPE))
    assert "0000000000" in {result["phone"] for result in found}
    assert None in {result["phone"] for result in found}
    assert {True, False, None} == {result["hasDispo"] for result in found}
    days = {result["dateDispo"] for result in found if result["dateDispo"]}
    assert days
    for day in days:
        datetime.strptime(day, "%d/%m/%Y")  # noqa: DTZ007 - a day
    assert any(result["isAvip"] for result in found)
    assert {"DIJON", "Dijon"} <= {result["commune"] for result in found}


async def test_a_detail_has_the_derived_shape(client):
    place = next(p for p in by_agreement() if p.childcare.type == "EAJE" and p.childcare.hours)
    body = (await client.get(f"{DETAIL}/EAJE/{place.key}")).json()
    assert set(body) == {
        "structureType",
        "structureId",
        "structureName",
        "modifiedDate",
        "gestionnaire",
        "coordonnees",
        "description",
        "serviceCommun",
        "serviceAccueil",
    }
    assert body["structureId"] == place.key
    assert body["structureName"] == place.name
    assert body["modifiedDate"] == place.updated_at.strftime("%d/%m/%Y")
    assert set(body["coordonnees"]) == {
        "numeroVoie",
        "typeVoie",
        "nomVoie",
        "codePostal",
        "commune",
        "telephone",
        "telephone2",
        "adresseMail",
        "siteInternet",
    }
    assert set(body["description"]) == {f"description{n}" for n in range(1, 7)}
    assert "<p>" in body["description"]["description1"]
    calendar = body["serviceCommun"]["calendrier"]
    assert set(calendar) == {"rendezVous", "joursHoraires", "joursHorairesText", "periodesFermetures"}
    assert calendar["joursHoraires"]["lundi"] == [{"start": s, "end": e} for s, e in place.childcare.hours.ranges]
    assert calendar["joursHoraires"]["dimanche"] == []
    assert set(body["serviceCommun"]) == {"avip", "calendrier", "communesDesservies"}
    assert set(body["serviceAccueil"]) == {"handicap"}


async def test_details_of_many_places_show_their_oddities(client):
    places = [p.childcare for p in by_agreement()[:60]]
    details = [(await client.get(f"{DETAIL}/{p.type}/{p.structure_id}")).json() for p in places]
    served = [c for detail in details for c in detail["serviceCommun"]["communesDesservies"]]
    assert {c["commune"].isdigit() for c in served} == {True, False}
    assert any(" - " in detail["coordonnees"]["nomVoie"] for detail in details)
    assert any(detail["serviceCommun"]["calendrier"]["joursHorairesText"] == "" for detail in details)
    closures = {c for detail in details for c in detail["serviceCommun"]["calendrier"]["periodesFermetures"]}
    assert closures == {"jamais", "juillet", "aout", "noel_nouvel_an"}


async def test_details_are_known_by_type_or_by_the_older_path(client):
    person = next(p for p in by_agreement() if p.childcare.type == "AM")
    structure_id = person.childcare.structure_id
    assert (await client.get(f"{DETAIL}/AM/{structure_id}")).status_code == 200
    assert (await client.get(f"{DETAIL}/details/{structure_id}")).status_code == 200
    assert (await client.get(f"{DETAIL}/EAJE/{structure_id}")).status_code == 404
    assert (await client.get(f"{DETAIL}/EAJE/1")).status_code == 404


async def test_calls_need_a_token(client):
    creche = next(p for p in by_agreement() if p.childcare.type == "EAJE")
    for path in (SEARCH, f"{DETAIL}/EAJE/{creche.key}"):
        answer = await client.get(path, headers={"authorization": "Bearer unknown"})
        assert answer.status_code == 401


async def test_a_token_wears_out():
    transport = httpx.ASGITransport(Agreement(Tokens(uses=2)))
    async with httpx.AsyncClient(transport=transport, base_url="https://monenfant.example.org") as client:
        first = (await client.get(TOKEN)).json()["access_token"]
        second = (await client.get(TOKEN)).json()["access_token"]
        assert first != second
        headers = {"authorization": f"Bearer {first}"}
        statuses = [(await client.get(SEARCH, params=around(dijon()), headers=headers)).status_code for _ in range(3)]
        assert statuses == [200, 200, 401]


async def test_tokens_expire_on_demand(sandbox, client):
    assert (await client.get(SEARCH, params=around(dijon()))).status_code == 200
    sandbox.agreement.directory.tokens.expire()
    assert (await client.get(SEARCH, params=around(dijon()))).status_code == 401
    assert sandbox.agreement.directory.tokens.issued == 1


async def test_a_refused_credential_gets_no_token(client):
    answer = await client.get(TOKEN, headers={"authorization": "Bearer refused"})
    assert answer.status_code == 401


def test_creches_have_the_same_id_by_both_ways():
    both = [p for p in world().places if isinstance(p.details, Childcare) and Way.DATA_INCLUSION in p.ways]
    assert both
    assert all(Way.AGREEMENT in p.ways and p.key == p.childcare.structure_id for p in both)
