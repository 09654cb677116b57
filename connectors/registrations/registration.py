"""A registration, its steps, and what others are told of it, as frozen values.

                 ┌──────── save ────────┐
                 v                      │
    save ──> DRAFT ──submit──> SUBMITTED ──decide──> VALIDATED
                 ^                  │  └──decide──> REFUSED
                 └───── save ───────┴──────────────────┘
    all but WITHDRAWN ──withdraw──> WITHDRAWN

What was validated stays shown while a later revision is a draft, waits or is refused; withdrawing ends it for good.
"""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from connectors.registrations.form import ContactForm, Form


class State(StrEnum):
    """Where the latest revision of a registration stands."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    VALIDATED = "VALIDATED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"


class Step(StrEnum):
    """What happened to a registration."""

    CREATED = "CREATED"
    REOPENED = "REOPENED"
    SUBMITTED = "SUBMITTED"
    VALIDATED = "VALIDATED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"
    ERASED = "ERASED"
    PURGED = "PURGED"
    EMAIL_CONFIRMED = "EMAIL_CONFIRMED"


class Actor(Struct, frozen=True, kw_only=True):
    """Who takes a step. `role`: what everybody concerned may know of them. `moderates`: they may act for any owner."""

    account: str
    role: str
    moderates: bool = False


class Remark(Struct, frozen=True, kw_only=True):
    """A reason of a refusal: a code, the field that it is about (its path in the form), and words."""

    code: str
    message: str
    field: str | None = None


class Event(Struct, frozen=True, kw_only=True):
    """A step that was taken. `account`, `comment` and `reasons` are gone once the person is erased."""

    at: datetime
    role: str
    what: Step
    revision: int
    account: str | None = None
    comment: str | None = None
    reasons: tuple[Remark, ...] = ()


class Taken(Struct, frozen=True, kw_only=True):
    """A step in the order of all steps of all registrations: `number` grows."""

    number: int
    registration: str
    event: Event


class Keys(Struct, frozen=True, kw_only=True):
    """The keys of the records made of a form: one structure for each place (one without any), one for each action."""

    structures: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()


class Shown(Struct, frozen=True, kw_only=True):
    """What is shown of a registration: the revision that was validated last, and its records.

    `contact` has the public details only. `since`: when the first revision was validated.
    """

    revision: int
    form: Form
    contact: ContactForm
    keys: Keys
    since: datetime


class Registration(Struct, frozen=True, kw_only=True):
    """A registration as its owner and moderators see it.

    `email_confirmed_at`: when the present e-mail address was confirmed, None when it was not. `code`: of the logo, once
    it was validated. `published`: the keys of all structures that were ever shown of it.
    """

    number: int
    id: str
    owner: str
    state: State
    revision: int
    form: Form
    contact: ContactForm
    created_at: datetime
    touched_at: datetime
    shown: Shown | None = None
    published: tuple[str, ...] = ()
    email_confirmed_at: datetime | None = None
    code: str | None = None


class ChangeKind(StrEnum):
    """What became of an entry."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    WITHDRAWN = "WITHDRAWN"
    ERASED = "ERASED"
    LINKED = "LINKED"
    UNLINKED = "UNLINKED"


class Change(Struct, frozen=True, kw_only=True):
    """An entry of the feed: ids of structures (`source--key`) and nothing else; two of a link, one otherwise."""

    seq: int
    at: datetime
    kind: ChangeKind
    ids: tuple[str, ...]


class ChangeLog(Struct, frozen=True, kw_only=True):
    """Some changes in order, and the number of the latest one there is."""

    changes: tuple[Change, ...]
    latest: int


class CodeState(Struct, frozen=True, kw_only=True):
    """What a logo's code stands for. `registration`: while it is rightful; `since`: when that began, or ended."""

    rightful: bool
    since: datetime
    registration: Registration | None = None


class Listing(Struct, frozen=True, kw_only=True):
    """Which registrations to list; None where it does not matter. `words` are folded, and all to be found."""

    owner: str | None = None
    states: tuple[State, ...] | None = None
    words: tuple[str, ...] = ()
    departement: str | None = None


class Listed(Struct, frozen=True, kw_only=True):
    """A page of registrations, oldest first. `after`: where to go on, None on the last page; `total`: of all pages."""

    registrations: tuple[Registration, ...]
    after: int | None
    total: int
