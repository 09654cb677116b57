"""The fictitious world: the same everywhere, large enough, in real communes, and marked as what it is."""

import hashlib
import subprocess
import sys
from collections import Counter

import pytest

from connectors.gazetteer import city_key, distance_m, gazetteer
from connectors.nomenclature import CategoryCode, SubcategoryCode
from connectors.sandbox import Childcare, Establishment, Place, Professional, Sandbox, Way, world
from connectors.sandbox.numbers import FICTION_PHONES, Numbers, is_luhn, luhn_key
from connectors.sandbox.world import COMMUNES

REQUIRED = {
    *("21231", "21003", "21166", "21515", "21617", "25056", "2A004", "33063", "37003", "37261", "39198", "39300"),
    *("47323", "58194", "59350", "64445", "69383", "70550", "71076", "71270", "75111", "84031", "89024", "90010"),
    *("97209", "97411"),
}
DIGEST = """
import hashlib
from connectors.sandbox import actions, registrations, world
drawn = world()
texts = [repr((p.id, p.name, p.street, p.latitude, p.phone, p.updated_at, p.details)) for p in drawn.places]
texts += [repr(drawn.twins), repr(drawn.lookalikes), repr(registrations()), repr(actions())]
print(hashlib.sha256("|".join(texts).encode()).hexdigest())
"""


def childcare_places() -> list[Place]:
    return [p for p in world().places if isinstance(p.details, Childcare)]


def establishments() -> list[Place]:
    return [p for p in world().places if isinstance(p.details, Establishment)]


def professionals() -> list[Place]:
    return [p for p in world().places if isinstance(p.details, Professional)]


