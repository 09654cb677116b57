"""Establishments of the Annuaire Santé: hospitals, PMI, consultations, CAMSP, pharmacies, cabinets."""

from typing import NamedTuple

from connectors.gazetteer import Commune, gazetteer
from connectors.nomenclature import CategoryCode, StructureKind, SubcategoryCode
from connectors.sandbox.draft import Draft, postal_code
from connectors.sandbox.places import Establishment, Place, Street, Way
from connectors.sandbox.wording import (
    FAMILY_NAMES,
    PATRONS,
    QUARTERS,
    fictif,
    post_city,
    shout,
    slug,
    street,
)

SOURCE = "annuaire_sante"
WAYS = frozenset({Way.ANNUAIRE_SANTE})


class Sort(NamedTuple):
    """A sort of establishment: TRE_R66 and TRE_R02 codes, what it is for the hub, its words.

    A commune has `base` of them and `per_thousand` more for each thousand inhabitants.
    """

    r66: str | None
    r02: str | None
    category: CategoryCode
    subcategory: SubcategoryCode
    words: str
    base: int
    per_thousand: float


HOSPITAL = Sort("355", "SA01", CategoryCode.SANTE, SubcategoryCode.HOPITAL, "Centre hospitalier {patron}", 1, 0.01)
PMI = Sort("223", None, CategoryCode.PMI, SubcategoryCode.CENTRE_PMI, "Centre de PMI {quarter}", 1, 0.03)
CAMSP = Sort("190", None, CategoryCode.HANDICAP, SubcategoryCode.CAMSP, "CAMSP {patron}", 1, 0.005)
PHARMACY = Sort(None, "SA33", CategoryCode.SANTE, SubcategoryCode.PHARMACIEN, "Pharmacie {quarter} {family}", 2, 0.12)
GROUP = Sort(None, "SA08", CategoryCode.SANTE, SubcategoryCode.CABINET, "Cabinet {quarter} {patron}", 1, 0.09)
ALONE = Sort(None, "SA07", CategoryCode.SANTE, SubcategoryCode.CABINET, "Cabinet {family}", 2, 0.25)
SERVICES = (
    PMI,
    CAMSP,
    Sort(
        "224",
        None,
        CategoryCode.PMI,
        SubcategoryCode.CONSULTATION_PRE_POSTNATALE,
        "Consultation pré et postnatale {quarter}",
        1,
        0.008,
    ),
    Sort(
        "230",
        None,
        CategoryCode.PMI,
        SubcategoryCode.CONSULTATION_PROTECTION_INFANTILE,
        "Consultation de protection infantile {quarter}",
        1,
        0.008,
    ),
    Sort(
        "228",
        None,
        CategoryCode.INFORMATION_CONSEIL,
        SubcategoryCode.CPEF,
        "Centre de santé sexuelle {quarter}",
        1,
        0.005,
    ),
    Sort(
        "231",
        None,
        CategoryCode.INFORMATION_CONSEIL,
        SubcategoryCode.EICCF_EVARS,
        "EVARS {quarter}",
        1,
        0.005,
    ),
    Sort("189", None, CategoryCode.HANDICAP, SubcategoryCode.CMPP, "CMPP {patron}", 1, 0.005),
)


def count(sort: Sort, commune: Commune) -> int:
    """How many of a sort a commune has."""
    return sort.base + int(sort.per_thousand * commune.population / 1000)


def draw_services(draft: Draft, commune: Commune) -> None:
    """Draw the PMI, consultations, CAMSP, CMPP… of a commune, run by one legal entity."""
    legal = add_legal_entity(draft, commune, fictif(f"Service départemental de {commune.name}"))
    for sort in SERVICES:
        for _ in range(count(sort, commune)):
            name = fictif(_words(draft, sort))
            add_establishment(draft, commune, sort, name, legal=legal)


def draw_hospitals(draft: Draft, commune: Commune) -> None:
    """Draw the hospitals of a commune; the first one of a larger commune has a CEDEX address."""
    for rank in range(count(HOSPITAL, commune)):
        name = fictif(f"{_words(draft, HOSPITAL)} de {commune.name}")
        legal = add_legal_entity(draft, commune, name)
        sort = HOSPITAL._replace(r66="101") if commune.population > 150_000 and rank == 0 else HOSPITAL
        cedex = commune.population > 30_000 and (rank == 0 or draft.chance(0.3))
        add_establishment(draft, commune, sort, name, legal=legal, cedex=cedex)


def draw_shops(draft: Draft, commune: Commune) -> None:
    """Draw the pharmacies and group cabinets of a commune."""
    for sort in (PHARMACY, GROUP):
        for _ in range(count(sort, commune)):
            name = fictif(_words(draft, sort), feminine=sort is PHARMACY)
            add_establishment(draft, commune, sort, name, with_finess=sort is PHARMACY and draft.chance(0.8))


