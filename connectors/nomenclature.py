"""The codes of the 1000 premiers jours programme and of its directories.

Codes only: the official French texts are data of the registry (`connectors/registry/seed`).
Source: seeds 002 (priorities, categories, criteria), 004 (axes, calls), 000 and 001 (programmes).
A code keeps its official French word; nomenclatures are never translated.
"""

from enum import StrEnum


class Code(StrEnum):
    """A code is equal to its text, and has its hash: that of an `Enum` is worked out in Python at each look-up."""

    __hash__ = str.__hash__


class PriorityCode(Code):
    """The ten priorities, in their official order: rank 1 to 10 (seed 002)."""

    INFORMER = "INFORMER"
    ACCOMPAGNER = "ACCOMPAGNER"
    SITUATIONS_SPECIFIQUES = "SITUATIONS_SPECIFIQUES"
    PARTAGER_ET_SOUFFLER = "PARTAGER_ET_SOUFFLER"
    SANTE_ENVIRONNEMENT = "SANTE_ENVIRONNEMENT"
    EVEILLER = "EVEILLER"
    CONCILIER = "CONCILIER"
    ACCUEILLIR = "ACCUEILLIR"
    FORMER = "FORMER"
    PERES_SECONDS_PARENTS = "PERES_SECONDS_PARENTS"


class PriorityBasis(Code):
    """Why a priority is shown for a structure."""

    DECLARED = "DECLARED"
    BY_NATURE = "BY_NATURE"
    BY_ACTION = "BY_ACTION"


class StructureKind(Code):
    """What an entry is."""

    ESTABLISHMENT = "ESTABLISHMENT"
    INDEPENDENT = "INDEPENDENT"
    ITINERANT = "ITINERANT"
    SALARIED = "SALARIED"


class CategoryCode(Code):
    """The categories of professionals and services, in the order of seed 002: rank 1 to 21."""

    PMI = "PMI"
    SANTE = "SANTE"
    MODE_ACCUEIL = "MODE_ACCUEIL"
    RELAIS_PETITE_ENFANCE = "RELAIS_PETITE_ENFANCE"
    LAEP = "LAEP"
    MAISON_DES_PARENTS = "MAISON_DES_PARENTS"
    AIDE_A_DOMICILE = "AIDE_A_DOMICILE"
    INFORMATION_CONSEIL = "INFORMATION_CONSEIL"
    GROUPES_DE_PARENTS = "GROUPES_DE_PARENTS"
    ATELIERS_CAFES_DES_PARENTS = "ATELIERS_CAFES_DES_PARENTS"
    CENTRE_SOCIAL = "CENTRE_SOCIAL"
    JEUNESSE_CITE_EDUCATIVE = "JEUNESSE_CITE_EDUCATIVE"
    HANDICAP = "HANDICAP"
    SAPPH = "SAPPH"
    RELAIS_PARENTAL = "RELAIS_PARENTAL"
    CENTRE_PARENTAL = "CENTRE_PARENTAL"
    AIDE_SOCIALE_ENFANCE = "AIDE_SOCIALE_ENFANCE"
    CULTURE = "CULTURE"
    SPORT = "SPORT"
    PARC_JARDIN = "PARC_JARDIN"
    AUTRE = "AUTRE"


