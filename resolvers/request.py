"""What one request carries: the federation, the time, and loaders that batch what its fields ask for."""

from datetime import datetime
from typing import Any, TypeAlias

import strawberry
from strawberry.dataloader import DataLoader

from connectors.links import Link
from connectors.records import ActionRecord, Identifier
from resolvers.access import Caller
from resolvers.federation import lookup
from resolvers.federation.entries import Entry
from resolvers.federation.lookup import Professionals, RecordKey
from resolvers.federation.sources import Federation
from resolvers.federation.used import LINKS, Used
from resolvers.loading import loader, of_carriers, of_identifiers, of_ids, of_nobody, of_workplaces


class RequestContext:
    """Made anew for each request; nothing of it outlives the answer. `now` is the moment of the question.

    `used` is what the answer rests on, told while it is made.
    """

    def __init__(self, federation: Federation, now: datetime, caller: Caller) -> None:
        self.federation = federation
        self.caller = caller
        self.now = now
        self.used = used = Used()
        self.entries: DataLoader[str, Entry | None] = loader(lookup.entries, of_ids, federation, used, LINKS)
        self.identified: DataLoader[Identifier, Entry | None] = loader(
            lookup.by_identifier, of_identifiers, federation, used, LINKS
        )
        self.actions: DataLoader[str, ActionRecord | None] = loader(lookup.actions, of_ids, federation, used)
        self.actions_of: DataLoader[RecordKey, tuple[ActionRecord, ...]] = loader(
            lookup.actions_of, of_carriers, federation, used
        )
        self.professionals_at: DataLoader[RecordKey, Professionals | None] = loader(
            lookup.professionals_at, of_workplaces, federation, used
        )
        self.links_of: DataLoader[str, tuple[Link, ...]] = loader(lookup.links_of, of_nobody, federation, used, LINKS)
        self.batches: dict[tuple[object, ...], DataLoader[Any, Any]] = {}
        """Loaders of batch resolvers (see resolvers/batching.py), by field and arguments."""


Info: TypeAlias = strawberry.Info[RequestContext, None]
