"""The fictitious registrations of the sandbox: they refer to what the directories list."""

from collections import Counter

from connectors.nomenclature import CategoryCode, PriorityBasis, PriorityCode, StructureKind, SubcategoryCode
from connectors.records import StructureRecord
from connectors.sandbox import Establishment, Professional, Way, actions, registrations, world

PUBLIC = {SubcategoryCode.CENTRE_PMI, SubcategoryCode.CONSULTATION_PRE_POSTNATALE, SubcategoryCode.HOPITAL}


def declares(record: StructureRecord, code: PriorityCode) -> bool:
    return any(p.code is code and p.basis is PriorityBasis.DECLARED for p in record.priorities)


def test_there_are_enough_of_them_with_keys_of_their_own():
    keys = [r.key for r in registrations()]
    assert len(keys) >= 60
    assert keys == [f"r{rank:04}" for rank in range(1, len(keys) + 1)]
    assert {r.source for r in registrations()} == {"registry_sandbox"}


def test_they_say_which_listed_entry_they_are():
    for record in registrations():
        for target in record.same_as:
            place = world().by_id[target]
            assert place.listed
            assert place.ways != {Way.AGREEMENT}
            assert (record.kind, record.category, record.subcategory) == (
                place.kind,
                place.category,
                place.subcategory,
            )
            assert record.address.insee == place.commune.insee
            assert record.kind in {StructureKind.ESTABLISHMENT, StructureKind.INDEPENDENT}
    targets = [t for r in registrations() for t in r.same_as]
    assert len(set(targets)) == len(targets)


def test_spellings_differ_and_stay_marked():
    linked = [r for r in registrations() if r.same_as]
    assert all(r.name.endswith(("(fictif)", "(fictive)")) for r in registrations())
    different = sum(r.name != world().by_id[r.same_as[0]].name for r in linked)
    assert len(linked) / 4 < different < len(linked)


def test_dijon_awakens_across_the_directories():
    found = Counter()
    for record in registrations():
        if record.address.insee == "21231" and record.same_as and declares(record, PriorityCode.EVEILLER):
            details = world().by_id[record.same_as[0]].details
            found["creche"] += record.subcategory is SubcategoryCode.CRECHE
            found["public"] += isinstance(details, Establishment) and record.subcategory in PUBLIC
            found["professional"] += isinstance(details, Professional)
    assert found["creche"] >= 4
    assert found["public"] >= 2
    assert found["professional"] >= 3


def test_in_every_commune_each_directory_has_an_entry_that_declares_eveiller():
    found = {
        (r.address.insee, target.split("--")[0])
        for r in registrations()
        if declares(r, PriorityCode.EVEILLER)
        for target in r.same_as
    }
    for commune in world().communes:
        assert (commune.insee, "monenfant") in found
        assert (commune.insee, "annuaire_sante") in found


def test_priorities_are_varied_and_in_their_official_order():
    order = list(PriorityCode)
    for record in registrations():
        ranks = [order.index(p.code) for p in record.priorities]
        assert ranks
        assert ranks == sorted(set(ranks))
    assert {p.code for r in registrations() for p in r.priorities} == set(PriorityCode)


def test_some_are_in_no_directory():
    outside = [r for r in registrations() if not r.same_as]
    assert {r.category for r in outside} == {CategoryCode.CULTURE, CategoryCode.LAEP, CategoryCode.CENTRE_SOCIAL}
    assert all(r.position is not None for r in outside)


def test_a_registration_says_why_and_when():
    for record in registrations():
        assert record.registration.situations
        assert record.registration.validated_on is not None
        if record.contact and record.contact.phone:
            assert record.contact.phone.startswith("+33")


def test_actions_are_carried_by_registrations():
    keys = {r.key for r in registrations()}
    assert len(actions()) >= 5
    for action in actions():
        assert action.title.endswith("(fictif)")
        assert action.source == "registry_sandbox"
        assert action.carrier in keys
        assert action.places == (action.carrier,)
        assert action.priorities
        assert action.communes == (action.territory.code,)
    assert len({a.key for a in actions()}) == len(actions())
    assert {a.itinerant for a in actions()} == {True, False}
