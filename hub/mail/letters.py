"""What is written to whom: the French texts of all letters."""

from typing import Final

from connectors.registrations import Event, Registration, Step
from hub.mail.letter import Kind, Letter

DAYS: Final = 3
"""For which a link to confirm an address is good."""

OWN_PAGE: Final = "/mon-inscription"
CONFIRM: Final = "/confirmer"
KIT: Final = "/kit"


def confirmation(registration: Registration, address: str, link: str, key: str) -> Letter:
    """Is this address yours? It tells nothing of the registration: whoever reads it may have nothing to do with it."""
    return Letter(
        key=key,
        kind=Kind.CONFIRMATION,
        to=address,
        subject="Confirmez votre adresse électronique",
        paragraphs=(
            "Cette adresse a été indiquée lors d’un enregistrement de professionnel des 1000 premiers jours.",
            f"Si c’est la vôtre, confirmez-la dans les {DAYS} jours.",
        ),
        link=("Confirmer mon adresse", link),
        after=("Si vous n’avez rien demandé, ne faites rien : cette adresse ne sera pas utilisée.",),
        registration=registration.id,
        asks=(f"address {address.lower()}", f"owner {registration.owner}"),
    )


def login(address: str, link: str, minutes: int, key: str) -> Letter:
    """Who asks to log in with this address."""
    return Letter(
        key=key,
        kind=Kind.LOGIN,
        to=address,
        subject="Votre lien de connexion",
        paragraphs=(
            "Quelqu’un a demandé à se connecter au hub des 1000 premiers jours avec cette adresse.",
            f"Si c’est vous, ouvrez ce lien dans les {minutes} minutes ; il ne sert qu’une fois.",
        ),
        link=("Se connecter", link),
        after=("Si vous n’avez rien demandé, ne faites rien : personne n’est connecté sans ce lien.",),
        asks=(f"login {address.lower()}",),
    )


def decision(registration: Registration, event: Event, key: str, base: str) -> Letter | None:
    """What was decided about a registration, to the address that was confirmed; None for what is not told."""
    address, form = registration.contact.email.value, registration.form
    if address is None or registration.email_confirmed_at is None:
        return None
    name = " ".join((form.name or "").splitlines())
    own = ("Voir mon enregistrement", f"{base}{OWN_PAGE}")
    match event.what:
        case Step.VALIDATED:
            return Letter(
                key=key,
                kind=Kind.VALIDATED,
                to=address,
                subject="Votre enregistrement est validé",
                paragraphs=(
                    f"Votre enregistrement « {name} » est validé.",
                    "Vous apparaissez sur la Carte des 1000 premiers jours en action.",
                    "Vous pouvez utiliser le logo des professionnels des 1000 premiers jours.",
                    f"Votre code : {registration.code}. Il permet à tous de vérifier que votre logo est légitime.",
                ),
                link=("Télécharger le kit", f"{base}{KIT}/{registration.id}"),
                registration=registration.id,
            )
        case Step.REFUSED:
            comment = (event.comment,) if event.comment else ()
            return Letter(
                key=key,
                kind=Kind.REFUSED,
                to=address,
                subject="Votre enregistrement n’a pas été validé",
                paragraphs=(f"Votre enregistrement « {name} » n’a pas été validé, pour les raisons suivantes :",),
                items=tuple(reason.message for reason in event.reasons),
                link=own,
                after=(*comment, "Vous pouvez le compléter et l’envoyer de nouveau."),
                registration=registration.id,
            )
        case Step.WITHDRAWN:
            comment = (f"Motif indiqué : {event.comment}",) if event.comment else ()
            return Letter(
                key=key,
                kind=Kind.WITHDRAWN,
                to=address,
                subject="Votre enregistrement est retiré",
                paragraphs=(
                    f"Votre enregistrement « {name} » est retiré : il n’apparaît plus sur la carte.",
                    "Le logo ne peut plus être utilisé ; son code l’indique désormais à qui le vérifie.",
                    *comment,
                ),
                registration=registration.id,
            )
    return None


def webhook_disabled(address: str, url: str, problem: str, key: str) -> Letter:
    """Nothing could be delivered for long."""
    return Letter(
        key=key,
        kind=Kind.WEBHOOK_DISABLED,
        to=address,
        subject="Un webhook est désactivé",
        paragraphs=(
            "Les changements n’ont pas pu être remis à cette adresse, et ne lui sont plus envoyés :",
            url,
            f"Dernière erreur : {problem}.",
            "Rien n’est perdu : « replayWebhook » reprend l’envoi à partir du curseur de votre choix.",
        ),
    )
