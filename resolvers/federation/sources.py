"""The sources of the federation, each with its connector, its cells and what was seen of it."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from connectors.contract import Connector, Page, Query, SourceInfo, SourceKind
from connectors.gazetteer import Gazetteer
from connectors.guards.observed import Observations
from connectors.referentials import Referentials
from resolvers.errors import BadInput
from resolvers.federation.cells import Cells
from resolvers.federation.entries import Assembler, Entry, Held
from resolvers.identity.linker import Linker

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Source:
    """One directory: `connector` answers within the deadline, `cells` hold what it has in each commune."""

    connector: Connector
    cells: Cells
    observations: Observations

    @property
    def info(self) -> SourceInfo:
        """What the directory is and can."""
        return self.connector.info

    @property
    def is_registry(self) -> bool:
        """Whether it is a registry of the programme: always asked, since it knows the priorities."""
        return self.info.kind is SourceKind.REGISTRY


@dataclass(frozen=True, slots=True)
class Federation:
    """All that answering needs, made once at the start and shared by all requests."""

    sources: Mapping[str, Source]
    referentials: Referentials
    gazetteer: Gazetteer
    assembler: Assembler
    linker: Linker

    async def assemble(self, helds: Sequence[Held]) -> list[Entry]:
        """The entries of these records, by the links that are known."""
        links = await self.linker.around([held.record.id for held in helds])
        return self.assembler.assemble(helds, links)

    @property
    def registries(self) -> tuple[Source, ...]:
        """The registries of the programme."""
        return tuple(s for s in self.sources.values() if s.is_registry)

    def asked(self, wanted: frozenset[str] | None) -> list[Source]:
        """The sources to ask when only these are wanted (None: all); BadInput on one that does not exist."""
        for name in sorted(wanted or ()):
            if name not in self.sources:
                raise BadInput(f'sources: there is no source "{name}"; there are {", ".join(self.sources)}')
        return [s for s in self.sources.values() if wanted is None or s.info.id in wanted or s.is_registry]


async def pages(connector: Connector, query: Query, *, most: int) -> AsyncIterator[Page]:
    """The pages of an answer, `most` of them at the most."""
    for _ in range(most):
        page = await connector.search(query)
        yield page
        if page.after is None:
            return
        query = msgspec.structs.replace(query, after=page.after)


def chunks(items: Iterable[T], size: int) -> list[Sequence[T]]:
    """The items, at most `size` together."""
    all_items = list(items)
    return [all_items[i : i + size] for i in range(0, len(all_items), size)]
