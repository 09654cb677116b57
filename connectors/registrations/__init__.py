"""Registrations in the 1000 premiers jours programme: who asks to be shown, as what, and what became of it.

They are kept in the registry's own database, so that what is validated and the records made of it are written together.
"""

from connectors.registrations.form import (
    ActionForm,
    Area,
    Consent,
    ContactForm,
    Detail,
    Entered,
    Form,
    PlaceForm,
    Situation,
)
from connectors.registrations.registration import (
    Actor,
    Change,
    ChangeKind,
    ChangeLog,
    CodeState,
    Event,
    Keys,
    Listed,
    Listing,
    Registration,
    Remark,
    Shown,
    State,
    Step,
    Taken,
)
from connectors.registrations.steps import Erasure, Make, believed
from connectors.registrations.store import HUB, Registrations
from connectors.registrations.suppressions import Suppressions

__all__ = [
    "HUB",
    "ActionForm",
    "Actor",
    "Area",
    "Change",
    "ChangeKind",
    "ChangeLog",
    "CodeState",
    "Consent",
    "ContactForm",
    "Detail",
    "Entered",
    "Erasure",
    "Event",
    "Form",
    "Keys",
    "Listed",
    "Listing",
    "Make",
    "PlaceForm",
    "Registration",
    "Registrations",
    "Remark",
    "Shown",
    "Situation",
    "State",
    "Step",
    "Suppressions",
    "Taken",
    "believed",
]
