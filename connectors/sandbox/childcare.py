"""Places of monenfant.fr: crèches (EAJE), MAM, assistants maternels (AM), relais petite enfance, LAEP."""

from datetime import date, timedelta
from itertools import product
from math import cos, pi, radians, sin, sqrt
from typing import NamedTuple

from connectors.gazetteer import METRES_PER_DEGREE, Commune
from connectors.nomenclature import CategoryCode, StructureKind, SubcategoryCode
from connectors.sandbox.draft import Draft, postal_code
from connectors.sandbox.places import Childcare, Hours, Place, Street, Way
from connectors.sandbox.wording import (
    CHILDCARE_NAMES,
    CRECHE_TYPES,
    FAMILY_NAMES,
    GIVEN_NAMES,
    QUARTERS,
    fictif,
    slug,
    street,
)

SOURCE = "monenfant"

SPREAD = 0.4
"""Exact points lie within this share of the commune's reach from its centroid."""

HOURS = (
    Hours((("07:30", "18:30"),)),
    Hours((("08:00", "18:00"),)),
    Hours((("07:00", "19:00"),)),
    Hours((("08:30", "12:00"), ("13:30", "17:30"))),
)
CLOSURES = ((), ("aout",), ("noel_nouvel_an",), ("aout", "noel_nouvel_an"), ("juillet", "aout"), ("jamais",))
FIRST_PLACE = date(2026, 9, 1)


class Nature(NamedTuple):
    """What a type of monenfant.fr is for the hub, and the servers that list it."""

    category: CategoryCode
    subcategory: SubcategoryCode | None
    ways: frozenset[Way]


BY_AGREEMENT = frozenset({Way.AGREEMENT})
NATURES = {
    "EAJE": Nature(CategoryCode.MODE_ACCUEIL, SubcategoryCode.CRECHE, frozenset({Way.AGREEMENT, Way.DATA_INCLUSION})),
    "MAM": Nature(CategoryCode.MODE_ACCUEIL, SubcategoryCode.MAM, BY_AGREEMENT),
    "AM": Nature(CategoryCode.MODE_ACCUEIL, SubcategoryCode.ASSISTANT_MATERNEL, BY_AGREEMENT),
    "RPE": Nature(CategoryCode.RELAIS_PETITE_ENFANCE, None, BY_AGREEMENT),
    "LAEP": Nature(CategoryCode.LAEP, None, BY_AGREEMENT),
}
"""Type -> its nature. data·inclusion takes in the crèches only."""


def key_of(type_code: str, structure_id: str) -> str:
    """The key of a record: the id for a crèche, with its type before it for the others ("am-99900007919")."""
    return structure_id if type_code == "EAJE" else f"{type_code.lower()}-{structure_id}"


def draw_childcare(draft: Draft, commune: Commune) -> None:
    """Draw the childcare places of a commune, about as many as its population calls for."""
    thousands = commune.population / 1000
    names = list(product(CRECHE_TYPES, CHILDCARE_NAMES))
    draft.random.shuffle(names)
    for kind, name in names[: 6 + int(0.22 * thousands)]:
        add_structure(draft, commune, "EAJE", fictif(f"{kind} {name}", feminine=kind != "Multi-accueil"))
    for name in draft.random.sample(CHILDCARE_NAMES, 1 + int(0.02 * thousands)):
        add_structure(draft, commune, "MAM", fictif(f"MAM {name}", feminine=True))
    for _ in range(5 + int(0.18 * thousands)):
        _add_person(draft, commune)
    for quarter in draft.random.sample(QUARTERS, 1 + int(thousands // 80)):
        add_structure(draft, commune, "RPE", fictif(f"Relais petite enfance {quarter}"))
    for quarter in draft.random.sample(QUARTERS, 1 + int(thousands // 80)):
        add_structure(draft, commune, "LAEP", fictif(f"Lieu d'accueil enfants-parents {quarter}"))


def add_structure(
    draft: Draft,
    commune: Commune,
    type_code: str,
    name: str,
    *,
    at: Street | None = None,
    phone: str | None = None,
) -> Place:
    """Draw one childcare structure; `at` and `phone` are drawn where they are not given."""
    random = draft.random
    details = Childcare(
        type=type_code,
        structure_id=draft.numbers.structure_id(),
        operator=random.choice(("Commune", "Association", "CCAS", "Mutualité", None)),
        has_places=random.choice((True, False, None)) if type_code in {"EAJE", "MAM"} else None,
        available_from=_day_of_place(draft),
        avip=draft.chance(0.1),
        hours=random.choice(HOURS) if draft.chance(0.9) else None,
        closures=random.choice(CLOSURES),
        served=(commune,),
        handicap="Accueil des enfants en situation de handicap étudié avec la famille." if draft.chance(0.3) else None,
    )
    point = _point(draft, commune) if type_code == "EAJE" and draft.chance(0.96) else (None, None)
    return _add(
        draft,
        commune,
        name,
        details,
        at=at or street(random),
        phone=phone or (draft.phone(commune) if draft.chance(0.88) else None),
        point=point,
    )


def _add_person(draft: Draft, commune: Commune) -> None:
    """Draw one assistant maternel: a person, whose address is a home."""
    random = draft.random
    given = random.choice(GIVEN_NAMES)
    details = Childcare(
        type="AM",
        structure_id=draft.numbers.structure_id(),
        firstname=given,
        has_places=random.choice((True, False, None)),
        available_from=_day_of_place(draft),
        served=(commune,),
    )
    name = f"{given} {fictif(random.choice(FAMILY_NAMES))}"
    _add(draft, commune, name, details, at=street(random), phone=draft.phone(commune, mobile=True))


def _add(
    draft: Draft,
    commune: Commune,
    name: str,
    details: Childcare,
    *,
    at: Street,
    phone: str | None,
    point: tuple[float | None, float | None] = (None, None),
) -> Place:
    nature = NATURES[details.type]
    home = details.type == "AM"
    return draft.add(
        Place(
            source=SOURCE,
            key=key_of(details.type, details.structure_id),
            name=name,
            kind=StructureKind.INDEPENDENT if home else StructureKind.ESTABLISHMENT,
            category=nature.category,
            subcategory=nature.subcategory,
            commune=commune,
            postal_code=postal_code(commune, at),
            city=_city(commune),
            street=at,
            latitude=point[0],
            longitude=point[1],
            phone=phone,
            email=f"{slug(name)}.{commune.insee.lower()}@example.org" if draft.chance(0.7) else None,
            website=f"https://example.org/{slug(name)}" if not home and draft.chance(0.3) else None,
            updated_at=draft.day(),
            details=details,
            ways=nature.ways,
        )
    )


def _day_of_place(draft: Draft) -> date | None:
    return FIRST_PLACE + timedelta(days=draft.random.randrange(150)) if draft.chance(0.4) else None


def _city(commune: Commune) -> str:
    """The city's name; of an arrondissement, that of its city ("Paris 11e Arrondissement" -> "Paris")."""
    return commune.name.split(" ")[0] if commune.parent else commune.name


def _point(draft: Draft, commune: Commune) -> tuple[float, float]:
    """A point well inside the commune's reach, drawn evenly over a disc."""
    south, west = commune.latitude or 0.0, commune.longitude or 0.0
    radius = SPREAD * commune.reach_km * 1000 * sqrt(draft.random.random()) / METRES_PER_DEGREE
    angle = 2 * pi * draft.random.random()
    latitude = south + radius * sin(angle)
    return round(latitude, 6), round(west + radius * cos(angle) / cos(radians(latitude)), 6)
