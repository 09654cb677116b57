"""What moderators and admins change: links between records, keys. Every refusal is a value, and changes nothing.

A change that has a key is made once: a client that lost the answer asks again under the same key, and gets it.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from math import isfinite
from typing import Annotated

import msgspec
import strawberry
from graphql import GraphQLError

from connectors.links import Change, Decision, Link, LinkMethod, LinkState, LinkStore, Verdict
from connectors.links.errors import LinkRefused as Refusal
from connectors.links.errors import OtherKind, UnknownLink, UnknownRecord
from connectors.links.link import MAX_COMMENT
from connectors.records import StructureRecord
from connectors.sqlite.once import KeyReused, Once
from resolvers.access import FORBIDDEN, Role
from resolvers.errors import BadInput, IdempotencyKeyReused
from resolvers.federation.entries import Entry
from resolvers.federation.used import LINKS
from resolvers.mail import Asked, Confirmed
from resolvers.request import Info
from resolvers.restricted import restricted
from resolvers.types import registration_fields as registering
from resolvers.types.links import LinkDecided, LinkInput, LinkRefused, LinkResult, link_shown, structures_of
from resolvers.types.mail import confirm_email, request_email_confirmation
from resolvers.types.registration import ErasureResult, RegistrationResult
from resolvers.types.viewer import ApiKeyCreated, ApiKeyRevoked, create_api_key, revoke_api_key
from resolvers.types.webhooks import (
    WebhookDeletion,
    WebhookReplay,
    WebhookResult,
    create_webhook,
    delete_webhook,
    replay_webhook,
)

Input = Annotated[LinkInput, strawberry.argument(description="The two records.")]
DryRun = Annotated[bool, strawberry.argument(description="Tell what would change, and change nothing.")]
LinkId = Annotated[strawberry.ID, strawberry.argument(description="Number of a link.")]
Why = Annotated[str, strawberry.argument(description="Why, in a few words.")]
Same = Annotated[bool, strawberry.argument(description="Whether the two records are the same place.")]
Comment = Annotated[str | None, strawberry.argument(description="Why, in a few words.")]
Key = Annotated[
    str | None,
    strawberry.argument(
        description=(
            "Name of this change, made up by its client (1 to 255 characters). Asked again under the same key within "
            "24 hours, the change is not made again and its first result is given; with another input that is an error."
        )
    ),
]


async def _link_records(info: Info, input: Input, dry_run: DryRun = False, idempotency_key: Key = None) -> LinkResult:
    by = info.context.caller.signature
    once = _once(idempotency_key, by, "linkRecords", input.a, input.b, input.comment)
    comment = _words(input.comment)

    async def link() -> Change:
        one, other = await _record(info, input.a), await _record(info, input.b)
        known = await _store(info).links_of([one.id])
        _check_own(info, (one.id, other.id), next((link for link in known if other.id in link.pair), None))
        return await _store(info).link(_decision(info, one, other, by, comment), dry_run=dry_run, once=once)

    return await _settled(info, link, dry_run, once)


async def _unlink_records(
    info: Info, id: LinkId, reason: Why, dry_run: DryRun = False, idempotency_key: Key = None
) -> LinkResult:
    verdict = Verdict(by=info.context.caller.signature, at=datetime.now(UTC), comment=_words(reason))
    once = _once(idempotency_key, verdict.by, "unlinkRecords", id, reason)

    async def unlink() -> Change:
        link = await _store(info).find(_number(id))
        if link is not None:
            _check_own(info, link.pair, link)
        return await _store(info).unlink(_number(id), verdict, dry_run=dry_run, once=once)

    return await _settled(info, unlink, dry_run, once)


async def _decide_suggestion(
    info: Info, id: LinkId, same: Same, comment: Comment = None, idempotency_key: Key = None
) -> LinkResult:
    verdict = Verdict(by=info.context.caller.signature, at=datetime.now(UTC), comment=_words(comment))
    once = _once(idempotency_key, verdict.by, "decideLinkSuggestion", id, same, comment)

    async def decide() -> Change:
        return await _store(info).decide(_number(id), verdict, same=same, once=once)

    return await _settled(info, decide, False, once)


async def _settled(info: Info, decide: Callable[[], Awaitable[Change]], dry_run: bool, once: Once | None) -> LinkResult:
    """What a decision comes to; what its key was answered before is answered again, whatever became of the records."""
    try:
        answered = await _store(info).answered(once) if once and not dry_run else None
        change = answered[0] if answered else await decide()
    except Refusal as refusal:
        return LinkRefused(code=type(refusal).__name__, message=str(refusal))
    except KeyReused as reused:
        raise IdempotencyKeyReused(str(reused)) from reused
    if not dry_run:
        info.context.federation.changes.publish(LINKS)
    info.context.entries.clear_all()
    link = change.after
    return LinkDecided(link=link_shown(link), dry_run=dry_run, structures=await structures_of(info, link))


def _check_own(info: Info, pair: tuple[str, str], known: Link | None) -> None:
    """A partner decides about records of its own sources, and overrules nobody; FORBIDDEN otherwise."""
    caller = info.context.caller
    if caller.is_a(Role.MODERATOR):
        return
    problem = None
    if caller.sources.isdisjoint(id_.partition("--")[0] for id_ in pair):
        problem = "Neither record is of a source of yours"
    elif known is not None and known.method is LinkMethod.PERSON and known.decided_by != caller.signature:
        problem = "Somebody else decided about these two already"
    if problem:
        raise GraphQLError(f"{problem}: ask a moderator.", extensions={"code": FORBIDDEN})


def _store(info: Info) -> LinkStore:
    return info.context.federation.linker.store


def _once(key: str | None, owner: str, *asked: object) -> Once | None:
    """A change to be made once, when its client names it: keys are each account's own."""
    if key is None:
        return None
    try:
        return Once(owner=owner, key=key, request=msgspec.json.encode(asked), at=datetime.now(UTC))
    except ValueError as error:
        raise BadInput(f"idempotencyKey: {error}") from error


