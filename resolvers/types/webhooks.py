"""Webhooks, as partners see their own."""

from datetime import datetime
from typing import Annotated

import strawberry

from connectors.registrations import ChangeKind
from resolvers import webhooks as stored
from resolvers.access import Role
from resolvers.errors import CursorExpired
from resolvers.federation.paging import check_first
from resolvers.registration.feed import Position
from resolvers.request import Info
from resolvers.types.changes import cursor_at, position_of
from resolvers.types.scalars import URL
from resolvers.webhooks import NewWebhook, Webhooks

FirstLetters = Annotated[int, strawberry.argument(description="How many at most, from 1 to 100.")]


@strawberry.type(description="A message that could not be delivered, and is not sent any more.")
class DeadLetter:
    message_id: strawberry.ID = strawberry.field(description="Its `webhook-id`.")
    at: datetime = strawberry.field(description="When it was given up.")
    attempts: int = strawberry.field(description="How often it was sent.")
    problem: str = strawberry.field(description="Why the last attempt failed.")
    since: str = strawberry.field(description="Cursor from which to replay, so that it comes again.")


async def _dead_letters(root: "Webhook", info: Info, first: FirstLetters = 20) -> list[DeadLetter]:
    check_first(first)
    return [
        DeadLetter(
            message_id=strawberry.ID(letter.message),
            at=letter.at,
            attempts=letter.attempts,
            problem=letter.problem,
            since=cursor_at(letter.before),
        )
        for letter in await webhooks_of(info).dead_letters(str(root.id), first)
    ]


@strawberry.type(
    description=(
        "Where changes are sent as they come (Standard Webhooks 1.0): in order, each at least once. A message is "
        '`{ type: "changes", timestamp, data: { changes: [{ id, kind, ids, at }] } }`; the id of a change is its '
        "cursor. What is not answered by 2xx is sent again, at longer and longer intervals."
    )
)
class Webhook:
    id: strawberry.ID = strawberry.field(description="Its id.")
    url: URL = strawberry.field(description="Where changes are sent.")
    kinds: list[ChangeKind] = strawberry.field(description="What is sent; everything when empty.")
    source_ids: list[strawberry.ID] = strawberry.field(
        description="Ids of the sources whose entries' changes are sent; all when empty."
    )
    notice_email: str | None = strawberry.field(description="Who is written to when it is disabled.")
    created_at: datetime = strawberry.field(description="When it was made.")
    cursor: str = strawberry.field(description="How far it is: what came after it is yet to be delivered.")
    delivered_at: datetime | None = strawberry.field(description="When something was last delivered.")
    failing_since: datetime | None = strawberry.field(
        description="Since when nothing could be delivered; null when the last attempt went well."
    )
    problem: str | None = strawberry.field(description="Why the last attempt failed.")
    disabled_at: datetime | None = strawberry.field(
        description="When it was disabled, having failed for long; `replayWebhook` enables it."
    )
    dead_letters: list[DeadLetter] = strawberry.field(
        resolver=_dead_letters, description="What could not be delivered, the latest first."
    )


@strawberry.input(description="A webhook as it is wanted.")
class WebhookInput:
    url: URL = strawberry.field(
        description="Where changes are to be sent: an http or https address that everybody could reach."
    )
    kinds: list[ChangeKind] = strawberry.field(default_factory=list, description="What is wanted; everything without.")
    sources: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Ids of the sources whose entries' changes are wanted; all without."
    )
    since: str | None = strawberry.field(
        default=None, description="A cursor of `changes`: what came after it. Without it, what comes from now on."
    )
    notice_email: str | None = strawberry.field(
        default=None, description="Who is to be written to when it is disabled: an address that is nobody's own."
    )


@strawberry.type(description="A webhook that was made.")
class WebhookCreated:
    webhook: Webhook = strawberry.field(description="The webhook.")
    secret: str = strawberry.field(
        description="What its messages are signed with (whsec_…). It is shown here and never again."
    )


