"""The fields of registrations at the roots of the API: what can be asked, and what can be done."""

from typing import Annotated, Any

import msgspec
import strawberry
from strawberry.scalars import JSON

from connectors.errors import quoted
from connectors.gazetteer import fold
from connectors.registrations import Listing, State
from resolvers.access import Role
from resolvers.errors import BadInput
from resolvers.federation.paging import check_first, cursor_of, key_of, mark
from resolvers.registration import erasing, steps
from resolvers.request import Info
from resolvers.types import changes as feed
from resolvers.types import eligibility
from resolvers.types.arguments import After, First
from resolvers.types.changes import ChangeConnection, LogoAttestation
from resolvers.types.connections import PageInfo
from resolvers.types.eligibility import ConsentText, EligibilityInput, EligibilityResult
from resolvers.types.registration import (
    DecisionInput,
    ErasureInput,
    ErasureResult,
    Registration,
    RegistrationConnection,
    RegistrationResult,
    shown,
)
from resolvers.types.registration_inputs import RegistrationInput

REGISTRATIONS = mark("registrations")
MAX_TEXT = 200
_LARGEST = 2**63 - 1


@strawberry.input(description="Which registrations to list. All fields must hold.")
class RegistrationFilter:
    states: list[State] | None = strawberry.field(default=None, description="Stands at one of these.")
    text: str | None = strawberry.field(
        default=None, description="Beginnings of words of its name or city: accents and case do not matter."
    )
    departement: str | None = strawberry.field(
        default=None, description='Has a place in, or moves in, a département (INSEE code: "21", "2A", "974").'
    )
    owned_by_me: bool = strawberry.field(
        default=False, description="Is the caller's own: so is all that who is no moderator is shown."
    )


Asked = Annotated[RegistrationFilter | None, strawberry.argument(description="Which ones; all without it.")]
RegistrationId = Annotated[strawberry.ID, strawberry.argument(description="Id of a registration.")]
Answers = Annotated[EligibilityInput, strawberry.argument(description="What is known of who asks.")]
Code = Annotated[str, strawberry.argument(description="The code beside the logo, however it is typed.")]
Since = Annotated[str | None, strawberry.argument(description="A cursor: changes after it. Null for the first ones.")]
FirstChanges = Annotated[int, strawberry.argument(description="How many at most, from 1 to 100.")]
Entry = Annotated[RegistrationInput, strawberry.argument(description="What is entered.")]
Verdict = Annotated[DecisionInput, strawberry.argument(description="The decision.")]
Reason = Annotated[str | None, strawberry.argument(description="Why, in a few words.")]
Erasure = Annotated[ErasureInput, strawberry.argument(description="What is to be erased, and why.")]


def check_eligibility(info: Info, answers: Answers) -> EligibilityResult:
    """See the field."""
    return eligibility.check(info, answers)


def registration_consent() -> ConsentText:
    """See the field."""
    return eligibility.consent_text()


async def registration(info: Info, id: RegistrationId) -> Registration | None:
    """See the field."""
    info.context.used.keep(0)  # what is private is kept for nobody
    by = steps.actor(info)
    found = await info.context.federation.registrations.find(id)
    return shown(found) if found is not None and (by.moderates or found.owner == by.account) else None


async def registrations(
    info: Info, filter: Asked = None, first: First = 20, after: After = None
) -> RegistrationConnection:
    """See the field."""
    info.context.used.keep(0)
    check_first(first)
    start = _start(after)
    found = await info.context.federation.registrations.listed(_listing(info, filter), first, start)
    end = cursor_of((found.registrations[-1].number,), REGISTRATIONS) if found.registrations else None
    return RegistrationConnection(
        nodes=list(map(shown, found.registrations)),
        page_info=PageInfo(
            has_next_page=found.after is not None,
            has_previous_page=after is not None,
            start_cursor=None,
            end_cursor=end,
        ),
        total_count=found.total,
    )


async def my_data(info: Info) -> JSON:
    """See the field."""
    info.context.used.keep(0)
    account = info.context.caller.needs(Role.REGISTRANT)
    store = info.context.federation.registrations
    told: list[Any] = []
    for own in await store.of_owner(account):
        events = await store.events_of(own.id)
        told.append({**msgspec.to_builtins(own), "events": msgspec.to_builtins(events)})
    return JSON({"account": account, "registrations": told})


async def verify_logo(info: Info, code: Code) -> LogoAttestation:
    """See the field."""
    return await feed.verify(info, code)


async def changes(info: Info, since: Since = None, first: FirstChanges = 100) -> ChangeConnection:
    """See the field."""
    return await feed.changes(info, since, first)


async def save_draft(info: Info, input: Entry) -> RegistrationResult:
    """See the field."""
    return await steps.save_draft(info, input)


async def submit_registration(info: Info, input: Entry) -> RegistrationResult:
    """See the field."""
    return await steps.submit(info, input)


async def decide_registration(info: Info, input: Verdict) -> RegistrationResult:
    """See the field."""
    return await steps.decide(info, input)


async def withdraw_registration(info: Info, id: RegistrationId, reason: Reason = None) -> RegistrationResult:
    """See the field."""
    return await steps.withdraw(info, id, reason)


async def request_erasure(info: Info, input: Erasure) -> ErasureResult:
    """See the field."""
    return await erasing.erase(info, input)


def _listing(info: Info, given: RegistrationFilter | None) -> Listing:
    """What is listed: for who is no moderator, their own only."""
    given = given or RegistrationFilter()
    by = steps.actor(info)
    if given.text is not None and len(given.text) > MAX_TEXT:
        raise BadInput(f"filter.text: at most {MAX_TEXT} characters")
    if given.departement is not None and given.departement not in info.context.federation.gazetteer.departements:
        raise BadInput(f"filter.departement: no département has the INSEE code {quoted(given.departement)}")
    return Listing(
        owner=by.account if given.owned_by_me or not by.moderates else None,
        states=None if given.states is None else tuple(dict.fromkeys(given.states)),
        words=tuple(f" {word}" for word in fold(given.text or "").split()),
        departement=given.departement,
    )


def _start(after: str | None) -> int:
    if after is None:
        return 0
    match key_of(after, REGISTRATIONS):
        case (int(number),) if 0 <= number <= _LARGEST:
            return number
    raise BadInput("after: this is not a cursor of this API")
