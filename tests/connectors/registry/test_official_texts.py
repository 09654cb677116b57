"""The official wording, written here from the seeds independently of the data that the registry is shipped with."""

import pytest

from connectors.nomenclature import (
    CallCode,
    CategoryCode,
    PriorityCode,
    ProgrammeCode,
    SituationCode,
    SubcategoryCode,
)
from connectors.referentials import Axis
from connectors.registry.seeding import embedded_referentials

PRIORITIES = [
    ("INFORMER", "Informer", "Informer sur les 1000 premiers jours et aider à l’usage des outils d’information"),
    (
        "ACCOMPAGNER",
        "Accompagner & Soutenir",
        (
            "Accompagner et soutenir les (futurs) parents pendant les 1000 premiers jours, en particulier au moments "
            "clefs (ex. projet d’enfant, grossesse, accouchement, allaitement, retour à domicile, reprise du "
            "travail, etc.)"
        ),
    ),
    (
        "SITUATIONS_SPECIFIQUES",
        "Situations spécifiques",
        "Proposer un accompagnement adapté aux situations spécifiques (ex. handicap, vulnérabilités, etc.)",
    ),
    (
        "PARTAGER_ET_SOUFFLER",
        "Partager et souffler",
        (
            "Permettre aux parents de partager et de souffler afin de prévenir l’épuisement ou l’isolement parental "
            "(ex. groupes de parents, accueil occasionnel, aide et accompagnement à domicile, lieux d’écoute "
            "enfant-parent, activité physique adaptée, etc.)"
        ),
    ),
    (
        "SANTE_ENVIRONNEMENT",
        "Agir pour la santé et un environnement sain et sûr",
        (
            "Agir pour la santé des jeunes enfants et un environnement sain et sûr aux jeunes enfants (ex. "
            "alimentation, produits toxiques, écrans, accidents de la vie courante, tabac, etc.)"
        ),
    ),
    ("EVEILLER", "Eveiller", "Eveiller aux arts, à la nature et aux goûts"),
    (
        "CONCILIER",
        "Aider à la conciliation",
        "Aider à la conciliation vie professionnelle et vie familiale",
    ),
    ("ACCUEILLIR", "Accueillir les enfants et leurs parents", "Accueillir les enfants et leurs parents"),
    (
        "FORMER",
        "Former et accompagner les professionnels",
        "Former et accompagner les professionnels des 1000 premiers jours",
    ),
    ("PERES_SECONDS_PARENTS", "Pères & seconds parents", "Pères & seconds parents"),
]

EXAMPLES = {
    "ACCOMPAGNER": [
        "projet d’enfant",
        "grossesse",
        "accouchement",
        "allaitement",
        "retour à domicile",
        "reprise du travail",
    ],
    "SITUATIONS_SPECIFIQUES": ["handicap", "vulnérabilités"],
    "PARTAGER_ET_SOUFFLER": [
        "groupes de parents",
        "accueil occasionnel",
        "aide et accompagnement à domicile",
        "lieux d’écoute enfant-parent",
        "activité physique adaptée",
    ],
    "SANTE_ENVIRONNEMENT": [
        "alimentation",
        "produits toxiques",
        "écrans",
        "accidents de la vie courante",
        "tabac",
    ],
}

CATEGORIES = [
    "Centres de PMI",
    (
        "Professionnels et établissements de santé (ex. maternités, professionnels proposant l’Entretien Prénatal "
        "Précoce, etc.)"
    ),
    (
        "Modes d’accueil du jeune enfant (ex. crèches, MAM, assistants maternels, crèches familiales, crèches "
        "parentales, etc.)"
    ),
    "Relais Petite Enfance (ex-RAM)",
    "Lieux d’accueil enfant-parent (LAEP)",
    "Maisons des parents, de la parentalité, des familles, etc.",
    "Professionnels et services d’aide et d’accompagnement à domicile pour les familles (SAAD)",
    "Etablissements d’information et de conseils tels que les EICCF-EVARS, CIDFF, CPEF, etc.",
    "Etablissements, associations, collectivités, Udaf ou Caf organisant des groupes de parents",
    (
        "Etablissements ou associations proposant des ateliers collectifs ou «\u00a0cafés des parents\u00a0» "
        "notamment dans le cadre d’un REAAP"
    ),
    "Centres sociaux ou espaces de vie sociale proposant des activités 1000 premiers jours",
    "Espaces Services Jeunesse et Cités Educatives proposant des actions 1000 premiers jours",
    (
        "Pôles Ressources Handicap et établissements ou services pour les jeunes enfants en situation de handicap "
        "(ex. CAMSP, etc.)"
    ),
    "Services d’accompagnement à la parentalité pour les personnes en situation de handicap (SAPPH)",
    "Relais parentaux promus par la Stratégie Prévention Protection de l’enfance",
    "Centres Parentaux (art. L22-5-3 du CASF)",
    "Services de l’aide sociale à l’enfance (ex. accueil mère-enfant, pouponnière, assistant familial, etc.)",
    (
        "Médiathèques, théâtres, musées et autres établissements culturels proposant des activités d’éveil "
        "artistique et culturel"
    ),
    (
        "Clubs ou établissements sportifs proposant des activités physiques adaptées aux femmes enceintes et aux "
        "parents de jeunes enfants"
    ),
    "Parcs et jardins avec espaces de jeux adaptés aux 0-2 ans",
    (
        "Il est impossible d’être exhaustif mais il est important de souligner que les 1000 premiers jours "
        "n’appartiennent pas à un secteur d’activité."
    ),
]

