"""What can be waited for. A subscription is executed anew for each event, with nothing kept from the one before."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Final

import strawberry

from connectors.registrations import ChangeKind
from resolvers.errors import BadInput
from resolvers.registration.feed import FeedChange
from resolvers.request import Info
from resolvers.types.changes import Change, change_shown, position_of
from resolvers.types.source import Source, source_of

MOST_WATCHED: Final = 100
"""Ids that one subscription may name."""


@strawberry.input(description="Which changes are wanted. All fields must hold.")
class ChangeFilter:
    """Which changes are wanted: see its fields."""

    kinds: list[ChangeKind] | None = strawberry.field(default=None, description="Is one of these.")
    ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Is of one of these entries, by global id: at most 100."
    )
    sources: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Is of an entry of one of these sources, by id."
    )


Since = Annotated[
    str | None,
    strawberry.argument(
        description="A cursor of `changes`, or of an event: all that came after it. Without it, what comes from now on."
    ),
]
Wanted = Annotated[ChangeFilter | None, strawberry.argument(description="Which changes; all without it.")]


async def _changes(info: Info, filter: Wanted = None, since: Since = None) -> AsyncGenerator[Change, None]:
    federation = info.context.federation
    wanted = filter or ChangeFilter()
    if wanted.ids is not None and len(wanted.ids) > MOST_WATCHED:
        raise BadInput(f"filter.ids: at most {MOST_WATCHED}")
    federation.asked(frozenset(map(str, wanted.sources)) if wanted.sources is not None else None)
    start = await federation.feed.latest() if since is None else position_of(since)
    async with aclosing(federation.feed.watch(start)) as changes:
        async for change in changes:
            if _holds(wanted, change):
                yield change_shown(change)


async def _source_status(info: Info) -> AsyncGenerator[Source, None]:
    federation = info.context.federation
    async with aclosing(federation.states.watch(federation.sources)) as changed:
        async for source in changed:
            yield source_of(source)


def _holds(wanted: ChangeFilter, change: FeedChange) -> bool:
    if wanted.kinds is not None and change.kind not in wanted.kinds:
        return False
    if wanted.ids is not None and not any(id_ in wanted.ids for id_ in change.ids):
        return False
    return wanted.sources is None or any(id_.partition("--")[0] in wanted.sources for id_ in change.ids)


@strawberry.type(
    description="What can be waited for: over a WebSocket (graphql-transport-ws), or as Server-Sent Events."
)
class Subscription:
    """The root type of what is waited for; its description is the API's."""

    changes: AsyncGenerator[Change, None] = strawberry.subscription(
        resolver=_changes,
        description=(
            "What becomes of registered entries and of links, in order, from a cursor on: with the `endCursor` of "
            "`Query.changes` none is missed and none is told twice. CURSOR_EXPIRED ends it: read everything again."
        ),
    )
    source_status: AsyncGenerator[Source, None] = strawberry.subscription(
        resolver=_source_status, description="Every source, and then each one whose `status` has changed."
    )
