"""The Annuaire Santé of the sandbox against the published examples, CapabilityStatement and rules of FHIR R4."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from connectors.sandbox import Establishment, Professional, Sandbox, Way, world
from connectors.sandbox.fhir import AnnuaireSante
from connectors.sandbox.resources import FINESS, G15, OLD_FINESS, OLD_RPPS, R02, R66, RPPS, SIRENE

EXAMPLES = Path(__file__).parents[1] / "data" / "annuaire-sante"
BASE = "https://annuaire.example.org/fhir/v2"
KEY = {"ESANTE-API-KEY": "sandbox"}
DIJON = "address-postalcode=21000"


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox()


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(sandbox.annuaire_sante.app)
    async with httpx.AsyncClient(transport=transport, base_url=BASE, headers=KEY) as found:
        yield found


async def bundle(client: httpx.AsyncClient, search: str) -> dict[str, Any]:
    answer = await client.get(search)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def found(client: httpx.AsyncClient, search: str) -> list[dict[str, Any]]:
    """The resources of all the pages of a search."""
    page = await bundle(client, search)
    resources = [entry["resource"] for entry in page.get("entry", [])]
    while following := link(page, "next"):
        page = await bundle(client, following)
        resources += [entry["resource"] for entry in page["entry"]]
    return resources


def link(page: dict[str, Any], relation: str) -> str | None:
    return next((found["url"] for found in page["link"] if found["relation"] == relation), None)


def expected_ids(postal_code: str) -> set[str]:
    """Technical ids of the active Organizations of a postal code."""
    return {
        p.establishment.technical_id
        for p in world().places
        if isinstance(p.details, Establishment)
        and p.postal_code.startswith(postal_code)
        and p.establishment.addressed
        and p.establishment.active
    }


def without_copies(resources: list[dict[str, Any]]) -> set[str]:
    ids = {r["id"] for r in resources}
    return ids - {f"{i}2" for i in ids}


def paths(value: Any, at: str = "") -> Iterator[str]:
    """Where a resource has values: "identifier[].type.coding[].code"."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from paths(inner, f"{at}.{name}" if at else name)
    elif isinstance(value, list):
        for inner in value:
            yield from paths(inner, f"{at}[]")
    else:
        yield at


@pytest.mark.parametrize("kind", ["Organization", "Practitioner", "PractitionerRole"])
async def test_resources_have_every_field_of_the_public_examples(client, kind):
    examples = [json.loads(path.read_text()) for path in sorted(EXAMPLES.glob(f"{kind}-*DP.json"))]
    assert examples
    for example in examples:
        del example["text"]  # written by the publisher of the examples, not by the server
    wanted = {path for example in examples for path in paths(example)}
    ours = {path for resource in await found(client, f"{kind}?_count=200") for path in paths(resource)}
    assert wanted <= ours


async def test_systems_and_codes_are_those_of_the_public_examples(client):
    def systems(resources: list[dict[str, Any]]) -> set[str]:
        text = json.dumps(resources)
        return {part.split('"')[0] for part in text.split('"system": "')[1:]}

    examples = [json.loads(path.read_text()) for path in sorted(EXAMPLES.glob("*DP.json"))]
    ours: set[str] = set()
    for kind in ("Organization", "Practitioner", "PractitionerRole"):
        ours |= systems(await found(client, f"{kind}?_count=200"))
    assert systems(examples) <= ours


async def test_a_bundle_has_the_published_envelope(client):
    page = await bundle(client, "Practitioner?active=true&_count=2")
    published = json.loads((EXAMPLES / "bundle_v2_envelope.json").read_text())
    assert set(page) == set(published)
    assert page["resourceType"] == "Bundle"
    assert page["type"] == "searchset"
    assert [set(entry) for entry in page["entry"]] == [{"fullUrl", "resource"}] * 2
    assert page["entry"][0]["fullUrl"] == f"{BASE}/Practitioner/{page['entry'][0]['resource']['id']}"
    assert {found["relation"] for found in page["link"]} == {"next", "self"}
    example = published["entry"][0]["resource"]
    resource = page["entry"][0]["resource"]
    assert set(example) <= set(resource)
    assert resource["meta"]["profile"] == example["meta"]["profile"]
    assert resource["meta"]["source"] == example["meta"]["source"]