class SubcategoryCode(Code):
    """Finer than the category; the rules "by nature" hang on these. Grouped by category."""

    CENTRE_PMI = "CENTRE_PMI"
    CONSULTATION_PRE_POSTNATALE = "CONSULTATION_PRE_POSTNATALE"
    CONSULTATION_PROTECTION_INFANTILE = "CONSULTATION_PROTECTION_INFANTILE"

    MATERNITE = "MATERNITE"
    CENTRE_PERINATAL_PROXIMITE = "CENTRE_PERINATAL_PROXIMITE"
    MAISON_DE_NAISSANCE = "MAISON_DE_NAISSANCE"
    HOPITAL = "HOPITAL"
    CENTRE_DE_SANTE = "CENTRE_DE_SANTE"
    MSP = "MSP"
    CPTS = "CPTS"
    RESEAU_SANTE = "RESEAU_SANTE"
    CABINET = "CABINET"
    LACTARIUM = "LACTARIUM"
    SAGE_FEMME = "SAGE_FEMME"
    MEDECIN = "MEDECIN"
    INFIRMIER = "INFIRMIER"
    PHARMACIEN = "PHARMACIEN"
    KINE = "KINE"
    ORTHOPHONISTE = "ORTHOPHONISTE"
    DIETETICIEN = "DIETETICIEN"
    PSYCHOMOTRICIEN = "PSYCHOMOTRICIEN"

    CRECHE = "CRECHE"
    CRECHE_FAMILIALE = "CRECHE_FAMILIALE"
    CRECHE_PARENTALE = "CRECHE_PARENTALE"
    MAM = "MAM"
    ASSISTANT_MATERNEL = "ASSISTANT_MATERNEL"

    EICCF_EVARS = "EICCF_EVARS"
    CIDFF = "CIDFF"
    CPEF = "CPEF"

    UDAF = "UDAF"
    CAF = "CAF"

    ESPACE_DE_VIE_SOCIALE = "ESPACE_DE_VIE_SOCIALE"

    POLE_RESSOURCES_HANDICAP = "POLE_RESSOURCES_HANDICAP"
    CAMSP = "CAMSP"
    CMPP = "CMPP"

    ACCUEIL_MERE_ENFANT = "ACCUEIL_MERE_ENFANT"
    POUPONNIERE = "POUPONNIERE"
    ASSISTANT_FAMILIAL = "ASSISTANT_FAMILIAL"
    PLACEMENT_FAMILIAL = "PLACEMENT_FAMILIAL"

    MEDIATHEQUE = "MEDIATHEQUE"
    THEATRE = "THEATRE"
    MUSEE = "MUSEE"


class SituationCode(Code):
    """The four situations of eligibility (seed 002)."""

    SERVICE_PUBLIC = "SERVICE_PUBLIC"
    FINANCE = "FINANCE"
    CONVENTIONNE = "CONVENTIONNE"
    AUTORISE_OU_AGREE = "AUTORISE_OU_AGREE"


class CallCode(Code):
    """Calls for projects named by the seeds 000 and 004."""

    AAP_1000_PREMIERS_JOURS = "AAP_1000_PREMIERS_JOURS"
    ENFANCE_EGALITE = "ENFANCE_EGALITE"
    AMI_ACCUEIL_POUR_TOUS = "AMI_ACCUEIL_POUR_TOUS"


class ProgrammeCode(Code):
    """Programmes named by the seeds 000, 001 and 002."""

    SAC_1000_PREMIERS_JOURS = "SAC_1000_PREMIERS_JOURS"
    LABEL_1000_PREMIERS_JOURS = "LABEL_1000_PREMIERS_JOURS"
    REPAP = "REPAP"
    ENTRETIEN_PRENATAL_PRECOCE = "ENTRETIEN_PRENATAL_PRECOCE"
    REAAP = "REAAP"
    MAISON_DES_1000_PREMIERS_JOURS = "MAISON_DES_1000_PREMIERS_JOURS"


class TerritoryKind(Code):
    """The levels of the gazetteer (INSEE, Code officiel géographique), and what the calls for projects name."""

    COMMUNE = "COMMUNE"
    DEPARTEMENT = "DEPARTEMENT"
    REGION = "REGION"
    INTERCOMMUNALITE = "INTERCOMMUNALITE"


class PositionPrecision(Code):
    """How a position was had: from the directory itself, or the centroid of the commune for want of it."""

    EXACT = "EXACT"
    COMMUNE = "COMMUNE"


class IdentifierScheme(Code):
    """Who gave an identifier. FINESS, SIRET and RPPS name a place or a person; the others never merge entries."""

    FINESS = "FINESS"
    FINESS_EJ = "FINESS_EJ"
    SIRET = "SIRET"
    SIREN = "SIREN"
    RPPS = "RPPS"
    IDNST = "IDNST"
    RPPS_RANG = "RPPS_RANG"
