"""What an entry shows: its values, their origin, and the same entry by all its names."""

from datetime import datetime
from pathlib import Path

import pytest
from hubs import Client, in_process

from connectors.nomenclature import SubcategoryCode
from connectors.records import StructureRecord
from connectors.sandbox import Place, Way, registrations, world

WHOLE = """
fragment Whole on Structure {
  id name otherNames kind description
  category { code rank text referenceDirectory { id } subcategories { code category { code } } }
  subcategory { code label prioritiesByNature { code } suggestedPriorities { code } }
  address { street complement postalCode city inseeCode commune { name kind code departement region } }
  position { latitude longitude precision }
  territory { kind name code }
  contact { phone email website }
  openingHours openNow
  availability { hasPlaces from checkedAt }
  accessibility { url description }
  languages
  profession { system code label }
  specialties { system code label }
  priorities { priority { code rank label text } basis action { id } }
  actions { totalCount }
  professionals { totalCount }
  registration { situations { code text } validatedOn }
  referenceDirectory { source { id } url }
  records { source { id sandbox } key name url identifiers { scheme value } updatedAtSource retrievedAt freshness
            licence structure { id } }
  provenance { field source { id } key updatedAtSource retrievedAt licence rule }
  programmes { programme { code name } statement }
}
"""
ONE = WHOLE + "query ($id: ID!) { structure(id: $id) { ...Whole } }"


def listed(source: str, subcategory: SubcategoryCode) -> Place:
    """A listed place of the world that no registration quotes."""
    quoted = {id_ for record in registrations() for id_ in record.same_as}
    return next(
        p
        for p in world().places
        if p.listed and p.source == source and p.subcategory is subcategory and p.id not in quoted
        and p.ways & {Way.DATA_INCLUSION, Way.ANNUAIRE_SANTE}
    )  # fmt: skip


async def one(client: Client, id_: str) -> dict:
    return (await client.ask(ONE, id=id_))["structure"]


async def test_a_creche(client: Client) -> None:
    place = listed("monenfant", SubcategoryCode.CRECHE)

    found = await one(client, place.id)

    assert (found["id"], found["name"], found["kind"]) == (place.id, place.name, "ESTABLISHMENT")
    assert found["category"]["code"] == "MODE_ACCUEIL"
    assert found["category"]["referenceDirectory"] == {"id": "monenfant"}
    assert found["subcategory"]["prioritiesByNature"] == [{"code": "ACCUEILLIR"}]
    assert {p["code"] for p in found["subcategory"]["suggestedPriorities"]} == {
        "PARTAGER_ET_SOUFFLER", "EVEILLER", "CONCILIER",
    }  # fmt: skip
    assert [(p["priority"]["rank"], p["basis"]) for p in found["priorities"]] == [(8, "BY_NATURE")]
    assert found["address"]["commune"]["code"] == found["address"]["inseeCode"] == place.commune.insee
    assert found["address"]["commune"]["departement"] == place.commune.departement
    assert found["openingHours"] == (place.childcare.hours.osm if place.childcare.hours else None)
    assert found["registration"] is None
    assert [r["source"] for r in found["records"]] == [{"id": "monenfant", "sandbox": True}]
    assert found["records"][0]["structure"]["id"] == place.id
    assert found["referenceDirectory"]["url"] == found["records"][0]["url"]
    assert {p["rule"] for p in found["provenance"] if p["field"] == "name"} == {"the only directory that has a value"}


async def test_a_midwife(client: Client) -> None:
    place = listed("annuaire_sante", SubcategoryCode.SAGE_FEMME)

    found = await one(client, place.id)

    assert found["kind"] == "INDEPENDENT"
    assert found["profession"]["code"] == "50"
    assert found["position"]["precision"] == "COMMUNE"
    assert found["position"]["latitude"] == place.commune.latitude
    rules = {p["field"]: p["rule"] for p in found["provenance"]}
    assert rules["position"].startswith("centroid of the commune")
    identifiers = {(i["scheme"], i["value"]) for i in found["records"][0]["identifiers"]}
    assert ("RPPS", place.professional.rpps) in identifiers
    assert found["priorities"] == []
    assert found["referenceDirectory"]["source"] == {"id": "annuaire_sante"}