def add_legal_entity(draft: Draft, commune: Commune, name: str) -> Place:
    """Draw a legal entity: FINESS and SIREN of its own, no address."""
    finess = draft.numbers.finess()
    details = Establishment(
        technical_id=draft.numbers.technical_id("001-01"),
        idnst=f"1{finess}",
        legal_finess=finess,
        siren=draft.numbers.siren(),
        addressed=False,
    )
    return _add(draft, commune, CategoryCode.SANTE, None, name, details, listed=False)


def add_establishment(
    draft: Draft,
    commune: Commune,
    sort: Sort,
    name: str,
    *,
    legal: Place | None = None,
    with_finess: bool = True,
    cedex: bool = False,
    at: Street | None = None,
    phone: str | None = None,
) -> Place:
    """Draw one establishment; `at` and `phone` are drawn where they are not given."""
    entity = legal.establishment if legal else None
    details = _details(draft, sort, entity, with_finess=with_finess, insee_always=cedex)
    return _add(
        draft,
        commune,
        sort.category,
        sort.subcategory,
        name,
        details,
        listed=details.active,
        cedex=cedex,
        at=at or street(draft.random),
        phone=phone or (draft.phone(commune) if draft.chance(0.9) else None),
    )


def _details(
    draft: Draft, sort: Sort, entity: Establishment | None, *, with_finess: bool, insee_always: bool
) -> Establishment:
    """The identifiers of an establishment, and the faults of the directory about it."""
    numbers = draft.numbers
    finess = numbers.finess() if with_finess else None
    siren = entity.siren if entity and entity.siren else numbers.siren()
    siret = numbers.siret(siren) if not finess or draft.chance(0.4) else None
    active = entity is not None or draft.chance(0.98)
    return Establishment(
        technical_id=numbers.technical_id("001-01"),
        idnst=f"1{finess}" if finess else f"3{siret}",
        finess=finess,
        legal_finess=entity.legal_finess if entity and draft.chance(0.2) else None,
        siren=siren if siret and draft.chance(0.5) else None,
        siret=siret,
        category=sort.r66,
        sector=sort.r02,
        part_of=entity.technical_id if entity else None,
        alias=fictif(sort.words.split(" {")[0].upper()) if draft.chance(0.15) else None,
        active=active,
        insee_given=insee_always or draft.chance(0.96),
        old_systems=draft.chance(0.08),
        copies=2 if sort is GROUP and draft.chance(0.08) else 1,
    )


def add_practice(draft: Draft, commune: Commune, family: str, rpps: str) -> Place:
    """Draw the individual cabinet of a person; it is known by an IDNST made of the RPPS only."""
    details = Establishment(
        technical_id=draft.numbers.technical_id("001-01"),
        idnst=f"4{rpps}001",
        sector=ALONE.r02,
    )
    name = fictif(ALONE.words.format(family=family))
    return _add(
        draft,
        commune,
        ALONE.category,
        ALONE.subcategory,
        name,
        details,
        listed=False,
        at=street(draft.random),
        phone=draft.phone(commune),
    )


def _add(
    draft: Draft,
    commune: Commune,
    category: CategoryCode,
    subcategory: SubcategoryCode | None,
    name: str,
    details: Establishment,
    *,
    listed: bool,
    cedex: bool = False,
    at: Street | None = None,
    phone: str | None = None,
) -> Place:
    loud = shout_name(name) if draft.chance(0.65) else name
    return draft.add(
        Place(
            source=SOURCE,
            key=details.key,
            name=loud,
            kind=StructureKind.ESTABLISHMENT,
            category=category,
            subcategory=subcategory,
            commune=commune,
            postal_code=cedex_code(commune) if cedex else postal_code(commune, at),
            city=_city(commune) + (" CEDEX" if cedex else ""),
            street=at,
            phone=phone,
            email=f"accueil.{slug(details.key)}@example.net" if details.addressed and draft.chance(0.3) else None,
            updated_at=draft.moment(),
            details=details,
            ways=WAYS,
            listed=listed,
        )
    )


def shout_name(name: str) -> str:
    """A marked name in capitals, the mark left as it is: "PMI NORD (fictif)"."""
    words, mark = name.rsplit(" (", 1)
    return f"{shout(words)} ({mark}"


def _words(draft: Draft, sort: Sort) -> str:
    random = draft.random
    return sort.words.format(
        patron=random.choice(PATRONS), quarter=random.choice(QUARTERS), family=random.choice(FAMILY_NAMES)
    )


def _city(commune: Commune) -> str:
    """As La Poste writes it; of an arrondissement, its city ("PARIS")."""
    return post_city(commune.name.split(" ")[0] if commune.parent else commune.name)


def cedex_code(commune: Commune) -> str:
    """A postal code for CEDEX deliveries: of the département, and of no commune."""
    prefix = "20" if commune.departement in {"2A", "2B"} else commune.departement
    codes = (f"{prefix}{number:0{5 - len(prefix)}}" for number in range(79, 100))
    return next(code for code in codes if not gazetteer().by_postal_code(code))
