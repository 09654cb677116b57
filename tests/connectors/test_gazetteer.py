"""The embedded gazetteer: complete, and never missing a commune that a place may touch."""

import random
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.gazetteer import Commune, Gazetteer, city_key, distance_m, fold, gazetteer

G = gazetteer()


def test_it_has_all_of_france() -> None:
    assert len(G.communes) == 35_014
    assert len(G.departements) == 109
    assert len(G.regions) == 26
    assert {c.departement for c in G.communes.values()} <= set(G.departements)
    assert {c.region for c in G.communes.values()} <= set(G.regions)


@pytest.mark.parametrize(
    ("insee", "name", "postal_code"),
    [
        ("21231", "Dijon", "21000"), ("75111", "Paris 11e Arrondissement", "75011"), ("2A004", "Ajaccio", "20000"),
        ("97411", "Saint-Denis", "97400"), ("47323", "Villeneuve-sur-Lot", "47300"),
    ],
)  # fmt: skip
def test_some_communes(insee: str, name: str, postal_code: str) -> None:
    commune = G.communes[insee]
    assert commune.name == name
    assert postal_code in commune.postal_codes
    assert commune in G.by_postal_code(postal_code)
    assert commune in G.by_departement(commune.departement)
    assert G.locate(postal_code, name.upper().replace("-", " ")) == commune


def test_arrondissements_belong_to_their_cities() -> None:
    for city, number in (("75056", 20), ("69123", 9), ("13055", 16)):
        whole = G.with_arrondissements(G.communes[city])
        assert whole[0].insee == city
        assert len(whole) == number + 1
    assert G.with_arrondissements(G.communes["21231"]) == (G.communes["21231"],)


def test_regions_hold_their_departements() -> None:
    assert {d.code for d in G.departements_of("27")} == {"21", "25", "39", "58", "70", "71", "89", "90"}
    assert G.departements_of("00") == ()


@pytest.mark.parametrize(
    ("postal_code", "city", "insee"),
    [
        ("21000", "DIJON", "21231"),
        ("21000", "Dijon Cedex 9", "21231"),
        ("21079", "DIJON CEDEX", "21231"),
        ("97405", "ST DENIS CEDEX", "97411"),
        ("54511", "VANDOEUVRE LES NANCY CEDEX", "54547"),
        ("75011", "PARIS", "75111"),
        ("75011", "75011 PARIS", "75111"),
        ("75011", None, "75111"),
        ("69003", "LYON 3E ARRONDISSEMENT", "69383"),
        ("20000", "AJACCIO", "2A004"),
        ("20090", "Ajaccio", "2A004"),
        ("01400", "Elsewhere", None),
        ("21999", "Besançon Cedex", None),
        (None, "Dijon", None),
        (None, None, None),
        ("99999", None, None),
    ],
)
def test_places_as_directories_write_them(postal_code: str | None, city: str | None, insee: str | None) -> None:
    found = G.locate(postal_code, city)
    assert (found.insee if found else None) == insee


def test_every_commune_is_found_by_its_own_name_and_code_or_left_in_doubt() -> None:
    wrong = lost = 0
    for commune in G.communes.values():
        for code in commune.postal_codes:
            found = G.locate(code, commune.name)
            wrong += found is not None and found != commune and found.parent != commune.insee
            lost += found is None
    assert wrong == 0
    assert lost < 100


@given(st.floats(-22, 51.5), st.floats(-62, 56), st.floats(1, 100_000))
@settings(max_examples=200)
def test_circles_never_miss_a_commune(latitude: float, longitude: float, radius: float) -> None:
    found = {c.insee for c in G.near(latitude, longitude, radius)}

    for commune in SOME:
        away = distance_m(latitude, longitude, commune.latitude, commune.longitude)
        assert (commune.insee in found) is (away <= radius + commune.reach_km * 1000), commune


SOME = random.Random(0).sample([c for c in G.communes.values() if c.latitude is not None], 1500)


@given(st.floats(-22, 51.5), st.floats(-62, 56), st.floats(0, 3), st.floats(0, 3))
@settings(max_examples=200)
def test_boxes_never_miss_a_centroid_within(south: float, west: float, height: float, width: float) -> None:
    found = {c.insee for c in G.within(south, west, south + height, west + width)}

    for commune in SOME:
        if south <= commune.latitude <= south + height and west <= commune.longitude <= west + width:
            assert commune.insee in found


def test_the_whole_world_is_every_commune_with_a_place() -> None:
    placed = sum(c.latitude is not None for c in G.communes.values())
    assert len(G.within(-90, -180, 90, 180)) == placed
    assert len(G.near(0, 0, 21_000_000)) == placed


def test_a_commune_without_an_outline_is_in_no_circle() -> None:
    adrift = Commune(insee="98818", name="Nouméa", departement="988", region="988", postal_codes=())
    small = Gazetteer([adrift], [], [])
    assert small.within(-90, -180, 90, 180) == ()
    assert small.near(0, 0, 21_000_000) == ()


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("L’Haÿ-les-Roses", "l hay les roses"), ("Œuvre", "oeuvre"), ("ÇA  va ?", "ca va"), ("", ""), ("№ 5", "no 5"),
        ("Lætitia", "laetitia"), ("ＦＵＬＬ", "full"),
    ],
)  # fmt: skip
def test_folding(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text(max_size=40))
def test_folding_is_stable(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold(text) == fold(text).strip()


@pytest.mark.parametrize(
    ("one", "other"),
    [("ST DENIS CEDEX 9", "Saint-Denis"), ("Ste Marie", "SAINTE-MARIE"), ("L'ISLE D'ABEAU", "L Isle d’Abeau")],
)
def test_city_keys(one: str, other: str) -> None:
    assert city_key(one) == city_key(other)


def test_distances() -> None:
    # one degree of a meridian, and half the Earth's circumference
    assert distance_m(47, 5, 48, 5) == pytest.approx(111_195, abs=1)
    assert distance_m(0, 0, 0, 180) == pytest.approx(20_015_114, abs=1)
    assert distance_m(47, 5, 47, 5) == 0


@given(text=st.text(st.characters(), max_size=40))
def test_folding_is_what_its_definition_says(text: str) -> None:
    spelt = text.casefold().replace("œ", "oe").replace("æ", "ae")
    decomposed = unicodedata.normalize("NFKD", spelt).casefold()
    kept = "".join(c if c.isalnum() else " " for c in decomposed if not unicodedata.combining(c))

    assert fold(text) == " ".join(kept.split())
