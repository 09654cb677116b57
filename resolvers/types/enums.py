"""The enumerations of the API: the codes of the nomenclature, each value described."""

from enum import Enum, StrEnum
from typing import TypeVar

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

from connectors.contract import SourceKind
from connectors.nomenclature import (
    CallCode,
    CategoryCode,
    IdentifierScheme,
    PositionPrecision,
    PriorityBasis,
    PriorityCode,
    ProgrammeCode,
    SituationCode,
    StructureKind,
    SubcategoryCode,
    TerritoryKind,
)
from resolvers.federation.coverage import CoverageStatus
from resolvers.federation.ordering import Order
from resolvers.types.enum_texts import SUBCATEGORIES

E = TypeVar("E", bound=type[Enum])


class Freshness(StrEnum):
    """How a record was had for this answer."""

    LIVE = "LIVE"
    CACHED = "CACHED"
    STALE = "STALE"


class SourceStatus(StrEnum):
    """How a source has answered lately."""

    ANSWERING = "ANSWERING"
    FAILING = "FAILING"
    NOT_ASKED_YET = "NOT_ASKED_YET"


def describe(enum: E, name: str, description: str, values: dict[str, str]) -> E:
    """Make a GraphQL enum of a Python one, with a description for each of its values."""
    strawberry.enum(enum, name=name, description=description)
    definition: StrawberryEnumDefinition = enum.__strawberry_definition__  # type: ignore[attr-defined]
    for value in definition.values:
        value.description = values[value.name]
    return enum


