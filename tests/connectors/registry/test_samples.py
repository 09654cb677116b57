"""The structures and actions of the seeds: these, only these, and nothing that a seed does not say."""

import re
import sqlite3
from contextlib import closing

import msgspec
import pytest

from connectors.contract import ActionsOf, Everywhere, InCommunes, InDepartement, Kind, Query
from connectors.gazetteer import gazetteer
from connectors.nomenclature import PositionPrecision, PriorityBasis
from connectors.records import ActionRecord, Laureate, StructureRecord
from connectors.registry.seeding import entries

STRUCTURES = {
    "udaf-71",
    "udaf-21",
    "coccinelle-besancon",
    "pep-89",
    "cc-coeur-du-jura",
    "creche-roosevelt-dijon",
    "pouponniere-ahuy",
    "centre-de-perinatalite-amboise",
    "chi-amboise-chateau-renault",
    "cd-37",
    "caf-37",
    "caf-64",
    "cpam-64",
    "centre-social-la-pepiniere-pau",
    "cove",
    "babyland",
    "caf-974",
    "maternite-villeneuve-sur-lot",
}

PRIORITIES = {
    "cercle-des-parents-71": ["PARTAGER_ET_SOUFFLER"],
    "cercles-des-parents-21": ["PARTAGER_ET_SOUFFLER"],
    "partage-besancon": ["PARTAGER_ET_SOUFFLER"],
    "formation-reperage-precoce-89": ["FORMER"],
    "les-papas-aussi-39": ["PERES_SECONDS_PARENTS"],
    "residence-artistique-dijon": ["EVEILLER"],
    "repap-pays-loire-touraine": ["ACCOMPAGNER"],
    "groupes-naissance-64": ["PARTAGER_ET_SOUFFLER"],
    "mary-pau-pin-s": ["PARTAGER_ET_SOUFFLER"],
    "maison-de-la-parentalite-cove": ["ACCOMPAGNER", "ACCUEILLIR"],
    "bebe-bus-974": ["ACCOMPAGNER", "SANTE_ENVIRONNEMENT", "ACCUEILLIR"],
    "sac-villeneuve-sur-lot": ["SANTE_ENVIRONNEMENT"],
}

COMMUNES = {
    "udaf-71": "71076",
    "coccinelle-besancon": "25056",
    "creche-roosevelt-dijon": "21231",
    "pouponniere-ahuy": "21003",
    "centre-de-perinatalite-amboise": "37003",
    "centre-social-la-pepiniere-pau": "64445",
    "maternite-villeneuve-sur-lot": "47323",
}

NAMED = [
    *("Taquet", "Cyrulnik", "Iron", "Bozier", "Palmenty", "Mallet", "Pinon", "Sebatlab", "Vioux", "Manchon"),
    *("Laurent", "Garderes", "Guillaume", "Emo", "Voisin", "Chenet", "Michelier", "Gilles", "Turblin", "Duportail"),
    *("Gibon", "Ambal", "Beijas", "Magali", "Solenne", "Dominique"),
]


@pytest.fixture
async def structures(registry):
    page = await registry.search(Query(where=Everywhere()))
    assert page.after is None
    return {record.key: record for record in page.records}


@pytest.fixture
async def actions(registry):
    page = await registry.search(Query(where=Everywhere(), kind=Kind.ACTION))
    assert page.after is None
    return {record.key: record for record in page.records}


def test_exactly_these(structures, actions):
    assert structures.keys() == STRUCTURES
    assert {key: list(a.priorities) for key, a in actions.items()} == PRIORITIES


def test_no_person_is_named(structures, actions):
    text = msgspec.json.encode([list(structures.values()), list(actions.values())]).decode().casefold()
    words = set(re.findall(r"\w+", text))
    assert words.isdisjoint(name.casefold() for name in NAMED)
    assert "neuro" in words
    assert not any(s.contact or s.identifiers or s.registration or s.updated_at for s in structures.values())


def test_places_are_centroids_of_the_communes_that_the_seeds_name(structures):
    found = {key: s.address.insee for key, s in structures.items() if s.address.insee}
    assert found == COMMUNES
    for key, insee in COMMUNES.items():
        commune = gazetteer().communes[insee]
        position = structures[key].position
        assert (position.latitude, position.longitude) == (commune.latitude, commune.longitude)
        assert position.precision is PositionPrecision.COMMUNE
        assert (structures[key].address.city, structures[key].address.street) == (commune.name, None)
    for key in STRUCTURES - COMMUNES.keys():
        assert structures[key].position is None
        assert structures[key].territory is not None
        assert structures[key].address.departement


def test_the_same_written_differently_is_one(structures, actions):
    assert actions["maison-de-la-parentalite-cove"].title == "Maison de la Parentalité"
    assert actions["maison-de-la-parentalite-cove"].other_titles == ("Maison des Familles",)
    assert actions["mary-pau-pin-s"].title == "Mary Pau Pin’s"
    assert actions["mary-pau-pin-s"].other_titles == ("Mary Pau Pins",)
    chi = structures["chi-amboise-chateau-renault"]
    assert chi.name == "Centre Hospitalier Intercommunal Amboise - Château-Renault"
    assert {"Centre Hospitalier Intercommunal Amboise", "CHI Amboise"} < set(chi.other_names)
    assert structures["cove"].other_names == ("COVE", "CoVe")


