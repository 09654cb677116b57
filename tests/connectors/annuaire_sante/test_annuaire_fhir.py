import json
from typing import Any

import msgspec
import pytest
from annuaire_server import DATA, examples, organization, practitioner
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.annuaire_sante import fhir
from connectors.annuaire_sante.records import organization_record, professional_record

KINDS = {c.__name__: c for c in (fhir.Organization, fhir.Practitioner, fhir.PractitionerRole)}
EXAMPLES = examples()


def entries(*resources: Any) -> list[msgspec.Raw]:
    bundle = {"resourceType": "Bundle", "entry": [{"resource": resource} for resource in resources]}
    return list(msgspec.json.decode(json.dumps(bundle), type=fhir.Bundle).entry)


def test_there_are_18_examples() -> None:
    assert len(EXAMPLES) == 18


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_decodes_without_mending(name: str) -> None:
    example = EXAMPLES[name]
    strict = msgspec.json.decode(json.dumps(example), type=KINDS[example["resourceType"]])
    assert strict.id == example["id"]
    found = fhir.read_entries(entries(example))
    assert found.unreadable == 0
    assert [*found.organizations, *found.practitioners, *found.roles] == [example["id"]]


def test_the_documented_envelope_decodes() -> None:
    bundle = msgspec.json.decode((DATA / "bundle_v2_envelope.json").read_bytes(), type=fhir.Bundle)
    assert bundle.next == "https://gateway.api.esante.gouv.fr/fhir/v2/_page?id=uOPAQUE"
    assert list(fhir.read_entries(bundle.entry).practitioners) == ["003-3422245-5139408"]


def test_an_operation_outcome_is_told_from_a_bundle() -> None:
    body = (DATA / "operationoutcome_v2_unknown_resource.json").read_bytes()
    outcome = msgspec.json.decode(body, type=fhir.Bundle)
    assert outcome.resource_type == "OperationOutcome"
    assert b"HAPI-0302" in bytes(outcome.issue)


def test_a_missing_lastupdated_or_one_without_zone_is_none() -> None:
    without = fhir.read(json.dumps({"id": "1", "meta": {}}).encode(), fhir.Organization)
    naive = fhir.read(b'{"id": "1", "meta": {"lastUpdated": "2024-01-01T00:00:00"}}', fhir.Organization)
    assert without.meta.last_updated is None
    assert naive.meta.last_updated is None


def test_odd_values_of_optional_fields_cost_only_themselves() -> None:
    odd = organization("1", "210000001", insee="21231", postal_code="21000", city="DIJON") | {
        "active": "yes",
        "alias": {"not": "a list"},
        "telecom": [{"system": "phone", "value": "0380000000", "rank": "first"}, 5, {"system": ["fax"]}],
        "meta": 7,
        "type": [concept_of("355"), {"coding": "none"}],
    }
    odd["address"][0] |= {"line": [3, "1 RUE X"], "_line": [None, "x"], "city": None}
    read = fhir.read(json.dumps(odd).encode(), fhir.Organization)
    assert read.active is None
    assert read.alias == ()
    assert read.telecom[0].value == "0380000000"
    assert read.telecom[0].rank is None
    assert read.meta == fhir.Meta()
    assert read.address[0].line == (None, "1 RUE X")
    assert read.address[0].line_elements == (None, None)
    assert read.address[0].city is None
    assert read.address[0].postal_code == "21000"


def concept_of(code: str) -> dict[str, Any]:
    return {"coding": [{"code": code}]}


@pytest.mark.parametrize(
    "bad",
    [
        None,
        5,
        [],
        {},
        {"resourceType": "Organization"},
        {"resourceType": "Organization", "id": "a,b"},
        {"resourceType": "Practitioner", "id": 7},
        {"resourceType": ["PractitionerRole"], "id": "1"},
    ],
)
def test_an_unreadable_entry_costs_itself_only(bad: Any) -> None:
    found = fhir.read_entries(entries(organization("1"), bad, practitioner("2", "10000000001")))
    assert (list(found.organizations), list(found.practitioners), found.unreadable) == (["1"], ["2"], 1)


def test_entries_that_are_no_objects_and_invalid_utf8_cost_themselves_only() -> None:
    body = (
        b'{"resourceType":"Bundle","entry":[1,{"resource":{"resourceType":"Organization","id":"1",'
        b'"name":"\xff"}},{"resource":7},'
        b'{"resource":{"resourceType":"Organization","id":"3"}}]}'
    )
    found = fhir.read_entries(msgspec.json.decode(body, type=fhir.Bundle).entry)
    assert list(found.organizations) == ["3"]
    assert found.unreadable == 3


def test_resources_of_other_types_are_passed_over() -> None:
    found = fhir.read_entries(entries({"resourceType": "Device", "id": "1"}))
    assert found == fhir.Resources()


def test_a_type_is_told_wherever_it_stands() -> None:
    last = {"id": "1", "name": "X", "resourceType": "Organization"}
    odd = {"id": "2", "active": "yes", "name": "X", "resourceType": "Organization"}
    found = fhir.read_entries(entries(last, odd, {"id": "3"}))
    assert found.organizations == {id_: fhir.Organization(id=id_, name="X") for id_ in ("1", "2")}
    assert found.unreadable == 1


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def paths(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    here = [before] if before else []
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return here + [path for key, item in inner for path in paths(item, (*before, key))]


PLACES = {name: paths({k: v for k, v in example.items() if k != "text"}) for name, example in EXAMPLES.items()}


@st.composite
def mutations(draw: st.DrawFn) -> Any:
    """An example of which some value was replaced or removed."""
    name = draw(st.sampled_from(sorted(EXAMPLES)))
    mutated = json.loads(json.dumps(EXAMPLES[name]))
    place = draw(st.sampled_from(PLACES[name]))
    target = mutated
    for key in place[:-1]:
        target = target[key]
    if draw(st.booleans()):
        target[place[-1]] = draw(ODD)
    else:
        del target[place[-1]]
    return mutated


@settings(max_examples=300)
@given(mutations())
def test_no_mutation_of_an_example_harms_its_neighbours(mutated: Any) -> None:
    before, after = practitioner("before", "10000000001"), organization("after", "210000001")
    found = fhir.read_entries(entries(before, mutated, after))
    assert "before" in found.practitioners
    assert "after" in found.organizations
    place = organization_record("s", found.organizations["after"])
    assert place is not None
    for read in found.organizations.values():
        organization_record("s", read)
    for person in found.practitioners.values():
        for role in (fhir.PractitionerRole(id="r"), *found.roles.values()):
            record = professional_record(person, role, place)
            assert record is None or record.key.endswith(".finess-210000001")
