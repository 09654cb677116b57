"""Registrations, as their owners and moderators see them."""

from datetime import datetime
from typing import Annotated

import strawberry

from connectors import registrations as stored
from connectors.registrations import State, Step
from resolvers.registration import duplicates
from resolvers.registration.checks import Checks
from resolvers.registration.refusals import Reason, ReasonCode
from resolvers.request import Info
from resolvers.types import registration_enums  # noqa: F401  # makes GraphQL enums
from resolvers.types import structure as structure_types
from resolvers.types.connections import LazyStructure, PageInfo
from resolvers.types.matching import MatchCandidate
from resolvers.types.registered import RegisteredContact, RegistrationForm, contact_shown, form_shown
from resolvers.types.registration_enums import Decision
from resolvers.types.scalars import URL

FirstDuplicates = Annotated[int, strawberry.argument(description="How many at most, from 1 to 100.")]


@strawberry.type(description="Why something that was entered, or asked for, cannot be.")
class RegistrationReason:
    code: ReasonCode = strawberry.field(description="What is wrong.")
    field: str | None = strawberry.field(
        description='Path of the field in the input, as "places.0.commune"; null for the step itself.'
    )
    message: str = strawberry.field(description="The same in French, for people.")


@strawberry.type(description="A step that was taken: it is never changed.")
class RegistrationEvent:
    at: datetime = strawberry.field(description="When.")
    role: str = strawberry.field(description="Who took it, by role.")
    what: Step = strawberry.field(description="What was done.")
    revision: int = strawberry.field(description="The revision that it was done to.")
    comment: str | None = strawberry.field(description="What was said of it.")
    reasons: list[RegistrationReason] = strawberry.field(description="Why it was refused.")


def _missing(root: "Registration", info: Info) -> list[RegistrationReason]:
    federation = info.context.federation
    kept = root.registration
    return reasons_shown(Checks(federation.gazetteer, federation.referentials).of(kept.form, kept.contact))


async def _events(root: "Registration", info: Info) -> list[RegistrationEvent]:
    return [_event(event) for event in await info.context.federation.registrations.events_of(root.registration.id)]


async def _structures(root: "Registration", info: Info) -> list[LazyStructure]:
    shown = root.registration.shown
    source = info.context.federation.registrations.source
    ids = [f"{source}--{key}" for key in shown.keys.structures] if shown else []
    found = await info.context.entries.load_many(ids)
    return [structure_types.structure_of(entry) for entry in {e.id: e for e in found if e is not None}.values()]


async def _duplicates(root: "Registration", info: Info, first: FirstDuplicates = 5) -> list[MatchCandidate]:
    return await duplicates.candidates(info, root.registration, first)


def _kit_url(root: "Registration", info: Info) -> URL | None:
    known = root.registration.shown is not None and root.registration.code is not None
    return URL(f"{info.context.base}/kit/{root.registration.id}") if known else None


def _owned(root: "Registration", info: Info) -> bool:
    return root.registration.owner == info.context.caller.account


@strawberry.type(description='A registration ("enregistrement"), seen by its owner and by moderators only.')
class Registration:
    registration: strawberry.Private[stored.Registration]
    id: strawberry.ID = strawberry.field(description="Its id.")
    state: State = strawberry.field(description="Where its latest revision stands.")
    revision: int = strawberry.field(description="Number of the latest revision, from 1.")
    owned_by_me: bool = strawberry.field(resolver=_owned, description="Whether it is the caller's own.")
    form: RegistrationForm = strawberry.field(description="What was entered last.")
    contact: RegisteredContact = strawberry.field(description="How to reach its owner.")
    email_confirmed_at: datetime | None = strawberry.field(
        description='When the e-mail address was confirmed; null for "e-mail not confirmed".'
    )
    missing: list[RegistrationReason] = strawberry.field(
        resolver=_missing, description="What keeps the form from being submitted, by field."
    )
    possible_duplicates: list[MatchCandidate] = strawberry.field(
        resolver=_duplicates,
        description="Entries of all directories that may be the same, the likeliest first: to be linked by `sameAs`.",
    )
    shown_form: RegistrationForm | None = strawberry.field(
        description="What is shown: the revision that was validated last; null when nothing is."
    )
    structures: list[LazyStructure] = strawberry.field(resolver=_structures, description="What is shown of it.")
    kit_url: URL | None = strawberry.field(
        resolver=_kit_url, description='Where its owner gets the kit with the logo ("kit"), while something is shown.'
    )
    logo_code: str | None = strawberry.field(description="The code of its logo, once it was validated.")
    events: list[RegistrationEvent] = strawberry.field(resolver=_events, description="Its steps, oldest first.")
    created_at: datetime = strawberry.field(description="When it was begun.")
    touched_at: datetime = strawberry.field(description="When it was last changed.")