CRITERIA = {
    "SERVICE_PUBLIC": "Etre un service central ou déconcentré de l’Etat, de la Sécurité sociale ou d’une "
    "collectivité territoriale (ex.\u00a0: centres de PMI, CCAS/CIAS, équipement sportif ou culturel, services de "
    "l’aide sociale à l’enfance, etc.).",
    "FINANCE": "Etre financé par l’Etat, la Sécurité sociale ou une collectivité territoriale, y compris dans le "
    "cadre d’une convention pluriannuelle d’objectifs, d’une subvention ou d’un appel à projet (ex. établissement de "
    "santé, association de soutien à la parentalité membre d’un REAAP, établissement de santé, réseau professionnel, "
    "Relais Petite Enfance, crèche associative, etc.).",
    "CONVENTIONNE": "Être conventionné avec une des caisses de la Sécurité sociale - Allocations Familiales, "
    "Assurance Maladie, Mutualité sociale agricole (ex. établissement de santé, CPTS, MSP, centre de santé, "
    "sage-femme, infirmier, médecin, pharmacien, kiné, etc.).",
    "AUTORISE_OU_AGREE": "Etre autorisé ou agréé par les services centraux ou déconcentrés de l’Etat, d’une "
    "collectivité territoriale (dont PMI), de la Sécurité sociale ou de l’ARS (ex. un assistant maternel, un espace "
    "de vie sociale, un EICCF-EVARS, etc.).",
}

AXES = [
    (
        "Repérage des situations de fragilité et accompagnement des parents sans rupture tout au long des 1000 "
        "premiers jours"
    ),
    "Développement d’actions en promotion de la santé pour les plus petits",
    "Prévention de l’isolement et de l’épuisement des parents, notamment des mères en post-partum",
    (
        "Aménagement des lieux et de l’offre pour favoriser l’éveil culturel et artistique des tout-petits, "
        "notamment des plus défavorisés"
    ),
    "Conciliation des temps entre vie professionnelle et parentalité",
    "Place du père ou du second parent",
]

LABEL_THEMES = (
    "Risques liés aux vulnérabilités psychiques",
    "Suivi des nouveaux-nés fragiles ou à risque de fragilité",
    "Alimentation de la mère, du bébé et activité physique",
    "Conduites à risque et addictions",
    "Risques liés aux vulnérabilités sociales",
    "Santé et environnement",
    "Risques transversaux liés aux situations de handicap",
)


@pytest.fixture
def texts(registry):
    return registry.referentials()


def test_the_database_gives_back_what_is_shipped(texts):
    assert texts == embedded_referentials()


def test_priorities(texts):
    assert [(p.code, p.label, p.text) for p in texts.priorities] == PRIORITIES
    assert [p.rank for p in texts.priorities] == list(range(1, 11))
    assert {p.code: list(p.examples) for p in texts.priorities if p.examples} == EXAMPLES
    assert [p.code for p in texts.priorities] == list(PriorityCode)


def test_categories(texts):
    assert [c.text for c in texts.categories] == CATEGORIES
    assert [c.code for c in texts.categories] == list(CategoryCode)
    assert [c.rank for c in texts.categories] == list(range(1, 22))


def test_every_subcategory_is_in_one_category_and_has_a_label(texts):
    found = [s for category in texts.categories for s in category.subcategories]
    assert sorted(s.code for s in found) == sorted(SubcategoryCode)
    assert all(s.category is c.code for c in texts.categories for s in c.subcategories)
    assert all(s.label.strip() == s.label != "" for s in found)
    assert len({s.label for s in found}) == len(found)


def test_priorities_by_nature_are_those_of_the_rule_only(texts):
    found = {s.code: s.by_nature for c in texts.categories for s in c.subcategories if s.by_nature}
    caring = {"CENTRE_PMI", "MATERNITE", "CENTRE_PERINATAL_PROXIMITE", "MAISON_DE_NAISSANCE"}
    childcare = {"CRECHE", "CRECHE_FAMILIALE", "CRECHE_PARENTALE", "MAM", "ASSISTANT_MATERNEL"}
    assert found == dict.fromkeys(caring, ("ACCOMPAGNER",)) | dict.fromkeys(childcare, ("ACCUEILLIR",))


