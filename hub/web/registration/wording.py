"""What states, steps, roles and reasons are called in French."""

from typing import Final

STATES: Final = {
    "DRAFT": "Brouillon",
    "SUBMITTED": "Envoyée, en attente d’un modérateur",
    "VALIDATED": "Validée",
    "REFUSED": "Refusée",
    "WITHDRAWN": "Retirée",
}

STEPS: Final = {
    "CREATED": "Inscription commencée",
    "REOPENED": "Nouvelle version commencée",
    "SUBMITTED": "Demande envoyée",
    "VALIDATED": "Demande validée",
    "REFUSED": "Demande refusée",
    "WITHDRAWN": "Inscription retirée",
    "ERASED": "Inscription effacée",
    "PURGED": "Brouillon oublié supprimé",
    "EMAIL_CONFIRMED": "Adresse électronique confirmée",
}

ROLES: Final = {
    "REGISTRANT": "le professionnel",
    "PARTNER": "un partenaire",
    "MODERATOR": "la modération",
    "ADMIN": "l’administration",
    "HUB": "le hub",
}

REASONS: Final = {
    "NOT_ELIGIBLE": "Les conditions d’éligibilité ne sont pas remplies.",
    "NO_PROOF_OF_TRUST": (
        "La confiance de l’Etat, de la Sécurité sociale ou d’une collectivité n’est pas établie : dites par quel acte."
    ),
    "INCOMPLETE": "Une information manque ou n’est pas claire.",
    "DUPLICATE": "Cette structure est déjà inscrite.",
}
"""What a moderator says of each reason to refuse; of OTHER, in their own words."""

OTHER: Final = "OTHER"
