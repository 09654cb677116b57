"""A whole hub with a table for a partner's directory and no line of code for it."""

from pathlib import Path
from typing import Any

import pytest
from declared_portal import Portal, entries
from hubs import configuration, in_process
from serving import serving
from starlette.responses import JSONResponse

pytestmark = pytest.mark.usefixtures("by_entry_point")

TOML = """
[guards]
allowed_hosts = ["127.0.0.1"]

[sources.hauts_de_seine]
connector = "declared"
name = "Lieux d’accueil fictifs"
institution = "Un département"
licence = "Licence Ouverte 2.0"
departements = ["92"]
url = "ADDRESS/api/explore/v2.1/catalog/datasets/eaje/records"
parameters = { order_by = "identifiant" }
by_commune = { where = "code_insee='{insee}'" }
by_departement = { where = "startswith(code_insee,'{departement}')" }
by_key = { where = "identifiant='{key}'" }
everywhere = true
category = "MODE_ACCUEIL"

[sources.hauts_de_seine.paging]
style = "offset"
size = 100

[sources.hauts_de_seine.fields]
key = "identifiant"
name = "nom"
street = "adresse"
postal_code = "cp"
city = "commune"
insee = "code_insee"
latitude = "geo.lat"
longitude = "geo.lon"
phone = "tel"

[sources.hauts_de_seine.categories]
field = "type"
values = { "Multi-accueil" = "MODE_ACCUEIL/CRECHE", "Crèche familiale" = "MODE_ACCUEIL/CRECHE_FAMILIALE" }
"""
QUESTION = """
query ($place: PlaceInput) {
  structures(filter: { place: $place, sources: ["hauts_de_seine"] }, first: 100) {
    totalCount
    nodes { id name subcategory { code } contact { phone } records { source { name licence sandbox } } }
    coverage { source { id } status recordCount }
  }
}
"""


def told(found: dict[str, Any]) -> tuple[str, int | None]:
    """What the coverage says of the directory."""
    (part,) = (c for c in found["coverage"] if c["source"]["id"] == "hauts_de_seine")
    return part["status"], part["recordCount"]


async def test_a_hub_serves_a_directory_of_which_it_has_a_table_only(tmp_path: Path) -> None:
    portal = Portal(entries(230))
    async with serving(portal.app) as address, in_process(tmp_path, TOML.replace("ADDRESS", address)) as hub:

        async def found(place: dict[str, Any] | None) -> dict[str, Any]:
            return (await hub.ask(QUESTION, place=place))["structures"]

        commune = await found({"commune": "92025"})
        near = await found({"near": {"latitude": 48.92, "longitude": 2.25, "radiusMeters": 2000}})
        departement = await found({"departement": "92"})
        everywhere = await found(None)
        calls = len(portal.asked)
        elsewhere = await found({"commune": "21231"})
        node = (await hub.ask('{ node(id: "hauts_de_seine--FICTIF-0003") { ... on Structure { name } } }'))["node"]

    ids = {f"hauts_de_seine--{e['identifiant']}" for e in portal.listed if e["code_insee"] == "92025"}
    assert {n["id"] for n in commune["nodes"]} == {n["id"] for n in near["nodes"]} == ids
    assert (commune["totalCount"], departement["totalCount"], elsewhere["totalCount"]) == (len(ids), 230, 0)
    assert (told(commune), told(departement)) == (("COMPLETE", len(ids)), ("COMPLETE", 230))
    assert len([n for n in everywhere["nodes"] if n["id"].startswith("hauts_de_seine--")]) >= 90
    assert told(elsewhere) == ("COMPLETE", 0)
    assert len(portal.asked) == calls + 1, "asked for the node, and not about Dijon, which it does not cover"
    assert node == {"name": "Crèche fictive n° 3"}
    assert next(n for n in commune["nodes"] if n["id"] == "hauts_de_seine--FICTIF-0003") == {
        "id": "hauts_de_seine--FICTIF-0003",
        "name": "Crèche fictive n° 3",
        "subcategory": {"code": "CRECHE"},
        "contact": {"phone": "+33199000003"},
        "records": [
            {"source": {"name": "Lieux d’accueil fictifs", "licence": "Licence Ouverte 2.0", "sandbox": False}}
        ],
    }


async def test_a_directory_that_is_down_costs_its_own_part_only(tmp_path: Path) -> None:
    portal = Portal([])
    portal.answer = JSONResponse({}, 503)
    async with serving(portal.app) as address, in_process(tmp_path, TOML.replace("ADDRESS", address)) as hub:
        answer = await hub.ask(QUESTION, place={"commune": "92004"})

    assert told(answer["structures"]) == ("UNAVAILABLE", None)


def test_a_declared_source_takes_its_secret_from_the_environment(tmp_path: Path) -> None:
    text = TOML.replace("ADDRESS", "https://exemple.fr")

    sources = configuration(tmp_path, text, {"HUB1000_KEY_HAUTS_DE_SEINE": "Apikey k"}).sources

    assert (sources[-1].id, sources[-1].secret, sources[-1].sandbox) == ("hauts_de_seine", "Apikey k", False)
