"""What moderators change: links between records. Every refusal is a value, and changes nothing.

A change that has a key is made once: a client that lost the answer asks again under the same key, and gets it.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from math import isfinite
from typing import Annotated

import msgspec
import strawberry

from connectors.links import Change, Decision, LinkMethod, LinkState, LinkStore, Verdict
from connectors.links.errors import LinkRefused as Refusal
from connectors.links.errors import OtherKind, UnknownLink, UnknownRecord
from connectors.links.link import MAX_COMMENT
from connectors.records import StructureRecord
from connectors.sqlite.once import KeyReused, Once
from resolvers.errors import BadInput, IdempotencyKeyReused
from resolvers.federation.entries import Entry
from resolvers.federation.used import LINKS
from resolvers.request import Info
from resolvers.types.links import LinkDecided, LinkInput, LinkRefused, LinkResult, link_shown, structures_of

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
    by = info.context.caller.moderates()
    once = _once(idempotency_key, by, "linkRecords", input.a, input.b, input.comment)
    comment = _words(input.comment)

    async def link() -> Change:
        one, other = await _record(info, input.a), await _record(info, input.b)
        return await _store(info).link(_decision(info, one, other, by, comment), dry_run=dry_run, once=once)

    return await _settled(info, link, dry_run, once)


async def _unlink_records(
    info: Info, id: LinkId, reason: Why, dry_run: DryRun = False, idempotency_key: Key = None
) -> LinkResult:
    verdict = Verdict(by=info.context.caller.moderates(), at=datetime.now(UTC), comment=_words(reason))
    once = _once(idempotency_key, verdict.by, "unlinkRecords", id, reason)

    async def unlink() -> Change:
        return await _store(info).unlink(_number(id), verdict, dry_run=dry_run, once=once)

    return await _settled(info, unlink, dry_run, once)


async def _decide_suggestion(
    info: Info, id: LinkId, same: Same, comment: Comment = None, idempotency_key: Key = None
) -> LinkResult:
    verdict = Verdict(by=info.context.caller.moderates(), at=datetime.now(UTC), comment=_words(comment))
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


@strawberry.type(description="What moderators change.")
class Mutation:
    """The root type of changes; its description is the API's."""

    link_records: LinkResult = strawberry.field(
        resolver=_link_records,
        description="Say that two records are the same place. Needs the role of a moderator.",
    )
    unlink_records: LinkResult = strawberry.field(
        resolver=_unlink_records,
        description="Part an entry in two, for good. Needs the role of a moderator.",
    )
    decide_link_suggestion: LinkResult = strawberry.field(
        resolver=_decide_suggestion,
        description="Say whether a suggested pair is the same place, for good. Needs the role of a moderator.",
    )