describe(
    PriorityCode,
    "PriorityCode",
    'The ten priorities of the 1000 premiers jours ("les 10 priorités"), in their official order.',
    {
        "INFORMER": '1. "Informer sur les 1000 premiers jours et aider à l’usage des outils d’information".',
        "ACCOMPAGNER": '2. "Accompagner et soutenir les (futurs) parents pendant les 1000 premiers jours".',
        "SITUATIONS_SPECIFIQUES": '3. "Proposer un accompagnement adapté aux situations spécifiques".',
        "PARTAGER_ET_SOUFFLER": '4. "Permettre aux parents de partager et de souffler".',
        "SANTE_ENVIRONNEMENT": '5. "Agir pour la santé des jeunes enfants et un environnement sain et sûr".',
        "EVEILLER": '6. "Eveiller aux arts, à la nature et aux goûts".',
        "CONCILIER": '7. "Aider à la conciliation vie professionnelle et vie familiale".',
        "ACCUEILLIR": '8. "Accueillir les enfants et leurs parents".',
        "FORMER": '9. "Former et accompagner les professionnels des 1000 premiers jours".',
        "PERES_SECONDS_PARENTS": '10. "Pères & seconds parents".',
    },
)
describe(
    PriorityBasis,
    "PriorityBasis",
    "Why a priority is shown for a structure.",
    {
        "DECLARED": 'Declared by its registration ("priorité déclarée").',
        "BY_NATURE": 'It follows from what the structure is ("par nature"), by the rules of the programme.',
        "BY_ACTION": "One of its actions declares it.",
    },
)
describe(
    CategoryCode,
    "CategoryCode",
    'The categories of professionals and services ("professionnels et services des 1000 premiers jours").',
    {
        "PMI": '1. "Centres de PMI" (protection maternelle et infantile).',
        "SANTE": '2. "Professionnels et établissements de santé".',
        "MODE_ACCUEIL": '3. "Modes d’accueil du jeune enfant" (crèches, MAM, assistants maternels…).',
        "RELAIS_PETITE_ENFANCE": '4. "Relais Petite Enfance (ex-RAM)".',
        "LAEP": '5. "Lieux d’accueil enfant-parent (LAEP)".',
        "MAISON_DES_PARENTS": '6. "Maisons des parents, de la parentalité, des familles".',
        "AIDE_A_DOMICILE": '7. "Services d’aide et d’accompagnement à domicile pour les familles (SAAD)".',
        "INFORMATION_CONSEIL": '8. "Etablissements d’information et de conseils" (EICCF-EVARS, CIDFF, CPEF…).',
        "GROUPES_DE_PARENTS": '9. Those who organise parents\' groups ("groupes de parents").',
        "ATELIERS_CAFES_DES_PARENTS": '10. "Ateliers collectifs ou « cafés des parents »" (REAAP).',
        "CENTRE_SOCIAL": '11. "Centres sociaux ou espaces de vie sociale".',
        "JEUNESSE_CITE_EDUCATIVE": '12. "Espaces Services Jeunesse et Cités Educatives".',
        "HANDICAP": '13. "Pôles Ressources Handicap", CAMSP and the like.',
        "SAPPH": '14. "Services d’accompagnement à la parentalité pour les personnes en situation de handicap".',
        "RELAIS_PARENTAL": '15. "Relais parentaux".',
        "CENTRE_PARENTAL": '16. "Centres Parentaux".',
        "AIDE_SOCIALE_ENFANCE": '17. "Services de l’aide sociale à l’enfance".',
        "CULTURE": '18. "Médiathèques, théâtres, musées et autres établissements culturels".',
        "SPORT": '19. "Clubs ou établissements sportifs".',
        "PARC_JARDIN": '20. "Parcs et jardins".',
        "AUTRE": '21. Another ("il est impossible d’être exhaustif").',
    },
)
describe(
    SubcategoryCode,
    "SubcategoryCode",
    'Finer than the category; the priorities "by nature" hang on it.',
    SUBCATEGORIES,
)
describe(
    StructureKind,
    "StructureKind",
    "What an entry is.",
    {
        "ESTABLISHMENT": 'A place or a service ("établissement").',
        "INDEPENDENT": 'A person who practises independently ("professionnel indépendant"), at a place.',
        "ITINERANT": 'A service that moves ("itinérant").',
        "SALARIED": "A health professional employed by a structure: listed among its professionals only.",
    },
)
describe(
    SituationCode,
    "SituationCode",
    'The four situations of eligibility ("critères d’éligibilité").',
    {
        "SERVICE_PUBLIC": "A service of the State, of Social Security or of a local authority.",
        "FINANCE": 'Financed by one of them ("financé").',
        "CONVENTIONNE": 'Under agreement with a fund of Social Security ("conventionné").',
        "AUTORISE_OU_AGREE": 'Authorised or approved by one of them ("autorisé ou agréé").',
    },
)
describe(
    CallCode,
    "CallCode",
    'The calls for projects ("appels à projets").',
    {
        "AAP_1000_PREMIERS_JOURS": 'The regional calls "1000 premiers jours" of the ARS and DREETS.',
        "ENFANCE_EGALITE": 'The call "Enfance=Égalité".',
        "AMI_ACCUEIL_POUR_TOUS": 'The call for expressions of interest "Accueil pour tous".',
    },
)
describe(
    ProgrammeCode,
    "ProgrammeCode",
    "The programmes that belong to the 1000 premiers jours.",
    {
        "SAC_1000_PREMIERS_JOURS": '"Sac des 1000 premiers jours": given in maternities.',
        "LABEL_1000_PREMIERS_JOURS": 'The label of the 1000 premiers jours and its seven themes ("thématiques").',
        "REPAP": '"Référent parcours périnatalité" (RéPAP).',
        "ENTRETIEN_PRENATAL_PRECOCE": '"Entretien Prénatal Précoce".',
        "REAAP": '"Réseau d’écoute, d’appui et d’accompagnement des parents" (REAAP).',
        "MAISON_DES_1000_PREMIERS_JOURS": '"Maison des 1000 premiers jours".',
    },
)
describe(
    TerritoryKind,
    "TerritoryKind",
    "The levels of French territories.",
    {
        "COMMUNE": 'A "commune", or a municipal "arrondissement" of Paris, Lyon or Marseille.',
        "DEPARTEMENT": 'A "département".',
        "REGION": 'A "région".',
        "INTERCOMMUNALITE": 'A grouping of communes ("intercommunalité").',
    },
)
describe(
    PositionPrecision,
    "PositionPrecision",
    "What a position stands for.",
    {
        "EXACT": "The place itself, as its directory gives it.",
        "COMMUNE": "The centroid of the commune, where the directory gives no position or may not.",
    },
)
describe(
    IdentifierScheme,
    "IdentifierScheme",
    "Who gave an identifier.",
    {
        "FINESS": 'FINESS of the site ("établissement", FINEG).',
        "FINESS_EJ": 'FINESS of the legal entity ("entité juridique", FINEJ).',
        "SIRET": "SIRET of the site.",
        "SIREN": "SIREN of the legal entity.",
        "RPPS": 'Number of a health professional ("répertoire partagé des professionnels de santé").',
        "IDNST": 'National identifier of a health structure ("identification nationale de structure").',
        "RPPS_RANG": 'Rank number of a structure in the RPPS ("RPPS rang").',
    },
)
describe(
    Order,
    "StructureOrder",
    "What comes first. Ties are ordered by name, then by id.",
    {
        "RELEVANCE": "What answers the text best; needs a text. The default with a text.",
        "DISTANCE": "What is nearest to the place's centre; needs a place. The default with a place.",
        "NAME": "By name. The default without a place.",
        "UPDATED": "What its directory updated last.",
    },
)
describe(
    CoverageStatus,
    "CoverageStatus",
    "What a source contributed to an answer.",
    {
        "COMPLETE": "All that it has.",
        "STALE": "All that it had when it last answered, longer ago than its data are meant to be held.",
        "PARTIAL": "Part of what it has; the message says why.",
        "UNAVAILABLE": "Nothing: it does not answer, refuses, or answers nonsense.",
        "NOT_ASKED": "The question leaves it out.",
        "NEEDS_PLACE": "It can only be asked for a place.",
    },
)
describe(
    Freshness,
    "Freshness",
    "How a record was had for this answer.",
    {
        "LIVE": "Read from its directory for this very request.",
        "CACHED": "Read a short while ago, within the time that its directory's data may be held.",
        "STALE": "Read longer ago: the directory does not answer now, or is being asked again.",
    },
)
describe(
    SourceStatus,
    "SourceStatus",
    "How a source has answered lately.",
    {
        "ANSWERING": "Its last call succeeded.",
        "FAILING": "Its last call failed, or is without an answer for too long.",
        "NOT_ASKED_YET": "It has not been called since the hub started.",
    },
)
describe(
    SourceKind,
    "SourceKind",
    "What sort of directory a source is.",
    {
        "REGISTRY": "A registry of the 1000 premiers jours programme.",
        "REFERENCE_DIRECTORY": "A national directory that stays the reference for its field.",
        "PARTNER_DIRECTORY": "The directory of a partner.",
    },
)