async def test_answers_are_fhir_json(client):
    assert (await client.get("Practitioner?_count=1")).headers["content-type"].startswith("application/fhir+json")


async def test_pages_follow_opaque_links_and_cover_everything_once(client):
    pages = [await bundle(client, f"Organization?{DIJON}&active=true&_count=7")]
    while following := link(pages[-1], "next"):
        assert urlsplit(following).path == "/fhir/v2/_page"
        assert set(dict(parse_qsl(urlsplit(following).query))) == {"id"}
        pages.append(await bundle(client, following))
    ids = [entry["resource"]["id"] for page in pages for entry in page["entry"]]
    assert len(pages) > 2
    assert len(set(ids)) == len(ids)
    assert all(len(page["entry"]) == 7 for page in pages[:-1])
    assert without_copies([{"id": i} for i in ids]) == expected_ids("21000")
    assert pages[0]["total"] == len(ids)
    assert all("total" not in page for page in pages[1:])
    assert len({link(page, "self") for page in pages}) == 1


async def test_total_can_be_asked_or_refused(client):
    page = await bundle(client, f"Organization?{DIJON}&_count=7&_total=accurate")
    assert (await bundle(client, link(page, "next") or ""))["total"] == page["total"]
    assert "total" not in await bundle(client, f"Organization?{DIJON}&_total=none")


async def test_a_page_link_goes_stale(sandbox, client):
    page = await bundle(client, f"Organization?{DIJON}&_count=7")
    sandbox.annuaire_sante.directory.forget_pages()
    for url in (link(page, "next") or "", f"{BASE}/_page?id=unknown", f"{BASE}/_page"):
        answer = await client.get(url)
        assert answer.status_code == 500
        assert answer.json()["resourceType"] == "OperationOutcome"


async def test_old_page_links_go_stale_by_themselves():
    transport = httpx.ASGITransport(AnnuaireSante(kept_pages=2))
    async with httpx.AsyncClient(transport=transport, base_url=BASE, headers=KEY) as client:
        links = [link(await bundle(client, f"Organization?{DIJON}&_count=7"), "next") or "" for _ in range(3)]
        assert (await client.get(links[0])).status_code == 500
        assert [(await client.get(url)).status_code for url in links[1:2]] == [200]


async def test_a_page_link_needs_the_key_too(client):
    page = await bundle(client, f"Organization?{DIJON}&_count=7")
    answer = await client.get(link(page, "next") or "", headers={"ESANTE-API-KEY": ""})
    assert answer.status_code == 401


@pytest.mark.parametrize(("key", "status"), [("", 401), ("refused", 403)])
async def test_the_gateway_refuses_in_its_own_form(client, key, status):
    answer = await client.get("Practitioner?_count=1", headers={"ESANTE-API-KEY": key})
    assert answer.status_code == status
    assert "OperationOutcome" not in answer.text
    assert "fhir" not in answer.headers["content-type"]


async def test_an_unknown_type_is_refused_in_the_published_words(client):
    published = json.loads((EXAMPLES / "operationoutcome_v2_unknown_resource.json").read_text())
    for path in ("PractitiXXXner?active=true", "PractitiXXXner/1"):
        answer = await client.get(path)
        assert answer.status_code == 404
        assert answer.json() == published


@pytest.mark.parametrize(
    "search",
    [
        "Organization?near=47.3,5.0",
        "Organization?address-city:like=dijon",
        "Organization?type:contains=223",
        "Practitioner?address-postalcode=21000",
        "Organization?_include=Organization:unknown",
        "Device?_include=Device:owner",
        "Practitioner?_revinclude=PractitionerRole:organization",
        "Organization?_count=many",
        "Organization?_count=-1",
        "Organization?_lastUpdated=geYesterday",
        "Organization?_lastUpdated=sa2025-01-01",
    ],
)
async def test_a_wrong_parameter_is_refused(client, search):
    answer = await client.get(search)
    assert answer.status_code == 400
    assert set(answer.json()["issue"][0]) == {"severity", "code", "diagnostics"}


