"""Why what was entered or asked for cannot be: a code for programs, the field, and French words for people."""

from enum import StrEnum
from typing import Final

from msgspec import Struct


class ReasonCode(StrEnum):
    """What is wrong; where it says nothing of a field, the step itself is refused."""

    REQUIRED = "REQUIRED"
    TOO_LONG = "TOO_LONG"
    TOO_MANY = "TOO_MANY"
    NOT_TEXT = "NOT_TEXT"
    WRONG_FORM = "WRONG_FORM"
    WRONG_KEY = "WRONG_KEY"
    WRONG_KIND = "WRONG_KIND"
    WRONG_CATEGORY = "WRONG_CATEGORY"
    UNKNOWN_TERRITORY = "UNKNOWN_TERRITORY"
    UNKNOWN_RECORD = "UNKNOWN_RECORD"
    OUTSIDE_COMMUNE = "OUTSIDE_COMMUNE"
    OUT_OF_PERIOD = "OUT_OF_PERIOD"
    NO_SITUATION = "NO_SITUATION"
    NO_PRIORITY = "NO_PRIORITY"
    NO_CONSENT = "NO_CONSENT"
    UNKNOWN_REGISTRATION = "UNKNOWN_REGISTRATION"
    WRONG_STATE = "WRONG_STATE"
    STALE_REVISION = "STALE_REVISION"
    KEY_REUSED = "KEY_REUSED"
    NOT_ELIGIBLE = "NOT_ELIGIBLE"
    NO_PROOF_OF_TRUST = "NO_PROOF_OF_TRUST"
    INCOMPLETE = "INCOMPLETE"
    DUPLICATE = "DUPLICATE"
    OTHER = "OTHER"


BY_MODERATORS: Final = frozenset(
    {
        ReasonCode.NOT_ELIGIBLE,
        ReasonCode.NO_PROOF_OF_TRUST,
        ReasonCode.INCOMPLETE,
        ReasonCode.DUPLICATE,
        ReasonCode.OTHER,
    }
)
"""The reasons that a moderator gives."""


class Reason(Struct, frozen=True):
    """One reason. `field`: the path in the input, as "places.0.commune"; None for the step itself."""

    code: ReasonCode
    message: str
    field: str | None = None


REQUIRED_FIELD: Final = "Ce champ est obligatoire."