def test_suggested_priorities(texts):
    def ranks(code):
        return [texts.priority(p).rank for p in texts.subcategory(code).suggested]

    for code in ("MATERNITE", "CENTRE_PERINATAL_PROXIMITE", "MAISON_DE_NAISSANCE"):
        assert ranks(code) == [3, 5, 10]
    for code in ("CRECHE", "CRECHE_FAMILIALE", "CRECHE_PARENTALE", "MAM", "ASSISTANT_MATERNEL"):
        assert ranks(code) == [4, 6, 7]
    assert sum(bool(s.suggested) for c in texts.categories for s in c.subcategories) == 8


def test_reference_directories(texts):
    found = {c.code: c.reference_directory for c in texts.categories if c.reference_directory}
    assert found == {
        "SANTE": "annuaire_sante",
        "MODE_ACCUEIL": "monenfant",
        "RELAIS_PETITE_ENFANCE": "monenfant",
    }
    assert all(s.reference_directory == found.get(c.code) for c in texts.categories for s in c.subcategories)


def test_criteria(texts):
    assert {c.code: c.text for c in texts.criteria} == CRITERIA
    assert [(c.code, c.rank) for c in texts.criteria] == [(c, i) for i, c in enumerate(SituationCode, 1)]
    assert texts.criterion(SituationCode.FINANCE).examples == (
        "établissement de santé",
        "association de soutien à la parentalité membre d’un REAAP",
        "réseau professionnel",
        "Relais Petite Enfance",
        "crèche associative",
    )
    assert texts.criterion(SituationCode.AUTORISE_OU_AGREE).examples == (
        "un assistant maternel",
        "un espace de vie sociale",
        "un EICCF-EVARS",
    )
    assert texts.criterion(SituationCode.SERVICE_PUBLIC).examples[0] == "centres de PMI"
    assert len(texts.criterion(SituationCode.CONVENTIONNE).examples) == 9


def test_axes(texts):
    assert texts.axes == tuple(Axis(rank=rank, text=text) for rank, text in enumerate(AXES, 1))
    assert texts.axis(6).text == "Place du père ou du second parent"


def test_calls(texts):
    assert [c.code for c in texts.calls] == list(CallCode)
    regional = texts.call(CallCode.AAP_1000_PREMIERS_JOURS)
    assert regional.axes == (1, 2, 3, 4, 5, 6)
    assert regional.organisers == (
        "Agences Régionales de Santé (ARS)",
        "Directions régionales de l’économie, de l’emploi, du travail et des solidarités (DREETS)",
    )
    assert regional.territories == (
        "QPV (quartiers prioritaires de la politique de la ville)",
        "ZRR (zones de revitalisations rurales)",
        "collectivités engagées dans le programme Petites Villes de Demain",
    )
    assert regional.articulations == (
        "Etablissements de Services en cours de constitution",
        "Cités Educatives",
        "Tiers-lieux",
        "Maisons France Service",
    )
    assert (
        "004",
        "près de 200 projets sélectionnés et financés sur le territoire national, dans 15 régions différentes",
    ) in {(s.seed, s.text) for s in regional.statements}
    assert texts.call(CallCode.ENFANCE_EGALITE).name == "Enfance=Égalité"
    assert [texts.call(c).axes for c in (CallCode.ENFANCE_EGALITE, CallCode.AMI_ACCUEIL_POUR_TOUS)] == [(), ()]


def test_programmes(texts):
    assert [p.code for p in texts.programmes] == list(ProgrammeCode)
    assert texts.programme(ProgrammeCode.LABEL_1000_PREMIERS_JOURS).themes == LABEL_THEMES
    assert texts.programme(ProgrammeCode.REPAP).name == "RéPAP (Référent parcours périnatalité)"
    assert all(s.seed in {"000", "001", "002"} for p in texts.programmes for s in p.statements)


def test_both_statements_on_the_353_maternities_are_kept(texts):
    said = [s.text for s in texts.programme(ProgrammeCode.SAC_1000_PREMIERS_JOURS).statements]
    assert "Montée en charge des livraisons jusqu'à août 2022 (353 maternités)" in said
    assert any("pour atteindre 353 maternités fournies en juillet 2022" in text for text in said)
    assert {"Intégration des 100 premières maternités", "Évaluation du dispositif dans 20 maternités"} < set(said)


def test_each_is_found_by_its_code(texts):
    assert [texts.priority(p.code) for p in texts.priorities] == list(texts.priorities)
    assert [texts.category(c.code) for c in texts.categories] == list(texts.categories)


def test_what_is_not_there_is_a_key_error(texts):
    with pytest.raises(KeyError):
        texts.axis(7)
