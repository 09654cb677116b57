"""Comparing descriptions: symmetric, within range, unshaken by any text, and blind to how a name is written."""

from math import isnan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.nomenclature import CategoryCode, PositionPrecision, StructureKind
from connectors.records import Address, Contact, Position, StructureRecord
from resolvers.identity.comparison import GROUPS, PARTS, compare
from resolvers.identity.description import Description, of_record, read
from resolvers.identity.rarity import Rarity
from resolvers.identity.scorer import probability, score
from resolvers.identity.wording import numbers, subject, words

texts = st.text(max_size=30) | st.sampled_from(
    ["Crèche Les Lilas", "CRECHE LILAS (fictive)", "12 bis R DE LA GARE", "@", "le", "#1", "²"]
)
maybe = st.none() | texts
descriptions = st.builds(
    Description,
    name=texts,
    other_names=st.lists(texts, max_size=5).map(tuple),
    phone=maybe | st.sampled_from(["+33199001234", "01 99 00 12 34"]),
    street=maybe,
    postal_code=maybe | st.sampled_from(["01000", "1000"]),
    city=maybe,
    insee=st.none() | st.sampled_from(["21231", "21617"]),
    departement=st.none() | st.sampled_from(["21", "71"]),
    latitude=st.none() | st.floats(-90, 90),
    longitude=st.none() | st.floats(-180, 180),
    category=st.none() | st.sampled_from(["SANTE", "PMI"]),
    subcategory=st.none() | st.sampled_from(["CRECHE", "MAM"]),
    person=st.none() | st.booleans(),
)


@given(descriptions, descriptions)
@settings(max_examples=400)
def test_a_comparison_is_symmetric_and_within_range(a, b):
    rarity = Rarity([read(a), read(b)])
    one, other = compare(a, b, rarity), compare(b, a, rarity)
    assert repr(one.values) == repr(other.values)
    assert len(one.values) == len(PARTS)
    assert all(isnan(value) or 0 <= value <= 1 for value in one.values)
    assert 0 <= probability(one) <= 1


@given(descriptions, descriptions)
@settings(max_examples=100)
def test_a_score_is_explained_to_the_end(a, b):
    comparison = compare(a, b)
    explained = score(comparison)
    assert explained.probability == pytest.approx(probability(comparison))
    assert {part.name for part in explained.parts} == set(GROUPS)
    sizes = [abs(part.contribution) for part in explained.parts]
    assert sizes == sorted(sizes, reverse=True)


def test_what_is_not_said_is_missing():
    comparison = compare(Description(name="A"), Description(name="A"))
    for part in ("near", "phone", "number", "street", "postal_code", "city", "category", "kind", "ahead_least"):
        assert comparison[part] is None
    assert comparison["grounds"] == 0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("MULTI ACCUEIL ST ELOI DU CH (fictif)", "Multi-accueil Saint-Éloi du centre hospitalier"),
        ("Mary Pau Pin’s", "Mary Pau Pins"),
        ("Maison de la Parentalité de la CoVe", "Maison des Familles de la CoVe"),
        ("RPE du Lac", "Relais petite enfance du Lac"),
        ("SARL Les Lilas", "les lilas"),
        ("Maison d'assistantes maternelles Les Lutins", "MAM Les Lutins"),
    ],
)
def test_one_name_under_two_spellings(one, other):
    assert compare(Description(name=one), Description(name=other))["name"] == 1


def test_a_name_of_one_part_of_a_place_is_told():
    whole, north, south = (Description(name=f"Hôpital Saint-Roch{which}") for which in ("", " site Nord", " site Sud"))
    assert compare(whole, north)["without_parts"] < compare(whole, whole)["without_parts"] == 1
    assert compare(north, south)["same_part"] == 0
    assert compare(whole, north)["same_part"] == 1


def test_words_of_names_and_addresses():
    assert words("R. de l’Église") == ("r", "eglise")
    assert words("Le") == ("le",)
    assert words("") == ()
    assert subject("Canteen @ Queen of Peace") == ("canteen",)
    assert subject("@ Home") == ("home",)
    assert numbers("10-14 Polwarth Gardens #02-05, 750000") == {10, 14}


