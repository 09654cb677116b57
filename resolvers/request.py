"""What one request carries: the federation, the time, and loaders that batch what its fields ask for."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import TypeAlias, TypeVar

import strawberry
from strawberry.dataloader import DataLoader

from connectors.errors import SourceError
from connectors.links import Link
from connectors.records import ActionRecord, Identifier
from resolvers.access import Caller
from resolvers.federation import lookup
from resolvers.federation.entries import Entry
from resolvers.federation.lookup import Professionals, RecordKey
from resolvers.federation.sources import Federation

K = TypeVar("K")
V = TypeVar("V")


class RequestContext:
    """Made anew for each request; nothing of it outlives the answer. `now` is the moment of the question."""

    def __init__(self, federation: Federation, now: datetime, caller: Caller) -> None:
        self.federation = federation
        self.caller = caller
        self.now = now
        self.entries: DataLoader[str, Entry | None] = _loader(lookup.entries, federation)
        self.identified: DataLoader[Identifier, Entry | None] = _loader(lookup.by_identifier, federation)
        self.actions: DataLoader[str, ActionRecord | None] = _loader(lookup.actions, federation)
        self.actions_of: DataLoader[RecordKey, tuple[ActionRecord, ...]] = _loader(lookup.actions_of, federation)
        self.professionals_at: DataLoader[RecordKey, Professionals | None] = _loader(
            lookup.professionals_at, federation
        )
        self.links_of: DataLoader[str, tuple[Link, ...]] = _loader(lookup.links_of, federation)


Info: TypeAlias = strawberry.Info[RequestContext, None]


def _loader(
    batch: Callable[[Federation, Sequence[K]], Awaitable[Sequence[V | SourceError]]], federation: Federation
) -> DataLoader[K, V]:
    # Strawberry raises what a batch gives as an exception, for the key it stands for
    return DataLoader(load_fn=partial(batch, federation))
