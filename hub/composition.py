"""Where things are wired together: from a configuration to a federation ready to answer."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any

import msgspec
from msgspec import Struct

from connectors import registry
from connectors.addresses import Outgoing
from connectors.annuaire_sante import Settings as AnnuaireSanteSettings
from connectors.contract import Connector, Context, Record
from connectors.gazetteer import Gazetteer, gazetteer
from connectors.guards.breaker import Breaker
from connectors.guards.bulkhead import Bulkhead
from connectors.guards.cache import Cached
from connectors.guards.circuit import Circuit
from connectors.guards.deadline import Deadline
from connectors.guards.gathered import Gathered
from connectors.guards.hiding import Hiding
from connectors.guards.keeping import Keeping
from connectors.guards.ledger import Ledger
from connectors.guards.observed import Observed
from connectors.guards.retry import Retry
from connectors.links import FILE, open_links
from connectors.monenfant import Settings as MonenfantSettings
from connectors.registrations import Registrations, Suppressions
from connectors.registry import Registry
from connectors.sandbox import Sandbox, Server, actions, registrations
from hub.access.store import FILE as ACCESS_FILE
from hub.access.store import AccessStore, open_access
from hub.config import Config, ConfigError, GuardsConfig, SourceConfig
from hub.mail.outbox import FILE as MAIL_FILE
from hub.mail.outbox import Outbox, open_outbox
from hub.webhooks.store import FILE as WEBHOOKS_FILE
from hub.webhooks.store import WebhookStore, open_webhooks
from resolvers.federation.cells import Cells
from resolvers.federation.entries import Assembler, Precedence
from resolvers.federation.memo import Memo
from resolvers.federation.sources import Federation, Source
from resolvers.federation.used import LINKS, Changes, source_tag
from resolvers.identity.likeness import Likeness
from resolvers.identity.linker import Linker
from resolvers.registration.feed import Feed

LATE = 0.75
"""Share of the deadline after which a call without an answer counts for the breaker."""

SANDBOX_SECONDS = 10.0
"""The least deadline of a sandbox, which is this very process, and may still be drawing what it knows."""

REGISTRATIONS = "registry_sandbox"
"""Id of the fictitious registry that goes with the sandbox."""


@dataclass(frozen=True, slots=True)
class Hub:
    """A federation, and what must be closed with it. `sandbox` is None when every source is a real one.

    `access`: who may do what; `outbox`: letters to be sent; `webhooks`: where changes are sent.

    `versions`: for the tags of what is kept in databases here, a number that is another one after each change, be it
    of another process.
    """

    federation: Federation
    sandbox: Sandbox | None
    config: Config
    versions: Mapping[str, Callable[[], int]]
    access: AccessStore
    outbox: Outbox
    webhooks: WebhookStore

    async def aclose(self) -> None:
        """Stop the fetches under way and let go of connections and files."""
        for source in self.federation.sources.values():
            await source.cells.aclose()
        await asyncio.gather(*(s.connector.aclose() for s in self.federation.sources.values()))
        await self.federation.linker.store.aclose()
        await asyncio.gather(self.access.aclose(), self.outbox.aclose(), self.webhooks.aclose())
        if self.sandbox is not None:
            await self.sandbox.aclose()


def open_hub(
    config: Config,
    *,
    sandbox: Sandbox | None = None,
    ledger: Callable[[str], Ledger] = Ledger,
    clock: Callable[[], float] = monotonic,
) -> Hub:
    """Build every configured source.

    `sandbox` replaces the embedded one (tests use it to throw its switches). `ledger` gives the ledger of a source.
    `clock`: seconds, never going back: what is held ages by it.
    Raises ConfigError without a registry, and what a connector raises when it cannot open its files.
    """
    fictitious = [s for s in config.sources if s.sandbox]
    used = (sandbox or Sandbox()) if fictitious else None
    servers = {s.id: _server(used, s) for s in fictitious} if used else {}
    connectors = {s.id: _build(s, config, servers.get(s.id)) for s in config.sources}
    deadlines = {s.id: max(s.deadline, SANDBOX_SECONDS) if s.sandbox else s.deadline for s in config.sources}
    programme = next((c for c in connectors.values() if isinstance(c, Registry)), None)
    if programme is None:
        raise ConfigError("sources: the registry of the programme is needed: it holds the official texts")
    if used:
        connectors[REGISTRATIONS] = registry.in_memory(REGISTRATIONS, records=_fictitious({s.id for s in fictitious}))
        deadlines[REGISTRATIONS] = deadlines[programme.info.id]
    places = gazetteer()
    referentials = programme.referentials()
    changes = Changes()
    registered = Registrations(programme)
    guarding = Guarding(config.guards, places, changes, ledger, clock, registered.suppressions)
    sources = {id_: guarding.source(connector, deadlines[id_]) for id_, connector in connectors.items()}
    precedence = Precedence({id_: source.info for id_, source in sources.items()}, referentials)
    linker = Linker(open_links(config.data / FILE), Likeness(), registered.suppressions)
    federation = Federation(
        sources,
        referentials,
        places,
        Assembler(precedence, places),
        linker,
        registered,
        Feed(registered, linker.store, changes),
        Memo(clock),
        changes,
    )
    for server in servers.values():
        server.drawing.begin()
    versions = {source_tag(id_): c.version for id_, c in connectors.items() if isinstance(c, Registry)}
    return Hub(
        federation,
        used,
        config,
        {LINKS: linker.store.version, **versions},
        open_access(config.data / ACCESS_FILE),
        open_outbox(config.data / MAIL_FILE, config.mail.from_address),
        open_webhooks(config.data / WEBHOOKS_FILE),
    )


def _fictitious(sandboxed: set[str]) -> list[Record]:
    """The sandbox's registrations of what its own directories list, and their actions."""
    structures = [r for r in registrations() if all(id_.partition("--")[0] in sandboxed for id_ in r.same_as)]
    keys = {record.key for record in structures}
    return [*structures, *(action for action in actions() if keys.issuperset(action.structures))]