def test_what_is_distinct_stays_so(structures, actions):
    assert actions["cercle-des-parents-71"].carrier == "udaf-71"
    assert actions["cercles-des-parents-21"].carrier == "udaf-21"
    assert structures["centre-de-perinatalite-amboise"].name == "Centre de Périnatalité d’Amboise"
    assert actions["residence-artistique-dijon"].places == ("creche-roosevelt-dijon", "pouponniere-ahuy")


def test_who_does_what(actions):
    found = {key: (a.carrier, a.partners, a.places) for key, a in actions.items()}
    assert found["residence-artistique-dijon"][0] is None
    assert found["repap-pays-loire-touraine"] == (
        None,
        ("chi-amboise-chateau-renault", "cd-37", "caf-37"),
        ("centre-de-perinatalite-amboise",),
    )
    assert found["groupes-naissance-64"] == ("caf-64", ("cpam-64",), ())
    assert found["bebe-bus-974"] == ("babyland", ("caf-974",), ())
    assert found["sac-villeneuve-sur-lot"] == (None, (), ("maternite-villeneuve-sur-lot",))
    assert [key for key, a in actions.items() if a.itinerant] == ["bebe-bus-974"]


def test_laureates(actions):
    regional = Laureate("AAP_1000_PREMIERS_JOURS", "Bourgogne-Franche-Comté")
    assert {key for key, a in actions.items() if a.laureates == (regional,)} == {
        "cercle-des-parents-71",
        "partage-besancon",
        "formation-reperage-precoce-89",
        "les-papas-aussi-39",
        "residence-artistique-dijon",
    }
    calls = {key: {won.call for won in a.laureates} for key, a in actions.items()}
    assert calls["maison-de-la-parentalite-cove"] == {
        "AAP_1000_PREMIERS_JOURS",
        "AMI_ACCUEIL_POUR_TOUS",
        "ENFANCE_EGALITE",
    }
    assert calls["bebe-bus-974"] == {"AMI_ACCUEIL_POUR_TOUS", "ENFANCE_EGALITE"}
    assert calls["cercles-des-parents-21"] == set()
    assert all(won.axes == () for a in actions.values() for won in a.laureates)


def test_priorities_come_from_actions_carried_or_hosted(structures):
    bases = {p.basis for s in structures.values() for p in s.priorities}
    assert bases == {PriorityBasis.BY_ACTION}
    (eveiller,) = structures["creche-roosevelt-dijon"].priorities
    assert (eveiller.code, eveiller.action) == ("EVEILLER", "residence-artistique-dijon")
    assert [p.code for p in structures["cove"].priorities] == ["ACCOMPAGNER", "ACCUEILLIR"]
    assert structures["cpam-64"].priorities == ()  # a partner


def test_programmes(structures):
    taking_part = {p.programme: set() for s in structures.values() for p in s.programmes}
    for key, s in structures.items():
        for p in s.programmes:
            assert p.statement
            taking_part[p.programme].add(key)
    assert taking_part == {
        "SAC_1000_PREMIERS_JOURS": {"maternite-villeneuve-sur-lot"},
        "REPAP": {"centre-de-perinatalite-amboise", "chi-amboise-chateau-renault", "cd-37", "caf-37"},
    }


def test_subcategories(structures):
    found = {key: s.subcategory for key, s in structures.items() if s.subcategory}
    assert found == {
        "udaf-71": "UDAF",
        "udaf-21": "UDAF",
        "creche-roosevelt-dijon": "CRECHE",
        "pouponniere-ahuy": "POUPONNIERE",
        "chi-amboise-chateau-renault": "HOPITAL",
        "caf-37": "CAF",
        "caf-64": "CAF",
        "caf-974": "CAF",
        "maternite-villeneuve-sur-lot": "MATERNITE",
    }


async def test_found_by_place(registry):
    async def keys(where, kind):
        return {record.key for record in (await registry.search(Query(where=where, kind=kind))).records}

    dijon = InCommunes((gazetteer().communes["21231"],))
    assert await keys(dijon, Kind.STRUCTURE) == {"creche-roosevelt-dijon"}
    assert await keys(dijon, Kind.ACTION) == {"residence-artistique-dijon"}
    assert await keys(InDepartement("21"), Kind.STRUCTURE) == {
        "creche-roosevelt-dijon",
        "pouponniere-ahuy",
        "udaf-21",
    }
    assert await keys(InDepartement("39"), Kind.ACTION) == {"les-papas-aussi-39", "cercles-des-parents-21"}
    assert await keys(InDepartement("84"), Kind.STRUCTURE) == {"cove"}
    assert await keys(InDepartement("974"), Kind.ACTION) == {"bebe-bus-974"}
    assert await keys(ActionsOf(("cove", "babyland")), Kind.ACTION) == {
        "maison-de-la-parentalite-cove",
        "bebe-bus-974",
    }


@pytest.mark.parametrize(("name", "of"), [("structures", StructureRecord), ("actions", ActionRecord)])
def test_each_entry_says_what_it_rests_on(name, of):
    fields = {field.name for field in msgspec.structs.fields(of)}
    for entry in entries(name):
        assert entry.record.keys() < fields
        assert entry.seeds
        assert set(entry.seeds) <= {"000", "001", "004"}
        assert "«" in entry.reading


def test_the_seeds_are_kept_in_the_database(registry, path):
    with closing(sqlite3.connect(path)) as connection:
        found = dict(connection.execute("SELECT key, seeds FROM structure UNION ALL SELECT key, seeds FROM action"))
    assert found["cove"] == '["000","001"]'
    assert found["les-papas-aussi-39"] == '["004"]'
    assert "[]" not in found.values()
