"""The sources of the federation, each with its connector, its cells and what is known of its state."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

import msgspec

from connectors.contract import Connector, Page, Query, SourceInfo, SourceKind
from connectors.errors import SourceError, quoted
from connectors.gazetteer import Gazetteer
from connectors.guards.circuit import Circuit
from connectors.guards.hiding import Hiding
from connectors.guards.ledger import Ledger
from connectors.held import Held
from connectors.records import StructureRecord
from connectors.referentials import Referentials
from connectors.registrations import Registrations
from connectors.registry import Registry
from resolvers.errors import BadInput
from resolvers.federation.cells import Cells
from resolvers.federation.entries import Assembler, Entry
from resolvers.federation.memo import Memo
from resolvers.federation.states import SourceStates
from resolvers.federation.threads import worked_out
from resolvers.federation.used import Changes
from resolvers.identity.linker import Linker
from resolvers.registration.feed import Feed

T = TypeVar("T")

LOOK_SECONDS = 3.0
"""A state that was seen so long ago is looked at again."""


@dataclass(frozen=True, slots=True)
class Source:
    """One directory: `connector` answers within the deadline, `cells` hold what it has in each commune.

    `ledger` tells what it did, `circuit` whether it is asked. `version` gives, for a directory whose database is here,
    a number that is another one after each change; `registry` is that directory itself, to be asked what it counted.
    """

    connector: Hiding
    cells: Cells
    ledger: Ledger
    circuit: Circuit
    version: Callable[[], int] | None = None
    registry: Registry | None = None

    @property
    def info(self) -> SourceInfo:
        """What the directory is and can."""
        return self.connector.info

    @property
    def last_answer_at(self) -> float | None:
        """When it last answered, in Unix seconds; None when it never did since the start."""
        return self.ledger.tally.last_answer_at

    @property
    def is_failing(self) -> bool:
        """Whether its last call failed, or is without an answer for too long."""
        tally = self.ledger.tally
        failure = tally.last_failure
        return self.circuit.failing or (failure is not None and failure.at > (tally.last_answer_at or 0.0))

    async def look(self) -> None:
        """Ask a source that has been called before, but not lately, for a sign of life: then its state is true."""
        tally = self.ledger.tally
        failure = tally.last_failure
        heard = max(tally.last_answer_at or 0.0, failure.at if failure else 0.0)
        if heard and self.ledger.clock() - heard > LOOK_SECONDS:
            with suppress(SourceError):  # noted by its guards
                await self.connector.ping()

    @property
    def is_registry(self) -> bool:
        """Whether it is a registry of the programme: always asked, since it knows the priorities."""
        return self.info.kind is SourceKind.REGISTRY


@dataclass(frozen=True, slots=True)
class Shown:
    """Priorities and categories as the API shows them, by code: each is made once."""

    priorities: dict[str, Any] = field(default_factory=dict)
    categories: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Federation:
    """All that answering needs, made once at the start and shared by all requests.

    `registries`: those of the programme; `registrations` are those of its own registry, `feed` what became of them and
    of links. `memo` is what was worked out for earlier questions; `changes` tells what is no longer as it was, `states`
    how sources answer; `shown` keeps what the API shows of texts that never change.
    """

    sources: Mapping[str, Source]
    referentials: Referentials
    gazetteer: Gazetteer
    assembler: Assembler
    linker: Linker
    registrations: Registrations
    feed: Feed
    memo: Memo = field(default_factory=Memo)
    changes: Changes = field(default_factory=Changes)
    states: SourceStates = field(default_factory=SourceStates)
    shown: Shown = field(default_factory=Shown)
    registries: tuple[Source, ...] = field(init=False)

    def __post_init__(self) -> None:
        """See which the registries are."""
        object.__setattr__(self, "registries", tuple(s for s in self.sources.values() if s.is_registry))

    async def assemble(self, helds: Sequence[Held]) -> list[Entry]:
        """The entries of these records, by the links that are known."""
        by_id: dict[str, Held] = {}
        for held in helds:
            by_id.setdefault(held.record.id, held)
        links = await self.linker.around(list(by_id))
        return await worked_out(len(by_id), partial(self.assembler.assemble, by_id, links))

    def asked(self, wanted: frozenset[str] | None) -> list[Source]:
        """The sources to ask when only these are wanted (None: all); BadInput on one that does not exist."""
        for name in sorted(wanted or ()):
            if name not in self.sources:
                raise BadInput(f"sources: there is no source {quoted(name)}; there are {', '.join(self.sources)}")
        return [s for s in self.sources.values() if wanted is None or s.info.id in wanted or s.is_registry]


async def pages(connector: Connector, query: Query, *, most: int) -> AsyncIterator[Page]:
    """The pages of an answer, `most` of them at the most."""
    for _ in range(most):
        page = await connector.search(query)
        yield page
        if page.after is None:
            return
        query = msgspec.structs.replace(query, after=page.after)


def helds_of(page: Page) -> list[Held]:
    """The structures of a page, as it was had."""
    at, cached = page.retrieved_at or datetime.now(UTC), page.retrieved_at is not None
    return [Held(r, at, cached, page.stale) for r in page.records if isinstance(r, StructureRecord)]


def chunks(items: Iterable[T], size: int) -> list[Sequence[T]]:
    """The items, at most `size` together."""
    all_items = list(items)
    return [all_items[i : i + size] for i in range(0, len(all_items), size)]