def _build(source: SourceConfig, config: Config, server: Server[Any] | None) -> Connector:
    app = server.app if server else None
    outgoing = Outgoing(config.guards.allowed_hosts, config.guards.proxy)
    context = Context(source=source.id, data=config.data, secret=source.secret, sandbox=app, outgoing=outgoing)
    return source.plugin.build(_shared(source.settings, config.server.workers), context)


def _shared(settings: Struct, workers: int) -> Struct:
    """The settings of one process of several, which keep a directory's published rate together."""
    rate = getattr(settings, "calls_per_second", None)
    return settings if rate is None else msgspec.structs.replace(settings, calls_per_second=rate / workers)


def _server(sandbox: Sandbox, source: SourceConfig) -> Server[Any]:
    """The sandbox's server that speaks as this source does."""
    match source.settings:
        case MonenfantSettings(way="agreement"):
            return sandbox.agreement
        case MonenfantSettings():
            return sandbox.data_inclusion
        case AnnuaireSanteSettings():
            return sandbox.annuaire_sante
    raise ConfigError(f"sources.{source.id}: there is no sandbox for this connector: set its key")


@dataclass(frozen=True, slots=True)
class Guarding:
    """The guards, the same for every source: each a connector around the one before.

    hiding → cells ──────────────────────┐
    hiding → cache, single flight → deadline → breaker → bulkhead → retry → observed → connector
    """

    config: GuardsConfig
    places: Gazetteer
    changes: Changes
    ledger: Callable[[str], Ledger]
    clock: Callable[[], float]
    suppressions: Suppressions | None = None

    def source(self, connector: Connector, deadline: float) -> Source:
        """A source whose questions wait for `deadline` seconds at most."""
        id_ = connector.info.id
        ledger = self.ledger(id_)
        keeping = Keeping(self.config.stale_while_revalidate, self.config.stale_if_error, self.config.megabytes)
        circuit = Circuit(connector.info, ledger, clock=self.clock)
        tried = Retry(Observed(connector, ledger), ledger, within=deadline, clock=self.clock)
        breaker = Breaker(Bulkhead(tried, circuit, ledger), circuit, late=deadline * LATE)
        cells = Cells(
            breaker,
            self.places,
            deadline=deadline,
            clock=self.clock,
            keeping=keeping,
            ledger=ledger,
            on_change=lambda source: self.changes.publish(source_tag(source)),
            suppressions=self.suppressions,
        )
        gathered = Gathered(Deadline(breaker, deadline, ledger), self.config.keys_together)
        cached = Cached(gathered, ledger, keeping, clock=self.clock)
        own = connector if isinstance(connector, Registry) else None
        return Source(Hiding(cached, self.suppressions), cells, ledger, circuit, own.version if own else None, own)
