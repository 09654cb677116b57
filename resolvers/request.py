"""What one request carries: the federation, the time, and loaders that batch what its fields ask for."""

from datetime import datetime
from functools import cached_property
from typing import Any, TypeAlias

import strawberry
from strawberry.dataloader import DataLoader

from connectors.links import Link
from connectors.records import ActionRecord, Identifier
from resolvers.access import Caller
from resolvers.accounts import Accounts
from resolvers.federation import lookup
from resolvers.federation.entries import Entry
from resolvers.federation.lookup import Professionals, RecordKey
from resolvers.federation.sources import Federation
from resolvers.federation.used import LINKS, Used
from resolvers.loader import Loader
from resolvers.loading import loader, of_carriers, of_identifiers, of_ids, of_nobody, of_workplaces
from resolvers.mail import Mail
from resolvers.webhooks import Webhooks


class RequestContext:
    """Made anew for each request; nothing of it outlives the answer. `now` is the moment of the question.

    `accounts`, `mail`, `webhooks`: those of the hub, None where only the federation is asked. `base`: scheme and host
    by which people reach the hub. `used` is what the answer rests on, told while it is made. A loader is made when a
    field first asks it.
    """

    def __init__(
        self,
        federation: Federation,
        now: datetime,
        caller: Caller,
        accounts: Accounts | None = None,
        *,
        mail: Mail | None = None,
        webhooks: Webhooks | None = None,
        base: str = "",
    ) -> None:
        self.federation = federation
        self.accounts = accounts
        self.mail = mail
        self.webhooks = webhooks
        self.base = base
        self.caller = caller
        self.now = now
        self.used = Used()
        self.batches: dict[tuple[object, ...], DataLoader[Any, Any]] = {}
        """Loaders of batch resolvers (see resolvers/batching.py), by field and arguments."""

    @cached_property
    def entries(self) -> Loader[str, Entry | None]:
        """Structures by global id."""
        return loader(lookup.entries, of_ids, self.federation, self.used, LINKS)

    @cached_property
    def identified(self) -> Loader[Identifier, Entry | None]:
        """Structures by official number."""
        return loader(lookup.by_identifier, of_identifiers, self.federation, self.used, LINKS)

    @cached_property
    def actions(self) -> Loader[str, ActionRecord | None]:
        """Actions by global id."""
        return loader(lookup.actions, of_ids, self.federation, self.used)

    @cached_property
    def actions_of(self) -> Loader[RecordKey, tuple[ActionRecord, ...]]:
        """The actions of a record."""
        return loader(lookup.actions_of, of_carriers, self.federation, self.used)

    @cached_property
    def professionals_at(self) -> Loader[RecordKey, Professionals | None]:
        """Who practises at the place of a record."""
        return loader(lookup.professionals_at, of_workplaces, self.federation, self.used)

    @cached_property
    def links_of(self) -> Loader[str, tuple[Link, ...]]:
        """The links of a record."""
        return loader(lookup.links_of, of_nobody, self.federation, self.used, LINKS)


Info: TypeAlias = strawberry.Info[RequestContext, None]
