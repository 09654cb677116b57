"""Health professionals of the Annuaire Santé: a person, and a role at each place of practice."""

from typing import NamedTuple

from connectors.gazetteer import Commune
from connectors.nomenclature import CategoryCode, StructureKind, SubcategoryCode
from connectors.sandbox.draft import Draft
from connectors.sandbox.health import ALONE, GROUP, PHARMACY, PMI, SOURCE, WAYS, add_practice, count
from connectors.sandbox.places import Place, Professional
from connectors.sandbox.wording import FAMILY_NAMES, GIVEN_NAMES, fictif

PROFESSIONS = {
    "10": SubcategoryCode.MEDECIN,
    "21": SubcategoryCode.PHARMACIEN,
    "50": SubcategoryCode.SAGE_FEMME,
    "60": SubcategoryCode.INFIRMIER,
    "70": SubcategoryCode.KINE,
    "91": SubcategoryCode.ORTHOPHONISTE,
    "95": SubcategoryCode.DIETETICIEN,
    "96": SubcategoryCode.PSYCHOMOTRICIEN,
}
"""TRE_G15 code of a profession of the hub's perimeter -> subcategory."""

LIBERAL, SALARIED = "L", "S"
CABINET_PROFESSIONS = {"10": 26, "50": 22, "60": 18, "70": 14, "91": 8, "95": 4, "96": 4, "40": 3, "28": 1}
"""TRE_G15 code -> weight among those in cabinets; 40 (dentists) and 28 (opticians) are outside."""
PUBLIC_PROFESSIONS = {"50": 8, "10": 5, "60": 5, "96": 2}
SPECIALTIES = {"SM54": 6, "SM20": 2, "SM40": 2}
"""TRE_R38 code -> weight among doctors: general practice, gynaecology and obstetrics, paediatrics."""


class Person(NamedTuple):
    """Somebody before a place of practice is known."""

    practitioner_id: str
    rpps: str
    given: str
    family: str
    prefix: str
    profession: str
    specialty: str | None
    active: bool
    old_systems: bool


def draw_people(draft: Draft, commune: Commune, establishments: list[Place]) -> None:
    """Draw who practises in a commune: alone, in group cabinets and pharmacies, in public services."""
    cabinets = [p for p in establishments if p.establishment.sector == GROUP.r02]
    for _ in range(count(ALONE, commune)):
        person = _person(draft, CABINET_PROFESSIONS)
        practice = add_practice(draft, commune, person.family, person.rpps)
        add_role(draft, person, practice, LIBERAL)
        if cabinets and draft.chance(0.1):
            add_role(draft, person, draft.random.choice(cabinets), LIBERAL)
    for place in establishments:
        if not place.establishment.active or not place.establishment.addressed:
            continue
        if place.establishment.sector == PHARMACY.r02:
            for _ in range(draft.random.randint(1, 2)):
                add_role(draft, _person(draft, {"21": 1}), place, LIBERAL)
        elif place.establishment.sector == GROUP.r02:
            for _ in range(draft.random.randint(2, 4)):
                add_role(draft, _person(draft, CABINET_PROFESSIONS), place, LIBERAL)
        elif place.establishment.category in {PMI.r66, "355", "101"}:
            _draw_salaried(draft, place, cabinets)


def _draw_salaried(draft: Draft, place: Place, cabinets: list[Place]) -> None:
    for _ in range(draft.random.randint(3, 5)):
        person = _person(draft, PUBLIC_PROFESSIONS)
        add_role(draft, person, place, SALARIED)
        if cabinets and draft.chance(0.15):
            add_role(draft, person, draft.random.choice(cabinets), LIBERAL)


def _person(draft: Draft, professions: dict[str, int]) -> Person:
    random = draft.random
    profession = random.choices(list(professions), list(professions.values()))[0]
    specialties = random.choices(list(SPECIALTIES), list(SPECIALTIES.values()))
    return Person(
        practitioner_id=draft.numbers.technical_id("003"),
        rpps=draft.numbers.rpps(),
        given=random.choice(GIVEN_NAMES),
        family=random.choice(FAMILY_NAMES).upper(),
        prefix=random.choice(("M", "MME")),
        profession=profession,
        specialty=specialties[0] if profession == "10" else None,
        active=draft.chance(0.985),
        old_systems=draft.chance(0.08),
    )


def add_role(draft: Draft, person: Person, place: Place, mode: str) -> Place:
    """Draw the role of a person at a place."""
    details = Professional(
        practitioner_id=person.practitioner_id,
        role_id=draft.numbers.technical_id("005"),
        role_number=f"99{draft.random.randrange(10**8):08}",
        organization_id=place.establishment.technical_id,
        organization=place.key,
        rpps=person.rpps,
        given=person.given,
        family=fictif(person.family),
        prefix=person.prefix,
        profession=person.profession,
        specialty=person.specialty,
        mode=mode,
        active=person.active,
        old_systems=person.old_systems,
    )
    known = person.profession in PROFESSIONS
    return draft.add(
        Place(
            source=SOURCE,
            key=f"rpps-{person.rpps}.{place.key}",
            name=f"{details.given} {details.family}",
            kind=StructureKind.INDEPENDENT if mode == LIBERAL else StructureKind.SALARIED,
            category=CategoryCode.SANTE,
            subcategory=PROFESSIONS.get(person.profession),
            commune=place.commune,
            postal_code=place.postal_code,
            city=place.city,
            street=place.street,
            phone=place.phone,
            email=place.email,
            updated_at=draft.moment(),
            details=details,
            ways=WAYS,
            listed=known and mode == LIBERAL and person.active and place.establishment.active,
        )
    )
