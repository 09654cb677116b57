"""The confirmation of e-mail addresses, as the API speaks of it; the hub sends the letters."""

from enum import StrEnum
from typing import Protocol

from connectors.registrations import Registration


class Confirmed(StrEnum):
    """What became of a link."""

    CONFIRMED = "CONFIRMED"
    SPENT = "SPENT"
    EXPIRED = "EXPIRED"
    WRONG = "WRONG"


class Asked(StrEnum):
    """Whether a link is on its way."""

    SENT = "SENT"
    ALREADY_CONFIRMED = "ALREADY_CONFIRMED"
    NO_ADDRESS = "NO_ADDRESS"
    TOO_OFTEN = "TOO_OFTEN"


class Mail(Protocol):
    """What the API does with mail; all of it raises `Unavailable` and `BadData`."""

    async def confirm(self, token: str) -> Confirmed:
        """Confirm the address that a link was sent to."""
        ...

    async def ask(self, registration: Registration) -> Asked:
        """Send a link to the address of a registration."""
        ...