async def test_a_place_of_the_seeds(client: Client) -> None:
    found = await one(client, "registry--coccinelle-besancon")

    assert found["address"]["city"] == "Besançon"
    assert found["position"]["precision"] == "COMMUNE"
    assert found["contact"] is None
    assert found["availability"] is None
    assert found["address"]["street"] is None
    assert found["actions"]["totalCount"] == 1
    assert found["referenceDirectory"] is None


def quoting(source: str) -> StructureRecord:
    return next(r for r in registrations() if any(id_.startswith(source) for id_ in r.same_as))


@pytest.mark.parametrize("source", ["monenfant", "annuaire_sante"])
async def test_an_entry_is_the_same_by_each_of_its_ids(client: Client, source: str) -> None:
    record = quoting(source)

    by_registration = await one(client, record.id)
    by_directory = await one(client, record.same_as[0])

    for found in (by_registration, by_directory):
        for r in found["records"] + found["provenance"]:
            datetime.fromisoformat(r.pop("retrievedAt"))
            r.pop("freshness", None)  # what was had a moment ago is held
    assert by_registration == by_directory
    assert by_registration["id"] == record.id
    assert [r["source"]["id"] for r in by_registration["records"]] == ["registry_sandbox", source]
    assert by_registration["registration"]["situations"]
    other = world().by_id[record.same_as[0]].name
    assert (other in by_registration["otherNames"]) is (other != record.name)
    shown = {p["field"]: p for p in by_registration["provenance"]}
    assert shown["name"]["source"]["id"] == "registry_sandbox"
    assert shown["name"]["rule"] == "the registry of the programme comes first"
    assert {p["basis"] for p in by_registration["priorities"]} >= {"DECLARED"}


async def test_provenance_of_chosen_fields(client: Client) -> None:
    data = await client.ask(
        """query ($id: ID!) { structure(id: $id) {
             some: provenance(fields: ["name", "contact", "name"]) { field } none: provenance(fields: []) { field } } }""",
        id=quoting("monenfant").id,
    )

    assert [p["field"] for p in data["structure"]["some"]] in (["name", "contact"], ["name"])
    assert data["structure"]["none"] == []


async def test_reference_directory_s_value_comes_after_the_registry_s(client: Client) -> None:
    for record in registrations():
        if record.same_as and record.same_as[0].startswith("monenfant") and record.opening_hours is None:
            found = await one(client, record.id)
            if found["openingHours"]:
                hours = {p["field"]: p for p in found["provenance"]}["openingHours"]
                assert hours["source"]["id"] == "monenfant"
                return
    raise AssertionError("no such registration in the world")


@pytest.mark.parametrize("scheme", ["finess", "siret", "rpps"])
async def test_by_official_number(client: Client, scheme: str) -> None:
    place, number = next(
        (p, n)
        for p in world().places
        if p.listed and p.source == "annuaire_sante"
        and (n := getattr(p.professional if "." in p.key else p.establishment, scheme, None))
    )  # fmt: skip

    data = await client.ask(
        WHOLE + f'{{ structure(identifier: {{ {scheme}: "{number}" }}) {{ ...Whole }} }}',
    )

    identifiers = {i["value"] for r in data["structure"]["records"] for i in r["identifiers"]}
    assert number in identifiers
    by_key = await client.ask(
        f'{{ structure(identifier: {{ key: {{ source: "annuaire_sante", key: "{place.key}" }} }}) {{ id }} }}'
    )
    assert by_key["structure"]


async def test_a_quoted_record_whose_directory_is_down_leaves_its_registration(client: Client) -> None:
    from connectors.sandbox import Fault

    record = quoting("monenfant")
    client.sandbox.data_inclusion.faults.now = Fault(status=503)

    for id_ in (record.id, record.same_as[0]):
        found = await one(client, id_)
        assert found["id"] == record.id
        assert [r["source"]["id"] for r in found["records"]] == ["registry_sandbox"]