def test_the_rarest_words_weigh_most():
    rarity = Rarity([read(Description(name=name)) for name in ("Crèche Les Lilas", "Crèche Farandole", "Crèche Lune")])
    assert rarity.of("creche") == 0 < rarity.of("lilas") < rarity.of("unheard")
    assert rarity.bearers("creche lune") == 1
    assert Rarity().of("anything") == 1


def at(name: str, street: str, postal_code: str = "21000", latitude: float = 47.0) -> Description:
    return Description(name=name, street=street, postal_code=postal_code, latitude=latitude, longitude=5.0)


def test_a_word_of_the_neighbourhood_tells_less_than_the_same_word_elsewhere():
    quarter = [at("Crèche du Lac", "1 rue du Lac"), at("Café du Lac", "2 rue du Lac"), at("Lune", "4 rue du Lac")]
    elsewhere = [at("Lac", "1 rue Haute", latitude=48.0), at("Autre", "1 rue Haute", latitude=48.0)]
    rarity = Rarity(read(description) for description in (*quarter, *elsewhere))
    of_the_quarter, of_its_own = compare(*quarter[:2], rarity), compare(elsewhere[0], elsewhere[0], rarity)
    assert of_the_quarter["rarest_shared_here"] == 0 < of_its_own["rarest_shared_here"]
    assert of_the_quarter["rarest_shared_no_address"] == 0 < of_its_own["rarest_shared_no_address"]
    assert of_the_quarter["shared_no_street"] == 0.5
    assert compare(elsewhere[0], quarter[2], rarity)["rarest_shared_here"] == 0
    assert compare(elsewhere[0], elsewhere[1], rarity)["shared_no_street"] is None
    assert compare(*quarter[:2])["shared_no_street"] is None


def test_a_door_tells_the_more_the_fewer_are_behind_it():
    house, mall = "3 rue du Lac", "7 rue Haute"
    rarity = Rarity(read(at(f"Lieu {n}", street)) for n, street in enumerate((house, house, *[mall] * 6)))
    alone, among_many = (compare(at("A", street), at("B", street), rarity)["door"] for street in (house, mall))
    assert alone == 1 > among_many > 0
    assert compare(at("A", house), at("B", mall), rarity)["door"] == 0
    assert compare(at("A", house), Description(name="B"), rarity)["door"] is None


def test_a_postal_code_tells_the_more_the_fewer_have_it():
    codes = ["21000"] * 40 + ["71100", "71100", "71200"]
    rarity = Rarity(read(at("Lieu", "", code)) for code in codes)

    def compared(one: str, other: str) -> float | None:
        return compare(at("A", "", one), at("B", "", other), rarity)["postal_code"]

    assert compared("71100", "71100") > compared("71100", "71200") > compared("21000", "71100") == 0
    assert compared("21000", "21000") is None
    assert compared("21000", "99999") == 0
    assert compare(at("A", "", "21000"), at("B", "", "21000"))["postal_code"] is None


def record(position: Position | None) -> StructureRecord:
    return StructureRecord(
        source="monenfant",
        key="1",
        name="Crèche",
        kind=StructureKind.ESTABLISHMENT,
        category=CategoryCode.MODE_ACCUEIL,
        address=Address(street="1 rue du Lac", postal_code="21000", city="Dijon", insee="21231", departement="21"),
        contact=Contact(phone="+33199001234"),
        position=position,
    )


def test_what_a_record_says_of_its_place():
    exact = of_record(record(Position(47.0, 5.0)))
    assert (exact.latitude, exact.longitude, exact.street, exact.phone) == (47.0, 5.0, "1 rue du Lac", "+33199001234")
    assert (exact.insee, exact.departement, exact.person, exact.category) == ("21231", "21", False, "MODE_ACCUEIL")
    assert of_record(record(Position(47.0, 5.0, PositionPrecision.COMMUNE))).latitude is None
    assert of_record(record(None)).latitude is None


def test_a_position_is_compared_by_its_distance():
    here, there = (Description(name="A", latitude=47.0 + d, longitude=5.0) for d in (0.0, 100 / 111_195))
    assert compare(here, here)["near"] == 1
    assert compare(here, there)["near"] == pytest.approx(0.5, abs=0.001)
