"""What moderators change: links between records. Every refusal is a value, and changes nothing."""

from datetime import UTC, datetime
from math import isfinite
from typing import Annotated

import strawberry

from connectors.links import Decision, LinkMethod, LinkState, Verdict
from connectors.links import Link as LinkValue
from connectors.links.errors import LinkRefused as Refusal
from connectors.links.errors import OtherKind, UnknownLink, UnknownRecord
from connectors.records import StructureRecord
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


async def _link_records(info: Info, input: Input, dry_run: DryRun = False) -> LinkResult:
    by = info.context.caller.moderates()
    try:
        one, other = await _record(info, input.a), await _record(info, input.b)
        decision = _decision(info, one, other, by, input.comment)
        (change,) = await info.context.federation.linker.store.apply([decision], dry_run=dry_run) or (None,)
    except Refusal as refusal:
        return _refused(refusal)
    if change is None:
        links = await info.context.federation.linker.store.links_of([one.id])
        return await _decided(info, next(link for link in links if other.id in link.pair), dry_run)
    return await _decided(info, change.after, dry_run)


async def _unlink_records(info: Info, id: LinkId, reason: Why, dry_run: DryRun = False) -> LinkResult:
    verdict = Verdict(by=info.context.caller.moderates(), at=datetime.now(UTC), comment=reason)
    try:
        change = await info.context.federation.linker.store.unlink(_number(id), verdict, dry_run=dry_run)
    except Refusal as refusal:
        return _refused(refusal)
    return await _decided(info, change.after, dry_run)


async def _decide_suggestion(info: Info, id: LinkId, same: Same, comment: Comment = None) -> LinkResult:
    verdict = Verdict(by=info.context.caller.moderates(), at=datetime.now(UTC), comment=comment)
    try:
        change = await info.context.federation.linker.store.decide(_number(id), verdict, same=same)
    except Refusal as refusal:
        return _refused(refusal)
    return await _decided(info, change.after, dry_run=False)


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


async def _decided(info: Info, link: LinkValue, dry_run: bool) -> LinkDecided:
    if not dry_run:
        info.context.federation.changes.publish(LINKS)
    info.context.entries.clear_all()
    return LinkDecided(link=link_shown(link), dry_run=dry_run, structures=await structures_of(info, link))


def _refused(refusal: Refusal) -> LinkRefused:
    return LinkRefused(code=type(refusal).__name__, message=str(refusal))


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
