"""The confirmation of e-mail addresses at the roots of the API."""

from typing import Annotated

import strawberry

from resolvers.errors import BadInput
from resolvers.mail import Asked, Confirmed, Mail
from resolvers.registration.steps import actor
from resolvers.request import Info
from resolvers.types.enums import describe

describe(
    Confirmed,
    "EmailConfirmation",
    "What became of a link that confirms an e-mail address.",
    {
        "CONFIRMED": "The address is confirmed.",
        "SPENT": "The link was used before.",
        "EXPIRED": "The link is too old: ask for another one.",
        "WRONG": "The link confirms nothing: the address was changed, or the link is not whole.",
    },
)
describe(
    Asked,
    "EmailConfirmationRequest",
    "Whether a link that confirms an e-mail address is on its way.",
    {
        "SENT": "It is.",
        "ALREADY_CONFIRMED": "The address is confirmed already.",
        "NO_ADDRESS": "The registration has no e-mail address.",
        "TOO_OFTEN": "Too many were sent to this address, or for this account, since yesterday.",
    },
)

Token = Annotated[str, strawberry.argument(description="The last part of the link.")]
OwnId = Annotated[strawberry.ID, strawberry.argument(description="Id of a registration.")]


async def confirm_email(info: Info, token: Token) -> Confirmed:
    """See the field."""
    return await mail_of(info).confirm(token)


async def request_email_confirmation(info: Info, id: OwnId) -> Asked:
    """See the field."""
    by = actor(info)
    found = await info.context.federation.registrations.find(str(id))
    if found is None or not (by.moderates or found.owner == by.account):
        raise BadInput("id: there is no such registration")
    return await mail_of(info).ask(found)


def mail_of(info: Info) -> Mail:
    """The mail of the hub that answers."""
    mail = info.context.mail
    if mail is None:
        raise LookupError("no mail is sent where this is asked")
    return mail