async def test_availability_by_the_agreement(tmp_path: Path) -> None:
    query = """query ($has: Boolean) { structures(first: 100, filter: { hasPlaces: $has, place: { commune: "21231" } }) {
        totalCount nodes { subcategory { code } availability { hasPlaces from checkedAt } address { street }
                           position { precision } kind } } }"""
    toml = '[sources.monenfant]\nway = "agreement"\ndeadline = 30\n'
    async with in_process(tmp_path, toml) as client:
        with_places = (await client.ask(query, has=True))["structures"]
        whole = (await client.ask(query))["structures"]["nodes"]

    assert with_places["totalCount"] > 0
    assert all(n["availability"]["hasPlaces"] for n in with_places["nodes"])
    assert any(n["availability"]["from"] for n in with_places["nodes"])
    homes = [n for n in whole if n["subcategory"] and n["subcategory"]["code"] == "ASSISTANT_MATERNEL"]
    for home in homes:
        # an assistant maternel's address may be a home: commune only
        assert home["address"]["street"] is None
        assert home["position"]["precision"] == "COMMUNE"


async def test_referentials_by_root_fields(client: Client) -> None:
    data = await client.ask(
        """{ priorities { code rank label text examples actions { totalCount } }
             priority(code: PERES_SECONDS_PARENTS) { rank actions { nodes { title } }
               structures(filter: { sources: ["registry"] }) { totalCount nodes { name } } }
             categories { code rank text subcategories { code label } }
             eligibilityCriteria { code rank text examples }
             axes { rank text }
             callsForProjects { code name description organisers territories axes { rank } statements { source text } }
             programmes { code name description themes statements { source text } } }"""
    )

    assert [p["rank"] for p in data["priorities"]] == list(range(1, 11))
    assert data["priorities"][5]["text"] == "Eveiller aux arts, à la nature et aux goûts"
    assert [c["rank"] for c in data["categories"]] == list(range(1, 22))
    assert [c["rank"] for c in data["eligibilityCriteria"]] == [1, 2, 3, 4]
    assert [a["rank"] for a in data["axes"]] == [1, 2, 3, 4, 5, 6]
    assert {c["code"] for c in data["callsForProjects"]} >= {"AAP_1000_PREMIERS_JOURS", "ENFANCE_EGALITE"}
    label = next(p for p in data["programmes"] if p["code"] == "LABEL_1000_PREMIERS_JOURS")
    assert len(label["themes"]) == 7
    assert data["priority"]["rank"] == 10
    assert "« Les Papas aussi ! »" in {a["title"] for a in data["priority"]["actions"]["nodes"]} or any(
        "Papas" in a["title"] for a in data["priority"]["actions"]["nodes"]
    )
    assert data["priority"]["structures"]["totalCount"] == len(data["priority"]["structures"]["nodes"]) > 0


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ('name: "dijon"', ["Dijon"]),
        ('name: "Chalon-sur-S"', ["Chalon-sur-Saône"]),
        ('name: "SAINT DENIS", kind: COMMUNE, first: 1', ["Saint-Denis"]),
        ('code: "21"', ["Côte-d'Or"]),
        ('code: "27", kind: REGION', ["Bourgogne-Franche-Comté"]),
        ('code: "21231"', ["Dijon"]),
        ('code: "75011"', ["Paris", "Paris 11e Arrondissement"]),
        ('name: "Nowhere-les-Bains"', []),
        ('code: "21", name: "dij"', []),
    ],
)
async def test_territories(client: Client, arguments: str, names: list[str]) -> None:
    data = await client.ask("{ territories(" + arguments + ") { kind code name departement region postalCodes } }")

    assert {t["name"] for t in data["territories"]} >= set(names)
    assert [t["name"] for t in data["territories"]][: len(names)] == names or len(names) > 1
    if not names:
        assert data["territories"] == []


async def test_sources(client: Client) -> None:
    data = await client.ask(
        """{ sources { id name institution kind url licence sandbox filters structureCount }
             source(id: "monenfant") { name } nothing: source(id: "x") { id }
             node(id: "monenfant") { __typename id } }"""
    )

    by_id = {s["id"]: s for s in data["sources"]}
    assert list(by_id) == ["registry", "annuaire_sante", "monenfant", "registry_sandbox"]
    assert by_id["registry"]["structureCount"] == 18
    assert by_id["registry_sandbox"]["structureCount"] == len(registrations())
    assert by_id["annuaire_sante"]["structureCount"] is None
    assert [s["sandbox"] for s in data["sources"]] == [False, True, True, True]
    assert "subcategory" in by_id["annuaire_sante"]["filters"]
    assert data["source"] == {"name": "monenfant.fr"}
    assert data["nothing"] is None
    assert data["node"] == {"__typename": "Source", "id": "monenfant"}
