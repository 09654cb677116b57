"""The codes of the Annuaire Santé, and what they are in the hub's categories.

Terminologies of the Agence du Numérique en Santé ("Nomenclatures des objets de santé"): TRE_R66 (categories
of establishments, those of FINESS), TRE_R02 ("secteur d'activité"), TRE_G15 (professions), TRE_R38
(specialties), TRE_R23 ("mode d'exercice"). Only codes read in their publication stand here: another code is
not guessed.
"""

from collections.abc import Collection, Iterator, Sequence

from msgspec import Struct

from connectors.annuaire_sante.fhir import Coding, Concept
from connectors.nomenclature import CategoryCode, SubcategoryCode

_NOS = "https://mos.esante.gouv.fr/NOS"
R66_SYSTEM = f"{_NOS}/TRE_R66-CategorieEtablissement/FHIR/TRE-R66-CategorieEtablissement"
R02_SYSTEM = f"{_NOS}/TRE_R02-SecteurActivite/FHIR/TRE-R02-SecteurActivite"
G15_SYSTEM = f"{_NOS}/TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante"
R38_SYSTEM = f"{_NOS}/TRE_R38-SpecialiteOrdinale/FHIR/TRE-R38-SpecialiteOrdinale"

ESTABLISHMENT_MARK = "CategorieEtablissement"
"""In the system of TRE_R66 and of the value set JDV_J129 drawn from it, which older answers name instead."""
SECTOR_MARK = "SecteurActivite"
PROFESSION_MARK = "ProfessionSante"
SPECIALTY_MARK = "SpecialiteOrdinale"
MODE_MARK = "ModeExercice"

LIBERAL = "L"
"""TRE_R23: "Libéral, indépendant, artisan, commerçant"."""

LEGAL_ENTITY = "LEGAL-ENTITY"
"""fr-core-cs-v2-3307: "Entité légale", against GEOGRAPHICAL-ENTITY."""


class Nature(Struct, frozen=True):
    """What an establishment is; `listed` is False where a search by place leaves it out."""

    category: CategoryCode
    subcategory: SubcategoryCode | None = None
    listed: bool = True


class Profession(Struct, frozen=True):
    """A profession of the perimeter, with its official French name."""

    subcategory: SubcategoryCode
    label: str


_HOPITAL = Nature(CategoryCode.SANTE, SubcategoryCode.HOPITAL)
_SITE = Nature(CategoryCode.SANTE)
_OTHER = Nature(CategoryCode.SANTE, listed=False)

ESTABLISHMENTS = {
    "101": _HOPITAL,  # Centre Hospitalier Régional (C.H.R.)
    "355": _HOPITAL,  # Centre Hospitalier (C.H.)
    "189": Nature(CategoryCode.HANDICAP, SubcategoryCode.CMPP),
    "190": Nature(CategoryCode.HANDICAP, SubcategoryCode.CAMSP),
    "220": Nature(CategoryCode.CENTRE_SOCIAL),
    "223": Nature(CategoryCode.PMI, SubcategoryCode.CENTRE_PMI),
    "224": Nature(CategoryCode.PMI, SubcategoryCode.CONSULTATION_PRE_POSTNATALE),
    "228": Nature(CategoryCode.INFORMATION_CONSEIL, SubcategoryCode.CPEF),  # Centre de Santé Sexuelle
    "230": Nature(CategoryCode.PMI, SubcategoryCode.CONSULTATION_PROTECTION_INFANTILE),
    "231": Nature(CategoryCode.INFORMATION_CONSEIL, SubcategoryCode.EICCF_EVARS),
    "233": Nature(CategoryCode.SANTE, SubcategoryCode.LACTARIUM),
    "236": Nature(CategoryCode.AIDE_SOCIALE_ENFANCE, SubcategoryCode.PLACEMENT_FAMILIAL),
}
"""TRE_R66."""

SECTORS = {
    "SA01": _HOPITAL,  # Etablissement public de santé
    "SA05": Nature(CategoryCode.SANTE, SubcategoryCode.CENTRE_DE_SANTE),
    # In a "cabinet individuel" the professional is the place.
    "SA07": Nature(CategoryCode.SANTE, SubcategoryCode.CABINET, listed=False),
    "SA08": Nature(CategoryCode.SANTE, SubcategoryCode.CABINET),  # Cabinet de groupe
    "SA33": Nature(CategoryCode.SANTE, SubcategoryCode.PHARMACIEN),  # Pharmacie d'officine
}
"""TRE_R02."""

PROFESSIONS = {
    "10": Profession(SubcategoryCode.MEDECIN, "Médecin"),
    "21": Profession(SubcategoryCode.PHARMACIEN, "Pharmacien"),
    "50": Profession(SubcategoryCode.SAGE_FEMME, "Sage-Femme"),
    "60": Profession(SubcategoryCode.INFIRMIER, "Infirmier"),
    "70": Profession(SubcategoryCode.KINE, "Masseur-Kinésithérapeute"),
    "91": Profession(SubcategoryCode.ORTHOPHONISTE, "Orthophoniste"),
    "95": Profession(SubcategoryCode.DIETETICIEN, "Diététicien"),
    "96": Profession(SubcategoryCode.PSYCHOMOTRICIEN, "Psychomotricien"),
}
"""TRE_G15: the perimeter of the 1000 premiers jours."""

SPECIALTIES = {
    "SM20": "Gynécologie-obstétrique",
    "SM40": "Pédiatrie",
    "SM41": "Pneumologie",
    "SM42": "Psychiatrie",
    "SM43": "Psychiatrie de l'enfant et de l'adolescent",
    "SM54": "Médecine générale",
}
"""TRE_R38: the labels known here; another specialty keeps its code, and the label its directory gives."""


def codings(concepts: Sequence[Concept], mark: str) -> Iterator[Coding]:
    """The codings of one terminology, known by what its system's address contains."""
    for concept in concepts:
        for coding in concept.coding:
            if coding.code and mark in (coding.system or ""):
                yield coding


def nature(types: Sequence[Concept], *, finess: bool) -> Nature:
    """What an Organization is; outside the perimeter it is unlisted.

    `finess`: it is a site known to FINESS. Such a site, when nothing says what it is, is listed as SANTE.
    """
    by_sector: Nature | None = None
    silent = True
    for concept in types:
        for coding in concept.coding:
            code, system = coding.code, coding.system
            if not code or not system:
                continue
            if ESTABLISHMENT_MARK in system:
                if known := ESTABLISHMENTS.get(code):
                    return known
                silent = False
            if SECTOR_MARK in system:
                by_sector = by_sector or SECTORS.get(code)
                silent = False
    return by_sector or (_SITE if finess and silent else _OTHER)


def types_of(subcategories: Collection[SubcategoryCode]) -> tuple[str, ...]:
    """The search tokens (`system|code`) of the establishments listed under these sub-categories."""
    return tuple(
        f"{system}|{code}"
        for system, table in ((R66_SYSTEM, ESTABLISHMENTS), (R02_SYSTEM, SECTORS))
        for code, known in table.items()
        if known.listed and known.subcategory in subcategories
    )


def has_profession(subcategories: Collection[SubcategoryCode]) -> bool:
    """Whether a profession of the perimeter is among these sub-categories."""
    return any(profession.subcategory in subcategories for profession in PROFESSIONS.values())
