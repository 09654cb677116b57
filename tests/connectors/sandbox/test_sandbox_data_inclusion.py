"""The data·inclusion API of the sandbox against the published OpenAPI document, as its test snapshots show it."""

from collections.abc import AsyncIterator
from datetime import date

import httpx
import pytest
from opening_hours import OpeningHours

from connectors.gazetteer import distance_m, gazetteer
from connectors.sandbox import Sandbox, Way, world

STRUCTURE_FIELDS = {
    "accessibilite_lieu",
    "adresse",
    "adresse_certifiee",
    "code_insee",
    "code_postal",
    "commune",
    "complement_adresse",
    "courriel",
    "date_maj",
    "description",
    "doublons",
    "horaires_accueil",
    "id",
    "latitude",
    "lien_source",
    "longitude",
    "nom",
    "reseaux_porteurs",
    "score_qualite",
    "siret",
    "site_web",
    "source",
    "telephone",
}
SERVICE_FIELDS = {
    "adresse",
    "adresse_certifiee",
    "code_insee",
    "code_postal",
    "commune",
    "complement_adresse",
    "conditions_acces",
    "contact_nom_prenom",
    "courriel",
    "date_maj",
    "description",
    "frais",
    "frais_precisions",
    "horaires_accueil",
    "id",
    "latitude",
    "lien_mobilisation",
    "lien_source",
    "longitude",
    "mobilisable_par",
    "mobilisation_precisions",
    "modes_accueil",
    "modes_mobilisation",
    "nom",
    "nombre_semaines",
    "publics",
    "publics_precisions",
    "score_qualite",
    "source",
    "structure_id",
    "telephone",
    "thematiques",
    "type",
    "volume_horaire_hebdomadaire",
    "zone_eligibilite",
}


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(Sandbox().data_inclusion.app),
        base_url="https://inclusion.example.org/api/v1/",
        headers={"authorization": "Bearer sandbox"},
    ) as found:
        yield found


def creches(**where: str) -> set[str]:
    return {
        f"monenfant--{p.key}"
        for p in world().places
        if Way.DATA_INCLUSION in p.ways and all(getattr(p.commune, name) == value for name, value in where.items())
    }


async def ids(client: httpx.AsyncClient, path: str) -> set[str]:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return {item["id"] for item in answer.json()["items"]}


@pytest.mark.parametrize(("header", "status"), [("", 401), ("Basic x", 401), ("Bearer ", 401), ("Bearer refused", 403)])
async def test_a_bearer_token_is_needed(client, header, status):
    answer = await client.get("structures", headers={"authorization": header})
    assert answer.status_code == status
    assert set(answer.json()) == {"detail"}