@strawberry.type(description="A page of registrations.")
class RegistrationConnection:
    nodes: list[Registration] = strawberry.field(description="The page, oldest first.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")
    total_count: int = strawberry.field(description="How many there are in all.")


@strawberry.type(description="Something that cannot be, and why; a draft is kept of what was entered, where it can be.")
class RegistrationRefused:
    reasons: list[RegistrationReason] = strawberry.field(description="Why, one reason at least.")
    registration: Registration | None = strawberry.field(description="What was kept of what was entered.")


RegistrationResult = Annotated[
    Registration | RegistrationRefused,
    strawberry.union("RegistrationResult", description="The registration as it is now, or why it cannot be."),
]


@strawberry.type(description="Something was erased.")
class Erased:
    ids: list[strawberry.ID] = strawberry.field(description="Ids of the entries that are not shown any more.")


ErasureResult = Annotated[
    Erased | RegistrationRefused, strawberry.union("ErasureResult", description="Erased, or why it cannot be.")
]


@strawberry.input(description="Why a registration is refused.")
class RefusalReasonInput:
    code: ReasonCode = strawberry.field(description="NOT_ELIGIBLE, NO_PROOF_OF_TRUST, INCOMPLETE, DUPLICATE or OTHER.")
    message: str = strawberry.field(description="What its owner is told, in French.")
    field: str | None = strawberry.field(default=None, description="Path of the field that it is about.")


@strawberry.input(description="A decision about a registration that waits.")
class DecisionInput:
    id: strawberry.ID = strawberry.field(description="The registration.")
    revision: int = strawberry.field(description="The revision that was looked at.")
    decision: Decision = strawberry.field(description="Whether it is to be shown.")
    reasons: list[RefusalReasonInput] | None = strawberry.field(
        default=None, description="Why not: one reason at least to refuse, none to validate."
    )
    comment: str | None = strawberry.field(default=None, description="Words besides.")


@strawberry.input(
    one_of=True,
    description="What is to be erased: a registration, or an entry of any directory for moderators.",
)
class ErasedInput:
    registration: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="A registration: by its owner, or by a moderator."
    )
    structure: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Global id of an entry, whoever knows it: by a moderator."
    )


@strawberry.input(description='A request for erasure (RGPD, art. 17 and 21: "droit à l’effacement, d’opposition").')
class ErasureInput:
    what: ErasedInput = strawberry.field(description="What is to be erased.")
    reason: str | None = strawberry.field(
        default=None,
        description="On what proof a moderator does it, without naming anybody: it is kept. Owners need none.",
    )


def shown(registration: stored.Registration) -> Registration:
    """A registration as the API shows it to those who may see it."""
    public = registration.shown
    return Registration(
        registration=registration,
        id=strawberry.ID(registration.id),
        state=registration.state,
        revision=registration.revision,
        form=form_shown(registration.form),
        contact=contact_shown(registration.contact),
        email_confirmed_at=registration.email_confirmed_at,
        shown_form=form_shown(public.form) if public else None,
        logo_code=registration.code,
        created_at=registration.created_at,
        touched_at=registration.touched_at,
    )


def reasons_shown(reasons: list[Reason]) -> list[RegistrationReason]:
    """Reasons as the API shows them."""
    return [RegistrationReason(code=r.code, field=r.field, message=r.message) for r in reasons]


def _event(event: stored.Event) -> RegistrationEvent:
    return RegistrationEvent(
        at=event.at,
        role=event.role,
        what=event.what,
        revision=event.revision,
        comment=event.comment,
        reasons=[RegistrationReason(code=ReasonCode(r.code), field=r.field, message=r.message) for r in event.reasons],
    )