def _words(comment: str | None) -> str | None:
    """A person's words, which are kept for ever."""
    if comment is not None and len(comment) > MAX_COMMENT:
        raise BadInput(f"a reason or comment has at most {MAX_COMMENT} characters, not {len(comment)}")
    return comment


def _number(id_: str) -> int:
    """The number of a link; UnknownLink when the id is not one."""
    if not (id_.isascii() and id_.isdigit() and len(id_) < 19):
        raise UnknownLink(0)
    return int(id_)


async def _record(info: Info, id_: str) -> StructureRecord:
    """A record by its own id; UnknownRecord when no directory has it."""
    entry: Entry | None = await info.context.entries.load(str(id_))
    record = next((r for r in entry.records if r.id == id_), None) if entry else None
    if record is None:
        raise OtherKind(id_) if id_.startswith("action--") else UnknownRecord(id_)
    return record


def _decision(info: Info, one: StructureRecord, other: StructureRecord, by: str, comment: str | None) -> Decision:
    linker = info.context.federation.linker
    judgement = linker.judge.judge(one, other)
    return Decision(
        a=one.id,
        b=other.id,
        state=LinkState.LINKED,
        method=LinkMethod.PERSON,
        fingerprints=(linker.store.fingerprint(one), linker.store.fingerprint(other)),
        decided_by=by,
        decided_at=datetime.now(UTC),
        score=judgement.score,
        parts={name: value for name, value in judgement.parts.items() if isfinite(value)},
        comment=comment,
    )


@strawberry.type(description="What can be changed.")
class Mutation:
    """The root type of changes; its description is the API's."""

    link_records: LinkResult = restricted(
        Role.MODERATOR,
        Role.PARTNER,
        resolver=_link_records,
        description="Say that two records are the same place; partners, of one of their own sources.",
    )
    unlink_records: LinkResult = restricted(
        Role.MODERATOR,
        Role.PARTNER,
        resolver=_unlink_records,
        description="Part an entry in two, for good; partners, what nobody else decided about their own sources.",
    )
    decide_link_suggestion: LinkResult = restricted(
        Role.MODERATOR,
        resolver=_decide_suggestion,
        description="Say whether a suggested pair is the same place, for good.",
    )
    create_api_key: ApiKeyCreated = restricted(
        Role.ADMIN, resolver=create_api_key, description="Make an API key, which is shown this once."
    )
    revoke_api_key: ApiKeyRevoked = restricted(
        Role.ADMIN, resolver=revoke_api_key, description="Make an API key open nothing any more, at once and for good."
    )
    save_draft: RegistrationResult = restricted(
        Role.REGISTRANT,
        resolver=registering.save_draft,
        description="Keep what was entered, complete or not; a draft that nobody touches for six months is removed.",
    )
    submit_registration: RegistrationResult = restricted(
        Role.REGISTRANT,
        resolver=registering.submit_registration,
        description="Have a moderator look at what was entered; where something is missing it is kept as a draft.",
    )
    decide_registration: RegistrationResult = restricted(
        Role.MODERATOR,
        resolver=registering.decide_registration,
        description="Show the revision of a registration that waits, or refuse it with reasons.",
    )
    withdraw_registration: RegistrationResult = restricted(
        Role.REGISTRANT,
        resolver=registering.withdraw_registration,
        description="End a registration of one's own (or any, for moderators): nothing of it is shown any more.",
    )
    request_erasure: ErasureResult = restricted(
        Role.REGISTRANT,
        resolver=registering.request_erasure,
        description=(
            "Erase a registration of one's own with all that is kept of it, for good and at once; or, for moderators "
            "and on proof, any registration or entry."
        ),
    )
    confirm_email: Confirmed = strawberry.field(
        resolver=confirm_email,
        description="Confirm the e-mail address of a registration, by what the link that was sent there holds.",
    )
    request_email_confirmation: Asked = restricted(
        Role.REGISTRANT,
        resolver=request_email_confirmation,
        description="Send another link that confirms the e-mail address of a registration of one's own.",
    )
    create_webhook: WebhookResult = restricted(
        Role.PARTNER,
        resolver=create_webhook,
        description="Have changes sent to an address as they come; the secret to verify them by is shown this once.",
    )
    delete_webhook: WebhookDeletion = restricted(
        Role.PARTNER, resolver=delete_webhook, description="Have nothing sent to a webhook of one's own any more."
    )
    replay_webhook: WebhookReplay = restricted(
        Role.PARTNER,
        resolver=replay_webhook,
        description="Send to a webhook of one's own what came after a cursor, again; it is enabled if it was disabled.",
    )