async def test_a_page_has_the_published_shape(client):
    page = (await client.get("structures?size=3")).json()
    assert set(page) == {"items", "total", "page", "size", "pages"}
    assert (page["page"], page["size"], len(page["items"])) == (1, 3, 3)
    assert page["pages"] == -(-page["total"] // 3)
    assert all(set(item) == STRUCTURE_FIELDS for item in page["items"])


async def test_pages_cover_everything_once(client):
    seen: list[str] = []
    page, pages = 1, 1
    while page <= pages:
        answer = (await client.get(f"structures?code_departement=21&sources=monenfant&size=20&page={page}")).json()
        seen += [item["id"] for item in answer["items"]]
        page, pages = page + 1, answer["pages"]
    assert pages > 2
    assert len(seen) == len(set(seen))
    assert set(seen) == creches(departement="21")
    beyond = (await client.get(f"structures?code_departement=21&size=20&page={pages + 9}")).json()
    assert beyond["items"] == []


async def test_filters_by_place(client):
    assert await ids(client, "structures?sources=monenfant&code_commune=21231") == creches(insee="21231")
    assert await ids(client, "structures?sources=monenfant&code_commune=2A004") == creches(insee="2A004")
    assert await ids(client, "structures?sources=monenfant&code_departement=974") == creches(departement="974")
    assert await ids(client, "structures?sources=monenfant&code_region=27") == creches(region="27")
    assert (await client.get("structures?code_commune=01001")).json() == {
        "items": [],
        "total": 0,
        "page": 1,
        "size": 5000,
        "pages": 0,
    }


async def test_sources_can_be_repeated(client):
    both = (await client.get("structures?sources=dora&sources=soliguide")).json()["items"]
    assert {item["source"] for item in both} == {"dora", "soliguide"}
    every = (await client.get("structures")).json()["items"]
    assert {item["source"] for item in every} == {"dora", "soliguide", "monenfant"}
    assert len(await ids(client, "structures?sources=unknown")) == 0


async def test_the_other_sources_are_marked_and_of_nobody(client):
    for item in (await client.get("structures?sources=dora&sources=soliguide")).json()["items"]:
        assert item["nom"].endswith("(fictive)")
        assert item["siret"].startswith("999")
        assert item["siret"] not in {getattr(p.details, "siret", None) for p in world().places}


async def test_creches_are_those_of_monenfant(client):
    items = (await client.get("structures?sources=monenfant")).json()["items"]
    phones = set()
    for item in items:
        place = world().by_id[item["id"]]
        assert item["nom"] == place.name
        assert item["lien_source"].startswith("https://monenfant.fr/que-recherchez-vous/")
        assert item["lien_source"].endswith(f"/EAJE/{place.key}")
        assert item["siret"] is None
        assert (item["latitude"], item["longitude"]) == (place.latitude, place.longitude)
        assert date.fromisoformat(item["date_maj"]) == place.updated_at.date()
        assert item["code_insee"] == place.commune.insee
        if item["horaires_accueil"]:
            OpeningHours(item["horaires_accueil"])
        if item["telephone"]:
            phones.add(item["telephone"][:3])
    assert any(item["latitude"] is None for item in items)
    assert len(phones) > 3


async def test_a_structure_by_its_id_brings_its_services(client):
    one = sorted(creches(insee="21231"))[0]
    structure = (await client.get(f"structures/{one}")).json()
    assert set(structure) == STRUCTURE_FIELDS | {"services"}
    assert [set(service) for service in structure["services"]] == [SERVICE_FIELDS]
    assert structure["services"][0]["structure_id"] == one
    service = (await client.get(f"services/{structure['services'][0]['id']}")).json()
    assert set(service) == SERVICE_FIELDS | {"structure"}
    assert set(service["structure"]) == STRUCTURE_FIELDS - {"score_qualite", "doublons"}


@pytest.mark.parametrize("path", ["structures/monenfant--0", "services/monenfant--0"])
async def test_what_is_unknown_is_not_found(client, path):
    answer = await client.get(path)
    assert answer.status_code == 404
    assert answer.json() == {"detail": "Not Found"}


async def test_services_by_place_and_theme(client):
    care = await ids(client, "services?code_commune=21231&thematiques=famille--garde-denfants")
    assert care == creches(insee="21231")
    family = await ids(client, "services?code_commune=21231&thematiques=famille&thematiques=sante")
    assert family > care
    assert await ids(client, "services?thematiques=mobilite") == set()
    assert set((await client.get("services?size=1")).json()["items"][0]) == SERVICE_FIELDS
    names = {item["nom"] for item in (await client.get("services")).json()["items"]}
    assert all(name.endswith("(fictif)") for name in names)


async def test_services_near_a_point_come_nearest_first(client):
    dijon = gazetteer().communes["21231"]
    for where in (f"lat={dijon.latitude}&lon={dijon.longitude}", "code_commune=21231"):
        page = (await client.get(f"search/services?{where}&sources=monenfant")).json()
        assert [set(result) for result in page["items"][:1]] == [{"service", "distance"}]
        distances = [result["distance"] for result in page["items"]]
        assert distances == sorted(distances)
        expected = {
            f"monenfant--{p.key}"
            for p in world().places
            if Way.DATA_INCLUSION in p.ways
            and p.latitude is not None
            and distance_m(p.latitude, p.longitude, dijon.latitude, dijon.longitude) <= 50_000
        }
        assert {result["service"]["id"] for result in page["items"]} == expected


async def test_services_without_a_place_have_no_distance(client):
    page = (await client.get("search/services?sources=dora&thematiques=famille")).json()
    assert page["total"] > 0
    assert {result["distance"] for result in page["items"]} == {None}
    assert (await client.get("search/services?code_commune=99999")).json()["total"] == 0


@pytest.mark.parametrize(
    ("query", "kind", "context"),
    [
        ("page=0", "greater_than_equal", {"ge": 1}),
        ("size=10001", "less_than_equal", {"le": 10000}),
        ("size=0", "greater_than_equal", {"ge": 1}),
        ("page=one", "int_parsing", None),
        ("code_commune=123", "string_too_short", {"min_length": 5}),
        ("code_commune=123456", "string_too_long", {"max_length": 5}),
        ("code_commune=12-45", "string_pattern_mismatch", {"pattern": "^\\w{5}$"}),
        ("code_departement=975", "enum", ...),
        ("code_region=99", "enum", ...),
    ],
)
async def test_bad_parameters_are_told_as_fastapi_tells_them(client, query, kind, context):
    answer = await client.get(f"structures?{query}")
    assert answer.status_code == 422
    (mistake,) = answer.json()["detail"]
    name, value = query.split("=")
    assert (mistake["type"], mistake["loc"], mistake["input"]) == (kind, ["query", name], value)
    assert mistake["msg"].startswith(("Input should be", "String should"))
    if context is not ...:
        assert mistake.get("ctx") == context


async def test_all_mistakes_are_told_at_once(client):
    answer = await client.get("search/services?lat=north&thematiques=famille&thematiques=jeux&size=0")
    assert answer.status_code == 422
    where = [mistake["loc"] for mistake in answer.json()["detail"]]
    assert sorted(where, key=str) == [["query", "lat"], ["query", "size"], ["query", "thematiques", 1]]


async def test_unknown_parameters_are_ignored(client):
    assert await ids(client, "structures?code_commune=21231&sources=monenfant&near=1") == creches(insee="21231")


async def test_the_list_of_sources(client):
    sources = (await client.get("sources")).json()
    assert {source["slug"] for source in sources} == {"dora", "monenfant", "soliguide"}
    assert all(set(source) == {"slug", "nom", "description"} for source in sources)
