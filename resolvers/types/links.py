"""Links between records, and what becomes of a decision about them, as the API shows them."""

from datetime import datetime
from typing import Annotated

import strawberry

from connectors.links.link import Link as LinkValue
from connectors.links.link import LinkMethod, LinkState, Reason
from resolvers.access import Role
from resolvers.request import Info
from resolvers.restricted import restricted
from resolvers.types import structure as structure_types
from resolvers.types.connections import LazyStructure, PageInfo
from resolvers.types.enums import describe

describe(
    LinkState,
    "LinkState",
    "Where two records stand.",
    {
        "SUGGESTED": "Waiting for a person.",
        "LINKED": "One place: one entry.",
        "APART": "Two places.",
    },
)
describe(
    LinkMethod,
    "LinkMethod",
    "What decided of a link.",
    {
        "STRONG_IDENTIFIER": "The same official number of the same place (FINESS, SIRET of the site, RPPS and place).",
        "QUOTED_ID": "One directory quotes the other's own id.",
        "SCORE": "A comparison of what the two records say.",
        "PERSON": "A moderator: it holds for good.",
    },
)
describe(
    Reason,
    "LinkReason",
    "Why a person is asked.",
    {
        "SCORE": "The comparison is neither near nor far enough.",
        "MOVED": "A record that was linked describes another place now.",
        "CONFLICT": "Near enough, but another record of the same directory is linked.",
    },
)


@strawberry.type(description="One part of the comparison that decided.")
class LinkPart:
    name: str = strawberry.field(description="What was compared.")
    value: float = strawberry.field(description="What it came to.")


def _decided_by(root: "Link", info: Info) -> str:
    by = root.link.decided_by
    return by if info.context.caller.is_a(Role.MODERATOR) else by.partition(" ")[0]


def _comment(root: "Link", info: Info) -> str | None:
    return root.link.comment


@strawberry.type(description="A decision about two records: keys and figures only, never their values.")
class Link:
    link: strawberry.Private[LinkValue]
    id: strawberry.ID = strawberry.field(description="Its number.")
    records: list[strawberry.ID] = strawberry.field(description="Global ids of the two records.")
    state: LinkState = strawberry.field(description="Where they stand.")
    method: LinkMethod = strawberry.field(description="What decided.")
    reason: Reason | None = strawberry.field(description="Why a person is asked, for a suggestion.")
    score: float | None = strawberry.field(description="How likely they are the same place, from 0 to 1.")
    parts: list[LinkPart] = strawberry.field(description="The comparison that decided, part by part.")
    decided_by: str = strawberry.field(
        resolver=_decided_by,
        description="Who decided: a person's role, or a programme. Moderators see the person's account as well.",
    )
    decided_at: datetime = strawberry.field(description="When.")
    comment: str | None = restricted(Role.MODERATOR, resolver=_comment, description="A moderator's words.")


@strawberry.type(description="Two records that may be the same place: a moderator is asked.")
class LinkSuggestion:
    link: Link = strawberry.field(description="The link that waits.")
    structures: list[LazyStructure] = strawberry.field(
        description="The entries of its two records, as far as their directories answer."
    )


@strawberry.type(description="A page of suggestions.")
class LinkSuggestionConnection:
    nodes: list[LinkSuggestion] = strawberry.field(description="The page, oldest first.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@strawberry.type(description="What a decision changed, or would change.")
class LinkDecided:
    link: Link = strawberry.field(description="The link as it is now (or would be).")
    dry_run: bool = strawberry.field(description="True when nothing was changed.")
    structures: list[LazyStructure] = strawberry.field(
        description="The entries of its two records as they are now: one when they are linked, two when apart."
    )


@strawberry.type(description="A decision that cannot be taken: nothing was changed.")
class LinkRefused:
    code: str = strawberry.field(description="Which rule is against it.")
    message: str = strawberry.field(description="Why, in English.")


LinkResult = Annotated[LinkDecided | LinkRefused, strawberry.union("LinkResult", description="Decided, or refused.")]


@strawberry.input(description="Two records that are the same place.")
class LinkInput:
    a: strawberry.ID = strawberry.field(description="Global id of a record.")
    b: strawberry.ID = strawberry.field(description="Global id of another record.")
    comment: str | None = strawberry.field(default=None, description="Why, in a few words.")


def link_shown(link: LinkValue) -> Link:
    """A link as the API shows it."""
    return Link(
        link=link,
        id=strawberry.ID(str(link.id)),
        records=[strawberry.ID(link.a), strawberry.ID(link.b)],
        state=link.state,
        method=link.method,
        reason=link.reason,
        score=link.score,
        parts=[LinkPart(name=name, value=value) for name, value in link.parts.items()],
        decided_at=link.decided_at,
    )


async def structures_of(info: Info, link: LinkValue) -> list["structure_types.Structure"]:
    """The entries of a link's two records, each once, as far as their directories answer."""
    found = await info.context.entries.load_many([link.a, link.b])
    entries = {entry.id: entry for entry in found if entry is not None}
    return [structure_types.structure_of(entry) for entry in entries.values()]