def digest_in_a_new_process(hash_seed: str) -> str:
    run = subprocess.run(
        [sys.executable, "-c", DIGEST],
        env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.strip()


def test_the_world_is_the_same_in_every_process():
    assert digest_in_a_new_process("1") == digest_in_a_new_process("2")


def test_the_ids_have_not_moved():
    ids = "\n".join(sorted(p.id for p in world().places))
    assert hashlib.sha256(ids.encode()).hexdigest()[:16] == "c0746fed6fefff60"


def test_the_world_is_drawn_once():
    assert world() is world()


def test_there_are_enough_places_and_no_key_twice():
    places = world().places
    assert sum(p.listed for p in places) >= 3000
    assert len({p.id for p in places}) == len(places)
    assert set(world().by_id) == {p.id for p in places}


def test_every_required_commune_has_places_of_both_directories():
    assert set(COMMUNES) >= REQUIRED
    assert [c.insee for c in world().communes] == list(COMMUNES)
    for insee in COMMUNES:
        assert world().listed_in(insee, "monenfant"), insee
        assert world().listed_in(insee, "annuaire_sante"), insee


def test_the_numbers_of_places_follow_the_population():
    counts = Counter(p.commune.insee for p in world().places)
    assert counts["33063"] > counts["21231"] > counts["89024"] > counts["21003"]


def test_every_place_is_where_its_postal_code_and_city_say():
    known = gazetteer()
    for place in world().places:
        found = known.locate(place.postal_code, place.city)
        if "CEDEX" in place.city:
            assert not known.by_postal_code(place.postal_code)
            assert city_key(place.city) in city_key(place.commune.name)
        else:
            assert found == place.commune, place


def test_exact_points_are_inside_the_reach_of_the_commune():
    exact = [p for p in world().places if p.latitude is not None]
    assert {p.source for p in exact} == {"monenfant"}
    for p in exact:
        metres = distance_m(p.latitude, p.longitude, p.commune.latitude, p.commune.longitude)
        assert metres <= p.commune.reach_km * 1000
    creches = [p for p in childcare_places() if p.childcare.type == "EAJE"]
    assert 0 < sum(p.latitude is None for p in creches) < len(creches) / 10


def test_all_names_are_marked_as_fictitious():
    for place in world().places:
        assert place.name.endswith(("(fictif)", "(fictive)"))
        if isinstance(place.details, Establishment) and place.details.alias:
            assert place.details.alias.endswith("(fictif)")
    for person in professionals():
        assert person.professional.family.endswith("(fictif)")


def test_telephones_and_addresses_lead_to_nobody():
    for place in world().places:
        if place.phone:
            assert len(place.phone) == 10
            assert place.phone[:6] in FICTION_PHONES.values()
        if place.email:
            assert place.email.endswith(("@example.org", "@example.net"))
        if place.website:
            assert place.website.startswith("https://example.org/")


def test_official_numbers_are_well_formed_and_of_nobody():
    for place in establishments():
        details = place.establishment
        for finess in filter(None, (details.finess, details.legal_finess)):
            assert len(finess) == 9
            assert finess.startswith("99")
            assert is_luhn(finess)
        for number, length in ((details.siren, 9), (details.siret, 14)):
            assert number is None or (len(number) == length and number.startswith("999") and is_luhn(number))
    for person in professionals():
        rpps = person.professional.rpps
        assert len(rpps) == 11
        assert rpps.startswith("99")
        assert is_luhn(rpps)


@pytest.mark.parametrize(
    ("number", "valid"), [("79927398713", True), ("732829320", True), ("73282932000074", True), ("732829321", False)]
)
def test_luhn_keys_on_numbers_known_elsewhere(number, valid):
    assert is_luhn(number) is valid
    assert (luhn_key(number[:-1]) == number[-1]) is valid


def test_two_givers_of_numbers_need_not_meet():
    early, late = Numbers(), Numbers(start=50_000)
    assert not {early.siren() for _ in range(500)} & {late.siren() for _ in range(500)}


def test_an_organization_is_called_by_the_first_identifier_it_has():
    known = {"idnst": "49900000000001", "technical_id": "001-01-1"}
    every = Establishment(**known, finess="990000001", siret="99900000000001", legal_finess="990000002")
    assert every.key == "finess-990000001"
    assert Establishment(**known, siret="99900000000001", legal_finess="990000002").key == "siret-99900000000001"
    assert Establishment(**known, legal_finess="990000002").key == "finej-990000002"
    assert Establishment(**known).key == "idnst-49900000000001"


def test_keys_are_those_that_the_connectors_give():
    for place in establishments():
        assert place.key == place.establishment.key
    for person in professionals():
        details = person.professional
        assert person.key == f"rpps-{details.rpps}.{details.organization}"
        assert f"annuaire_sante--{details.organization}" in world().by_id
    for place in childcare_places():
        details = place.childcare
        expected = details.structure_id if details.type == "EAJE" else f"{details.type.lower()}-{details.structure_id}"
        assert place.key == expected


def test_a_place_has_the_details_of_its_sort_only():
    creche, pmi = childcare_places()[0], establishments()[0]
    with pytest.raises(TypeError, match="Childcare is not Establishment"):
        _ = creche.establishment
    with pytest.raises(TypeError, match="Establishment is not Professional"):
        _ = pmi.professional
    with pytest.raises(TypeError, match="Establishment is not Childcare"):
        _ = pmi.childcare


def test_the_ways_tell_which_server_lists_a_place():
    for place in childcare_places():
        both = {Way.AGREEMENT, Way.DATA_INCLUSION}
        assert place.ways == (both if place.childcare.type == "EAJE" else {Way.AGREEMENT})
    assert {p.childcare.type for p in childcare_places()} == {"EAJE", "MAM", "AM", "RPE", "LAEP"}
    assert all(p.ways == {Way.ANNUAIRE_SANTE} for p in establishments() + professionals())


def test_what_is_not_listed_and_why():
    for place in establishments():
        details = place.establishment
        expected = details.active and details.addressed and details.sector != "SA07"
        assert place.listed is expected
    organizations = world().by_id
    for person in professionals():
        details = person.professional
        place = organizations[f"annuaire_sante--{details.organization}"]
        inside = details.profession not in {"28", "40"}
        assert person.listed is (inside and details.mode == "L" and details.active and place.establishment.active)
        assert (person.subcategory is not None) is inside


def test_every_sort_of_establishment_and_profession_is_there():
    codes = {p.establishment.category for p in establishments()}
    assert codes == {None, "101", "355", "189", "190", "223", "224", "228", "230", "231"}
    assert {"SA01", "SA07", "SA08", "SA33"} <= {p.establishment.sector for p in establishments()}
    everyone = [p.professional for p in professionals()]
    assert {p.profession for p in everyone} == {"10", "21", "28", "40", "50", "60", "70", "91", "95", "96"}
    assert {p.specialty for p in everyone if p.profession == "10"} == {"SM20", "SM40", "SM54"}
    assert {p.mode for p in everyone} == {"L", "S"}
    assert max(Counter(p.rpps for p in everyone).values()) > 1


def test_faults_of_the_directory_are_there_in_small_numbers():
    details = [p.establishment for p in establishments()]
    for share in (
        [d for d in details if d.old_systems],
        [d for d in details if not d.insee_given],
        [d for d in details if d.copies == 2],
        [d for d in details if not d.active],
        [p for p in professionals() if not p.professional.active],
        [p for p in establishments() if "CEDEX" in p.city],
    ):
        assert 2 <= len(share) < len(details) / 5
    assert any(p.commune.insee == "21231" and p.city == "DIJON CEDEX" for p in establishments())


def test_twins_are_one_place_under_two_spellings():
    pairs = world().twins
    assert len(pairs) >= 40
    same_phone = same_street = 0
    for annuaire, monenfant in pairs:
        one, other = world().by_id[annuaire], world().by_id[monenfant]
        assert (one.source, other.source) == ("annuaire_sante", "monenfant")
        assert one.commune == other.commune
        assert one.postal_code == other.postal_code
        assert one.name != other.name
        assert one.listed
        assert other.ways >= {Way.DATA_INCLUSION}
        same_phone += one.phone == other.phone
        same_street += one.street == other.street
        assert one.phone == other.phone or one.street == other.street
    assert 10 < same_phone < len(pairs)
    assert 10 < same_street < len(pairs)


def test_lookalikes_are_two_places():
    pairs = world().lookalikes
    assert len(pairs) >= 20
    assert not set(pairs) & set(world().twins)
    neighbours = sites = 0
    for ids in pairs:
        one, other = (world().by_id[i] for i in ids)
        if one.commune != other.commune:
            neighbours += 1
            assert one.commune.departement == other.commune.departement == "21"
        else:
            sites += 1
            assert one.establishment.part_of == other.establishment.part_of
            assert one.establishment.finess != other.establishment.finess
    assert neighbours >= 10
    assert sites >= 10


def test_no_other_telephone_is_shared_between_directories():
    twins = set(world().twins)
    by_phone: dict[str, set[tuple[str, str]]] = {}
    for place in world().places:
        if place.phone and not isinstance(place.details, Professional):
            by_phone.setdefault(place.phone, set()).add((place.source, place.id))
    for entries in by_phone.values():
        if len({source for source, _ in entries}) == 2:
            assert tuple(i for _, i in sorted(entries)) in twins


def test_categories_are_those_of_the_hub():
    found = {(p.category, p.subcategory) for p in world().places if p.listed}
    assert (CategoryCode.PMI, SubcategoryCode.CENTRE_PMI) in found
    assert (CategoryCode.RELAIS_PETITE_ENFANCE, None) in found
    assert (CategoryCode.MODE_ACCUEIL, SubcategoryCode.ASSISTANT_MATERNEL) in found
    assert (CategoryCode.SANTE, SubcategoryCode.SAGE_FEMME) in found


def test_a_sandbox_draws_nothing_before_it_is_asked():
    sandbox = Sandbox()
    assert sandbox.world is world()
    assert sandbox.annuaire_sante.app is not Sandbox().annuaire_sante.app
