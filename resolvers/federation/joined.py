"""Which structures of the registries may be one entry with another of theirs: by links, or by the ids that they quote.

It is worked out once from all links and quotes, and from then on from those that are new: a link or a quote that comes
is the only thing that can join what was apart. What was joined once is kept in view though it may have been parted
since, so that nothing has to be followed but what comes: whoever asks looks at these few as they are.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from connectors.links import LinkStore
from connectors.links.forest import Forest
from connectors.links.link import source_of
from connectors.registry import Registry

if TYPE_CHECKING:
    from resolvers.federation.sources import Federation

LINKS_AT_ONCE: Final = 500
"""Links that are followed at once: about five milliseconds on the event loop's thread."""

QUOTES_AT_ONCE: Final = 2_000
"""Ids quoted that are followed at once: most have no link, and are nothing but looked up."""


class Joined:
    """See the module. For one federation; to be used on the event loop."""

    def __init__(self) -> None:
        self._keys: dict[str, set[str]] = defaultdict(set)
        self._link = 0
        self._quotes: dict[str, int] = {}
        self._followed = False
        self._turn = asyncio.Lock()

    async def keys(self, federation: "Federation") -> Mapping[str, frozenset[str]]:
        """The keys of these structures, by registry. Raises what the databases do."""
        store = federation.linker.store
        registries = {s.info.id: s.registry for s in federation.registries if s.registry is not None}
        async with self._turn:
            for id_, registry in registries.items():
                await self._follow_quotes(id_, registry, registries, store)
            await self._follow_links(registries, store)
            self._followed = True
            return {id_: frozenset(self._keys[id_]) for id_ in registries}

    async def _follow_quotes(
        self, id_: str, registry: Registry, registries: Mapping[str, Registry], store: LinkStore
    ) -> None:
        while (quoted := await registry.quoted_after(self._quotes.get(id_, 0), QUOTES_AT_ONCE)).ids:
            # before the links were all followed, they lead to whatever else is quoted
            ids = quoted.ids if self._followed else [q for q in quoted.ids if source_of(q) in registries]
            if ids:
                await self._look(ids, registries, store)
            self._quotes[id_] = quoted.last

    async def _follow_links(self, registries: Mapping[str, Registry], store: LinkStore) -> None:
        while (told := await store.changes_after(self._link, LINKS_AT_ONCE)).changes:
            await self._look(
                {id_ for change in told.changes if change.linked for id_ in change.pair}, registries, store
            )
            self._link = told.changes[-1].seq

    async def _look(self, ids: Iterable[str], registries: Mapping[str, Registry], store: LinkStore) -> None:
        """Note the structures that are joined through these ids."""
        forest = Forest(await store.links_around(ids))
        trees = {forest.members(id_) for id_ in ids}
        trees = {tree for tree in trees if len(tree) > 1 or any(source_of(id_) in registries for id_ in tree)}
        among = {id_ for tree in trees for id_ in tree}
        quoting: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for name, registry in registries.items():
            for id_, key in await registry.quoting(among) if among else ():
                quoting[id_].append((name, key))
        for tree in trees:
            own = {(source_of(id_), id_.partition("--")[2]) for id_ in tree if source_of(id_) in registries}
            together = own.union(*(quoting[id_] for id_ in tree))
            for name, key in together if len(together) > 1 else ():
                self._keys[name].add(key)