async def test_counts_are_held_up_to_200_and_fail_from_3000(client):
    search = "Practitioner?active=true&_count="
    assert len((await bundle(client, search + "200"))["entry"]) == 200
    assert len((await bundle(client, search + "2999"))["entry"]) == 200
    assert len((await bundle(client, "Practitioner?active=true"))["entry"]) == 50
    answer = await client.get(search + "3000")
    assert answer.status_code == 500
    assert answer.json()["resourceType"] == "OperationOutcome"
    counted = await bundle(client, search + "0")
    assert "entry" not in counted
    assert link(counted, "next") is None
    assert counted["total"] > 200


async def test_postal_codes_are_prefixes_and_commas_mean_or(client):
    everywhere = without_copies(await found(client, "Organization?address-postalcode=21&active=true&_count=200"))
    assert everywhere == expected_ids("21")
    two = without_copies(await found(client, "Organization?address-postalcode=21000,21240&_count=200"))
    assert two == expected_ids("21000") | expected_ids("21240")


async def test_cities_match_at_the_beginning_whatever_case_and_accents(client):
    for city in ("dijon cedex", "DIJON CEDEX", "Dïjon Cédex"):
        cedex = await found(client, f"Organization?address-city={city}")
        assert cedex
        for organization in cedex:
            address = organization["address"][0]
            assert address["city"] == "DIJON CEDEX"
            assert address["postalCode"] == "21079"
            assert address["extension"][0]["valueCoding"]["code"] == "21231"
    assert len(await found(client, "Organization?address-city=DIJON&_count=200")) > len(cedex)
    assert not await found(client, "Organization?address-city=IJON")
    assert not await found(client, "Organization?address-city:exact=Dijon")
    assert await found(client, "Organization?address-city:exact=DIJON")


async def test_repeating_a_parameter_means_and(client):
    pmi = await found(client, f"Organization?type={R66}|223&address-postalcode=21000&active=true")
    assert pmi
    for organization in pmi:
        codes = [c["code"] for t in organization["type"] for c in t["coding"] if c["system"] == R66]
        assert codes == ["223"]
    assert not await found(client, f"Organization?type={R66}|223&type={R02}|SA33")
    bare = await found(client, "Organization?type=223&address-postalcode=21000&active=true")
    assert [o["id"] for o in bare] == [o["id"] for o in pmi]


async def test_identifiers_match_by_system_and_value_or_value_alone(client):
    place = next(p for p in world().places if isinstance(p.details, Establishment) and p.establishment.old_systems)
    finess = place.establishment.finess or place.establishment.siret
    old, new = (f"{system}|{finess}" for system in (OLD_FINESS, FINESS))
    if place.establishment.finess:
        assert not await found(client, f"Organization?identifier={new}")
    (one,) = await found(client, f"Organization?identifier={old},{new}")
    (other,) = await found(client, f"Organization?identifier={finess}")
    assert one["id"] == other["id"] == place.establishment.technical_id
    assert await found(client, f"Organization?identifier={OLD_FINESS}|&_count=1")


async def test_siren_and_siret_share_a_system_and_are_told_apart_by_type(client):
    place = next(
        p
        for p in world().places
        if isinstance(p.details, Establishment) and p.establishment.siren and p.establishment.siret
    )
    (organization,) = await found(client, f"Organization?identifier={SIRENE}|{place.establishment.siret}")
    codes = {i["type"]["coding"][0]["code"]: i["value"] for i in organization["identifier"] if i["system"] == SIRENE}
    assert codes == {"SIREN": place.establishment.siren, "SIRET": place.establishment.siret}
    assert await found(client, "Organization?identifier-type=SIREN&_count=1")


async def test_a_duplicated_siret_gives_two_organizations(client):
    place = next(p for p in world().places if isinstance(p.details, Establishment) and p.establishment.copies == 2)
    twice = await found(client, f"Organization?identifier={SIRENE}|{place.establishment.siret}")
    assert len(twice) == 2
    assert twice[0]["identifier"] == twice[1]["identifier"]
    assert twice[0]["meta"]["lastUpdated"] > twice[1]["meta"]["lastUpdated"]


