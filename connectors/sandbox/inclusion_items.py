"""Structures and services as data·inclusion publishes them: crèches of monenfant.fr, and a few others."""

from collections.abc import Iterable
from functools import cache
from random import Random
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import quote

from connectors.gazetteer import Commune
from connectors.sandbox.numbers import Numbers
from connectors.sandbox.places import Place, Way
from connectors.sandbox.wording import fictif, street
from connectors.sandbox.world import world

Item: TypeAlias = dict[str, Any]

SOURCES = (
    ("dora", "DORA", "Service public numérique de recensement de l’offre d’insertion."),
    (
        "monenfant",
        "Monenfant.fr",
        "Service public numérique développé par la Caisse Nationale des Allocations Familiales.",
    ),
    (
        "soliguide",
        "Soliguide",
        "Service numérique de recensement de l’offre d’insertion développé par Solinum.",
    ),
)
"""Slug, name, description of the sources that the sandbox has items of."""

OTHER_SEED = 2000
OTHER_NUMBERS = 50_000
"""Where the numbers of the other sources begin, beyond those of the world's places."""


class Inclusion(NamedTuple):
    """What the API holds: structures by id, services by id, and the commune of each structure."""

    structures: dict[str, Item]
    services: dict[str, Item]
    communes: dict[str, Commune]


@cache
def inclusion() -> Inclusion:
    """The items of the one world, rendered once."""
    found = Inclusion({}, {}, {})
    for place in world().places:
        if Way.DATA_INCLUSION in place.ways:
            _add(found, _creche(place), _childcare_service(place), place.commune)
    for structure, commune in _others():
        _add(found, structure, _service(structure, "Accompagnement à la parentalité", "information"), commune)
    return found


def _add(found: Inclusion, structure: Item, service: Item, commune: Commune) -> None:
    found.structures[structure["id"]] = structure
    found.services[service["id"]] = service
    found.communes[structure["id"]] = commune


def _creche(place: Place) -> Item:
    details = place.childcare
    page = "/".join(quote(part) for part in (place.name, details.type, details.structure_id))
    return _structure(
        source="monenfant",
        id=f"monenfant--{details.structure_id}",
        nom=place.name,
        commune=place.city,
        code_postal=place.postal_code,
        code_insee=place.commune.insee,
        adresse=place.street.text if place.street else None,
        longitude=place.longitude,
        latitude=place.latitude,
        adresse_certifiee=place.latitude is not None,
        telephone=_telephone(place),
        courriel=place.email,
        site_web=place.website,
        description=f"Gestionnaire : {details.operator}" if details.operator else None,
        horaires_accueil=details.hours.osm if details.hours else None,
        accessibilite_lieu="https://acceslibre.example.org/erp/" + details.structure_id if details.handicap else None,
        reseaux_porteurs=["creches-avip"] if details.avip else [],
        lien_source=f"https://monenfant.fr/que-recherchez-vous/{page}",
        date_maj=place.updated_at.date().isoformat(),
    )


def _childcare_service(place: Place) -> Item:
    details = place.childcare
    name = "Garde et accueil des enfants"
    if details.avip:
        name += ", à vocation d’insertion professionnelle"
    service = _service(_creche(place), name, "accompagnement")
    return service | {
        "thematiques": ["famille--garde-denfants"],
        "frais": "payant",
        "frais_precisions": "Participation selon le barème national de la Cnaf.",
        "zone_eligibilite": sorted(c.insee for c in details.served),
    }


def _telephone(place: Place) -> str | None:
    """The same number in one of the ways in which structures write theirs."""
    if place.phone is None:
        return None
    pairs = " ".join(place.phone[i : i + 2] for i in range(0, 10, 2))
    ways = (place.phone, pairs, "+33" + place.phone[1:], pairs.replace(" ", "."))
    return ways[int(place.childcare.structure_id) % len(ways)]


def _others() -> Iterable[tuple[Item, Commune]]:
    """Structures of other sources, one of each in every third commune."""
    random, numbers = Random(OTHER_SEED), Numbers(OTHER_NUMBERS)
    for commune in world().communes[::3]:
        for source in ("dora", "soliguide"):
            siren = numbers.siren()
            name = fictif(f"Association solidaire de {commune.name}", feminine=True)
            yield (
                _structure(
                    source=source,
                    id=f"{source}--{siren}",
                    nom=name,
                    commune=commune.name,
                    code_postal=commune.postal_codes[0],
                    code_insee=commune.insee,
                    adresse=street(random).text,
                    latitude=commune.latitude,
                    longitude=commune.longitude,
                    siret=numbers.siret(siren),
                    telephone=numbers.phone(commune.region),
                    courriel=f"{source}.{siren}@example.org",
                    date_maj="2025-11-03",
                ),
                commune,
            )


def _structure(**known: Any) -> Item:
    """A structure with all the fields of `ListedStructure`, null where nothing is known."""
    empty: Item = {
        "source": None,
        "id": None,
        "nom": None,
        "commune": None,
        "code_postal": None,
        "code_insee": None,
        "adresse": None,
        "complement_adresse": None,
        "longitude": None,
        "latitude": None,
        "adresse_certifiee": False,
        "description": None,
        "siret": None,
        "reseaux_porteurs": [],
        "horaires_accueil": None,
        "accessibilite_lieu": None,
        "telephone": None,
        "courriel": None,
        "site_web": None,
        "lien_source": None,
        "date_maj": None,
        "score_qualite": 0.7,
        "doublons": [],
    }
    return empty | known


ADDRESS = ("commune", "code_postal", "code_insee", "adresse", "complement_adresse", "longitude", "latitude")
CONTACT = ("telephone", "courriel", "horaires_accueil", "lien_source", "date_maj", "adresse_certifiee")


def _service(structure: Item, name: str, kind: str) -> Item:
    """A service with all the fields of `Service`, at the address of its structure."""
    return {
        "source": structure["source"],
        "structure_id": structure["id"],
        "id": structure["id"],
        "nom": fictif(name),
        **{field: structure[field] for field in (*ADDRESS, *CONTACT)},
        "description": "Service fictif, pour les essais.",
        "type": kind,
        "thematiques": ["famille--soutien-a-la-parentalite-et-a-leducation"],
        "frais": "gratuit",
        "frais_precisions": None,
        "publics": ["familles"],
        "publics_precisions": None,
        "conditions_acces": None,
        "contact_nom_prenom": None,
        "modes_accueil": ["en-presentiel"],
        "zone_eligibilite": [structure["code_insee"]],
        "lien_mobilisation": None,
        "modes_mobilisation": ["telephoner"] if structure["telephone"] else None,
        "mobilisable_par": ["usagers", "professionnels"],
        "mobilisation_precisions": None,
        "volume_horaire_hebdomadaire": None,
        "nombre_semaines": None,
        "score_qualite": 0.5,
    }
