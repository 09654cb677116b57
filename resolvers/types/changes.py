"""The feed of changes, and the codes of logos: what everybody may know of registrations."""

from datetime import datetime

import strawberry

from connectors.registrations import ChangeKind
from resolvers.errors import BadInput
from resolvers.federation.paging import check_first, cursor_of, key_of, mark
from resolvers.federation.used import LINKS, source_tag
from resolvers.registration.feed import FeedChange, Position
from resolvers.request import Info
from resolvers.types import structure as structure_types
from resolvers.types.connections import LazyStructure, PageInfo
from resolvers.types.registration_enums import LogoStatus

CHANGES = mark("changes")
_LARGEST = 2**63 - 1


@strawberry.type(description="What became of an entry: ids, and nothing else.")
class Change:
    kind: ChangeKind = strawberry.field(description="What became of it.")
    ids: list[strawberry.ID] = strawberry.field(
        description="Global ids: of the entry, or of the two records of a link. `structure` follows them."
    )
    at: datetime = strawberry.field(description="When.")
    cursor: str = strawberry.field(description="Where to go on after it: give it as `since`.")


@strawberry.type(description="Changes, in order.")
class ChangeConnection:
    nodes: list[Change] = strawberry.field(description="The changes.")
    page_info: PageInfo = strawberry.field(
        description="Where they stand; `endCursor` is where to go on, also when there are none yet."
    )


@strawberry.type(description="What the code of a displayed logo stands for.")
class LogoAttestation:
    status: LogoStatus = strawberry.field(description="Whether the logo may be displayed.")
    name: str | None = strawberry.field(description="By whom.")
    structure: LazyStructure | None = strawberry.field(description="The entry of who may display it.")
    since: datetime | None = strawberry.field(description="Since when the status holds.")


async def changes(info: Info, since: str | None, first: int) -> ChangeConnection:
    """Changes from after a cursor, or from the first one; BadInput on a cursor that is not ours."""
    check_first(first)
    federation = info.context.federation
    info.context.used.tag(source_tag(federation.registrations.source), LINKS)
    page = await federation.feed.read(position_of(since), first)
    return ChangeConnection(
        nodes=list(map(change_shown, page.changes)),
        page_info=PageInfo(
            has_next_page=page.more,
            has_previous_page=since is not None,
            start_cursor=None,
            end_cursor=cursor_at(page.after),
        ),
    )


async def verify(info: Info, code: str) -> LogoAttestation:
    """What a code stands for, however it was typed."""
    federation = info.context.federation
    info.context.used.tag(source_tag(federation.registrations.source))
    known = await federation.registrations.verify_code(code)
    if known is None:
        return LogoAttestation(status=LogoStatus.UNKNOWN, name=None, structure=None, since=None)
    shown = known.registration.shown if known.registration else None
    if not known.rightful or shown is None:
        return LogoAttestation(status=LogoStatus.WITHDRAWN, name=None, structure=None, since=known.since)
    entry = await info.context.entries.load(f"{federation.registrations.source}--{shown.keys.structures[0]}")
    structure = structure_types.structure_of(entry) if entry else None
    return LogoAttestation(status=LogoStatus.RIGHTFUL, name=shown.form.name, structure=structure, since=known.since)


def change_shown(change: FeedChange) -> Change:
    """A change as the API shows it."""
    ids = [strawberry.ID(id_) for id_ in change.ids]
    return Change(kind=change.kind, ids=ids, at=change.at, cursor=cursor_at(change.after))


def cursor_at(position: Position) -> str:
    """The cursor that holds a position."""
    return cursor_of(tuple(position), CHANGES)


def position_of(cursor: str | None) -> Position:
    """The position that a cursor holds, the first one without any; BadInput when it is not ours."""
    if cursor is None:
        return Position()
    match key_of(cursor, CHANGES):
        case (int(registrations), int(links)) if 0 <= registrations <= _LARGEST and 0 <= links <= _LARGEST:
            return Position(registrations, links)
    raise BadInput("since: this is not a cursor of this API")
