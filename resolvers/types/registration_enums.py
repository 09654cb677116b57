"""The enumerations of registrations, each value described."""

from enum import StrEnum

from connectors.registrations import ChangeKind, State, Step
from resolvers.registration.eligibility import Missing
from resolvers.registration.refusals import ReasonCode
from resolvers.types.enums import describe


class Decision(StrEnum):
    """What a moderator decides."""

    VALIDATE = "VALIDATE"
    REFUSE = "REFUSE"


class LogoStatus(StrEnum):
    """What a logo's code stands for."""

    RIGHTFUL = "RIGHTFUL"
    WITHDRAWN = "WITHDRAWN"
    UNKNOWN = "UNKNOWN"


describe(
    State,
    "RegistrationState",
    "Where the latest revision of a registration stands; what was validated before stays shown meanwhile.",
    {
        "DRAFT": 'Being filled in ("brouillon").',
        "SUBMITTED": "Waiting for a moderator.",
        "VALIDATED": "Shown.",
        "REFUSED": "Refused, for reasons: it may be mended and submitted again.",
        "WITHDRAWN": "Ended by its owner or a moderator: nothing of it is shown any more.",
    },
)
describe(
    Step,
    "RegistrationStep",
    "What happened to a registration.",
    {
        "CREATED": "It was begun.",
        "REOPENED": "A new revision was begun.",
        "SUBMITTED": "It was submitted.",
        "VALIDATED": "A moderator validated it.",
        "REFUSED": "A moderator refused it.",
        "WITHDRAWN": "It was withdrawn.",
        "ERASED": "It was erased, with all that was said of it.",
        "PURGED": "A draft that nobody went on with was removed.",
        "EMAIL_CONFIRMED": "Its owner confirmed the e-mail address.",
    },
)
describe(
    Missing,
    "EligibilityMissing",
    "What keeps somebody from being eligible.",
    {
        "OUT_OF_PERIOD": 'The activity is not for the time "du projet d’enfant à l’entrée à l’école".',
        "NO_SITUATION": "None of the four situations holds.",
        "NO_PRIORITY": "No priority is declared.",
    },
)
describe(
    ReasonCode,
    "RegistrationReasonCode",
    "Why something that was entered, or asked for, cannot be. The last five are given by moderators.",
    {
        "REQUIRED": "It is missing.",
        "TOO_LONG": "The text is too long: nothing was kept.",
        "TOO_MANY": "The list is too long: nothing was kept.",
        "NOT_TEXT": "It holds control characters, or is no Unicode: nothing was kept.",
        "WRONG_FORM": "It has not the form of what it is to be.",
        "WRONG_KEY": "It is no such number: its form or its check digit is wrong.",
        "WRONG_KIND": "It does not go with what is registered.",
        "WRONG_CATEGORY": "The sub-category is not of the category.",
        "UNKNOWN_TERRITORY": "No territory has this INSEE code.",
        "UNKNOWN_RECORD": "No other directory has a record of this id.",
        "OUTSIDE_COMMUNE": "The point is not in the commune.",
        "OUT_OF_PERIOD": 'The activity is not for the time "du projet d’enfant à l’entrée à l’école".',
        "NO_SITUATION": "None of the four situations holds.",
        "NO_PRIORITY": "No priority is declared.",
        "NO_CONSENT": "The text in force was not agreed to.",
        "UNKNOWN_REGISTRATION": "There is no such registration, or it is somebody else's.",
        "WRONG_STATE": "The registration is not in a state from which this leads on.",
        "STALE_REVISION": "The registration was changed since it was looked at.",
        "KEY_REUSED": "The idempotency key came with another request before: take a new one.",
        "NOT_ELIGIBLE": "It is not eligible.",
        "NO_PROOF_OF_TRUST": 'The trust ("la confiance") of an institution is not proved.',
        "INCOMPLETE": "Something is missing, or not clear.",
        "DUPLICATE": "It is registered already.",
        "OTHER": "Another reason, which the message tells.",
    },
)
describe(
    ChangeKind,
    "ChangeKind",
    "What became of an entry.",
    {
        "CREATED": "It is shown now.",
        "UPDATED": "What is shown of it is another.",
        "WITHDRAWN": "It is not shown any more.",
        "ERASED": "It is to be forgotten: nothing but its id is told any more.",
        "LINKED": "Two records are one place.",
        "UNLINKED": "Two records are two places.",
    },
)
describe(
    Decision,
    "RegistrationDecision",
    "What a moderator decides.",
    {"VALIDATE": "It is shown.", "REFUSE": "It is not, for reasons."},
)
describe(
    LogoStatus,
    "LogoStatus",
    "What the code of a displayed logo stands for.",
    {
        "RIGHTFUL": "A validated registration: the logo may be displayed.",
        "WITHDRAWN": "A registration that was withdrawn: the logo may not be displayed any more.",
        "UNKNOWN": "Nothing: no such code was ever given.",
    },
)
