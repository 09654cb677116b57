"""The directories of the federation."""

from datetime import UTC, datetime

import strawberry

from connectors import contract
from connectors.contract import Everywhere, Query, SourceKind
from resolvers.federation.sources import Source as FederatedSource
from resolvers.request import Info
from resolvers.types.enums import SourceStatus
from resolvers.types.node import Node
from resolvers.types.scalars import URL

FILTERS = {
    contract.InCommunes: "commune",
    contract.InDepartement: "departement",
    contract.Everywhere: "everywhere",
    contract.WithIdentifiers: "identifier",
    contract.PractisingAt: "professionals",
    contract.ActionsOf: "actionsOf",
    contract.SameAs: "sameAs",
}


def status_of(source: FederatedSource) -> SourceStatus:
    """How a source has answered lately."""
    if source.is_failing:
        return SourceStatus.FAILING
    return SourceStatus.ANSWERING if source.last_answer_at else SourceStatus.NOT_ASKED_YET


async def _status(root: "Source", info: Info) -> SourceStatus:
    info.context.used.keep(0)  # a state is told as it is now
    await root.source.look()
    return status_of(root.source)


def _last_answer_at(root: "Source", info: Info) -> datetime | None:
    info.context.used.keep(0)  # a state is told as it is now
    moment = root.source.last_answer_at
    return None if moment is None else datetime.fromtimestamp(moment, UTC)


def _filters(root: "Source") -> list[str]:
    info = root.source.info
    names = [name for kind, name in FILTERS.items() if kind in info.asks]
    return [*names, "subcategory"] if info.narrows else names


async def _structure_count(root: "Source") -> int | None:
    if Everywhere not in root.source.info.asks:
        return None
    return (await root.source.connector.search(Query(where=Everywhere()))).total


@strawberry.type(description='A directory of the federation ("annuaire").')
class Source(Node):
    source: strawberry.Private[FederatedSource]
    name: str = strawberry.field(description="Its name.")
    institution: str | None = strawberry.field(description="Who runs it.")
    kind: SourceKind = strawberry.field(description="What sort of directory it is.")
    url: URL | None = strawberry.field(description="Its web site for the public.")
    licence: str | None = strawberry.field(description="Licence of its data.")
    sandbox: bool = strawberry.field(
        description='True when the data are fictitious ("bac à sable"): no key of the directory is configured.'
    )
    status: SourceStatus = strawberry.field(resolver=_status, description="How it has answered lately.")
    last_answer_at: datetime | None = strawberry.field(
        resolver=_last_answer_at, description="When it last answered, since the hub started."
    )
    filters: list[str] = strawberry.field(
        resolver=_filters, description="What the directory itself can be asked by; the hub applies the rest."
    )
    structure_count: int | None = strawberry.field(
        resolver=_structure_count, description="Structures in it; null when it does not tell."
    )


def source_of(source: FederatedSource) -> Source:
    """A source as the API shows it."""
    info = source.info
    return Source(
        source=source,
        id=strawberry.ID(info.id),
        name=info.name,
        institution=info.institution,
        kind=info.kind,
        url=URL(info.url) if info.url else None,
        licence=info.licence,
        sandbox=info.sandbox,
    )


def source_by_id(info: Info, id_: str) -> Source:
    """A source that is known to exist."""
    return source_of(info.context.federation.sources[id_])