@strawberry.type(description="A webhook that is no more.")
class WebhookDeleted:
    id: strawberry.ID = strawberry.field(description="Its id.")


@strawberry.type(description="Why nothing was done.")
class WebhookRefused:
    field: str = strawberry.field(description="Which argument or field of the input is wrong.")
    message: str = strawberry.field(description="Why.")


WebhookResult = Annotated[
    WebhookCreated | WebhookRefused, strawberry.union("WebhookResult", description="Made, or why it cannot be.")
]
WebhookDeletion = Annotated[
    WebhookDeleted | WebhookRefused, strawberry.union("WebhookDeletion", description="Deleted, or why it cannot be.")
]
WebhookReplay = Annotated[
    Webhook | WebhookRefused,
    strawberry.union("WebhookReplay", description="The webhook as it is now, or why it cannot be."),
]

WantedWebhook = Annotated[WebhookInput, strawberry.argument(description="The webhook.")]
WebhookId = Annotated[strawberry.ID, strawberry.argument(description="Id of a webhook of one's own.")]
From = Annotated[str, strawberry.argument(description="A cursor of `changes` or of a dead letter.")]

UNKNOWN = WebhookRefused(field="id", message="There is no such webhook of yours.")


async def webhooks(info: Info) -> list[Webhook]:
    """See the field."""
    info.context.used.keep(0)
    return [shown(webhook) for webhook in await webhooks_of(info).of_owner(_account(info))]


async def create_webhook(info: Info, input: WantedWebhook) -> WebhookResult:
    """See the field."""
    feed = info.context.federation.feed
    wanted = NewWebhook(
        url=str(input.url),
        kinds=tuple(dict.fromkeys(input.kinds)),
        sources=tuple(dict.fromkeys(map(str, input.sources))),
        notice_email=input.notice_email,
        start=await feed.latest() if input.since is None else await _position(info, input.since),
    )
    try:
        made, secret = await webhooks_of(info).create(wanted, _account(info))
    except stored.WebhookRefused as refusal:
        return WebhookRefused(field=f"input.{refusal.field}", message=str(refusal))
    return WebhookCreated(webhook=shown(made), secret=secret)


async def delete_webhook(info: Info, id: WebhookId) -> WebhookDeletion:
    """See the field."""
    gone = await webhooks_of(info).delete(str(id), _account(info))
    return WebhookDeleted(id=id) if gone else UNKNOWN


async def replay_webhook(info: Info, id: WebhookId, since: From) -> WebhookReplay:
    """See the field."""
    start = await _position(info, since)
    webhook = await webhooks_of(info).replay(str(id), _account(info), start)
    return shown(webhook) if webhook else UNKNOWN


def webhooks_of(info: Info) -> Webhooks:
    """The webhooks of the hub that answers."""
    webhooks = info.context.webhooks
    if webhooks is None:
        raise LookupError("no webhooks are kept where this is asked")
    return webhooks


def shown(webhook: stored.Webhook) -> Webhook:
    """A webhook as the API shows it to its owner."""
    return Webhook(
        id=strawberry.ID(webhook.id),
        url=URL(webhook.url),
        kinds=list(webhook.kinds),
        source_ids=[strawberry.ID(source) for source in webhook.sources],
        notice_email=webhook.notice_email,
        created_at=webhook.created_at,
        cursor=cursor_at(webhook.after),
        delivered_at=webhook.delivered_at,
        failing_since=webhook.failing_since,
        problem=webhook.problem,
        disabled_at=webhook.disabled_at,
    )


async def _position(info: Info, cursor: str) -> Position:
    """The position that a cursor holds; CursorExpired for one that is yet to come."""
    position, latest = position_of(cursor), await info.context.federation.feed.latest()
    if position.registrations > latest.registrations or position.links > latest.links:
        raise CursorExpired("since: what this cursor points into is gone: read everything again")
    return position


def _account(info: Info) -> str:
    return info.context.caller.needs(Role.PARTNER)