async def test_an_inactive_entry_keeps_id_identifier_and_name_only(client):
    for kind, kept in (("Organization", {"name"}), ("Practitioner", {"name"}), ("PractitionerRole", set())):
        inactive = await found(client, f"{kind}?active=false&_count=200")
        assert inactive
        for resource in inactive:
            assert set(resource) == {"resourceType", "id", "meta", "language", "identifier", "active"} | kept


async def test_no_coordinates_and_streets_mostly_in_extensions(client):
    organizations = await found(client, f"Organization?{DIJON}&active=true&_count=200")
    addresses = [o["address"][0] for o in organizations]
    assert "latitude" not in json.dumps(organizations)
    with_line = [a for a in addresses if "line" in a]
    assert 0 < len(with_line) < len(addresses) / 2
    for address in addresses:
        parts = {e["url"].rsplit("-", 1)[1] for e in address["_line"][0]["extension"]}
        assert parts == {"houseNumber", "streetNameType", "streetNameBase"}


async def test_legal_entities_have_no_address(client):
    legal = next(p for p in world().places if isinstance(p.details, Establishment) and not p.establishment.addressed)
    reference = f"Organization/{legal.establishment.technical_id}"
    (organization,) = await found(
        client,
        f"Organization?identifier={FINESS}|{legal.establishment.legal_finess}&_id={legal.establishment.technical_id}",
    )
    assert "address" not in organization
    assert organization["type"][0]["coding"][0]["code"] == "LEGAL-ENTITY"
    children = await found(client, f"Organization?partof={reference}&_include=Organization:partof")
    assert reference.endswith(children[-1]["id"])
    assert {c["partOf"]["reference"] for c in children[:-1]} == {reference}


async def test_professionals_of_a_place_come_after_their_organization_unmarked(client):
    page = await bundle(
        client, f"Organization?{DIJON}&active=true&_count=200&_revinclude=PractitionerRole:organization"
    )
    kinds = [entry["resource"]["resourceType"] for entry in page["entry"]]
    organizations = kinds.count("Organization")
    assert kinds == ["Organization"] * organizations + ["PractitionerRole"] * (len(kinds) - organizations)
    assert page["total"] == organizations
    assert all("search" not in entry for entry in page["entry"])
    places = expected_ids("21000")
    expected = {
        p.professional.role_id
        for p in world().places
        if isinstance(p.details, Professional) and p.professional.active and p.professional.organization_id in places
    }
    assert {e["resource"]["id"] for e in page["entry"][organizations:]} == expected


async def test_roles_can_bring_practitioner_and_organization(client):
    place = next(p for p in world().places if isinstance(p.details, Professional) and p.professional.active)
    details = place.professional
    reference = f"Organization/{details.organization_id}"
    search = f"PractitionerRole?organization={reference}&practitioner={details.practitioner_id}"
    (role, practitioner, organization) = await found(
        client, f"{search}&_include=PractitionerRole:practitioner&_include=PractitionerRole:organization"
    )
    assert role["id"] == details.role_id
    assert practitioner["id"] == details.practitioner_id
    assert organization["id"] == details.organization_id
    assert len(await found(client, f"{search}&_include=*")) == 3
    codes = [c["coding"][0]["code"] for c in role["code"]]
    assert codes == ["GENR01", details.mode, "FON-AU"]
    assert await found(client, f"PractitionerRole?role={details.mode}&_count=1")
    nothing_more = f"Organization?_id={details.organization_id}&_revinclude=Device:organization"
    assert len(await found(client, nothing_more)) == 1


async def test_one_person_brings_every_place_of_practice(client):
    roles: dict[str, list[str]] = {}
    for place in world().places:
        if isinstance(place.details, Professional) and place.professional.active:
            roles.setdefault(place.professional.rpps, []).append(place.professional.role_id)
    rpps = next(rpps for rpps, ids in roles.items() if len(ids) > 1)
    search = f"Practitioner?identifier={RPPS}|{rpps},{OLD_RPPS}|{rpps}&_revinclude=PractitionerRole:practitioner"
    person, *places = await found(client, search)
    assert {i["value"] for i in person["identifier"]} == {rpps, f"8{rpps}"}
    assert sorted(r["id"] for r in places) == sorted(roles[rpps])


