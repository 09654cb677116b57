"""What is known of a directory, and how a check says that the contract is not kept."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

from msgspec import Struct

from connectors.contract import Connector
from connectors.gazetteer import Commune
from connectors.records import Identifier

Factory: TypeAlias = Callable[[], Connector]


class Facts(Struct, frozen=True, kw_only=True):
    """What is known of the directory behind the connectors that are checked.

    `keys`: of structures that exist, `unknown`: of none. `communes`: each holds records. `identifiers`: each
    is carried by a record. `practised`: keys of structures at which somebody practises. `actions`: keys of
    actions, `active`: keys of structures that carry, host or take part in some.
    `same_as`: global ids that records quote. `failing`: factories of connectors whose directory is out of order.
    """

    keys: tuple[str, ...]
    unknown: tuple[str, ...] = ("unknown-0", "unknown-1")
    communes: tuple[Commune, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    practised: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    active: tuple[str, ...] = ()
    same_as: tuple[str, ...] = ()
    failing: tuple[Factory, ...] = ()


Check: TypeAlias = Callable[[Factory, Facts], Awaitable[None]]


class NotConforming(AssertionError):
    """A connector does not keep the contract, or a fact is missing that would prove that it does."""


def expect(condition: object, what: str) -> None:
    """Raise NotConforming unless `condition` holds."""
    if not condition:
        raise NotConforming(what)


@asynccontextmanager
async def opened(factory: Factory) -> AsyncIterator[Connector]:
    """A connector for the time of a check."""
    connector = factory()
    try:
        yield connector
    finally:
        await connector.aclose()