async def test_practitioners_by_profession_name_and_id(client):
    midwives = await found(client, "Practitioner?qualification-code=50&active=true&_count=200")
    assert midwives
    for midwife in midwives:
        codings = [c for q in midwife["qualification"] for c in q["code"]["coding"]]
        assert (G15, "50") in [(c["system"], c["code"]) for c in codings]
    one, other = midwives[:2]
    both = await found(client, f"Practitioner?_id={one['id']},{other['id']}")
    assert {p["id"] for p in both} == {one["id"], other["id"]}
    family, given = one["name"][0]["family"], one["name"][0]["given"][0]
    named = await found(client, f"Practitioner?family={family.lower()}&given={given}&name={given}&_count=200")
    assert one["id"] in {p["id"] for p in named}


async def test_searching_inside_names_is_too_slow_to_answer(client):
    answer = await client.get("Organization?name:contains=crèche")
    assert answer.status_code == 504
    assert "OperationOutcome" not in answer.text
    assert await found(client, "Organization?name=centre&_count=1")
    assert not await found(client, "Organization?name:exact=centre")


async def test_parameters_of_the_capability_statement_without_values_here_match_nothing(client):
    for search in ("Organization?pharmacy-licence=21", "HealthcareService?service-type=1", "Device?model=x"):
        page = await bundle(client, search)
        assert page["total"] == 0
        assert "entry" not in page


async def test_last_updated_takes_the_published_prefixes(client):
    every = (await bundle(client, "Organization?_count=1"))["total"]
    counts = {}
    for prefix in ("ge", "gt", "le", "lt", "eq", ""):
        page = await bundle(client, f"Organization?_lastUpdated={prefix}2025-03-10&_total=accurate")
        counts[prefix] = page["total"]
    assert counts["ge"] + counts["lt"] == every
    assert counts["gt"] + counts["le"] == every
    assert counts["eq"] == counts[""] == counts["ge"] - counts["gt"]
    assert 0 < counts["lt"] < every


async def test_post_search_is_the_same_as_get(client):
    got = await bundle(client, f"Organization?{DIJON}&active=true&_count=9")
    posted = await client.post("Organization/_search?active=true", data={"address-postalcode": "21000", "_count": "9"})
    assert posted.status_code == 200
    assert [e["resource"] for e in posted.json()["entry"]] == [e["resource"] for e in got["entry"]]
    assert posted.json()["total"] == got["total"]


async def test_elements_narrow_a_resource(client):
    (entry,) = (await bundle(client, "Organization?_elements=name&_count=1"))["entry"]
    assert set(entry["resource"]) == {"resourceType", "id", "meta", "name"}


async def test_mailboxes_are_marked_as_secure_messaging(client):
    (person,) = await found(client, f"Practitioner?mailbox-mss={world_rpps()}")
    assert person["telecom"][0]["extension"][0]["valueCoding"]["code"] == "MSSANTE"


def world_rpps() -> str:
    return next(
        p.professional.rpps for p in world().places if isinstance(p.details, Professional) and p.professional.active
    )


async def test_a_resource_can_be_read_by_its_id(client):
    (entry,) = (await bundle(client, "Organization?_count=1"))["entry"]
    assert (await client.get(f"Organization/{entry['resource']['id']}")).json() == entry["resource"]
    answer = await client.get("Organization/001-01-0")
    assert answer.status_code == 404
    assert answer.json()["resourceType"] == "OperationOutcome"


async def test_every_listed_place_of_the_world_is_served(client):
    ids = {r["id"] for r in await found(client, "Organization?_count=200")}
    roles = {r["id"] for r in await found(client, "PractitionerRole?_count=200")}
    for place in world().places:
        if Way.ANNUAIRE_SANTE in place.ways:
            if isinstance(place.details, Establishment):
                assert place.establishment.technical_id in ids
            else:
                assert place.professional.role_id in roles
