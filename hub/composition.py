"""Where things are wired together: from a configuration to a federation ready to answer."""

import asyncio
from dataclasses import dataclass
from time import monotonic

from starlette.types import ASGIApp

from connectors import registry
from connectors.annuaire_sante import Settings as AnnuaireSanteSettings
from connectors.contract import Connector, Context, Record
from connectors.gazetteer import Gazetteer, gazetteer
from connectors.guards.deadline import Deadline
from connectors.guards.observed import Observed
from connectors.links import FILE, open_links
from connectors.monenfant import Settings as MonenfantSettings
from connectors.registry import Registry
from connectors.sandbox import Sandbox, actions, registrations
from hub.config import Config, ConfigError, Secret, SourceConfig
from resolvers.federation.cells import Cells
from resolvers.federation.entries import Assembler, Precedence
from resolvers.federation.sources import Federation, Source
from resolvers.identity.likeness import Likeness
from resolvers.identity.linker import Linker

REGISTRATIONS = "registry_sandbox"
"""Id of the fictitious registry that goes with the sandbox."""


@dataclass(frozen=True, slots=True)
class Hub:
    """A federation, and what must be closed with it. `sandbox` is None when every source is a real one."""

    federation: Federation
    sandbox: Sandbox | None
    moderator_token: Secret | None

    async def aclose(self) -> None:
        """Stop the fetches under way and let go of connections and files."""
        for source in self.federation.sources.values():
            await source.cells.aclose()
        await asyncio.gather(*(s.connector.aclose() for s in self.federation.sources.values()))
        await self.federation.linker.store.aclose()


def open_hub(config: Config, *, sandbox: Sandbox | None = None) -> Hub:
    """Build every configured source.

    `sandbox` replaces the embedded one (tests use it to throw its switches). Raises ConfigError without a registry,
    and what a connector raises when it cannot open its files.
    """
    fictitious = [s for s in config.sources if s.sandbox]
    used = (sandbox or Sandbox()) if fictitious else None
    connectors = {s.id: _build(s, config, used) for s in config.sources}
    deadlines = {s.id: s.deadline for s in config.sources}
    programme = next((c for c in connectors.values() if isinstance(c, Registry)), None)
    if programme is None:
        raise ConfigError("sources: the registry of the programme is needed: it holds the official texts")
    if used:
        connectors[REGISTRATIONS] = registry.in_memory(REGISTRATIONS, records=_fictitious({s.id for s in fictitious}))
        deadlines[REGISTRATIONS] = deadlines[programme.info.id]
    places = gazetteer()
    referentials = programme.referentials()
    sources = {id_: _source(connector, places, deadlines[id_]) for id_, connector in connectors.items()}
    precedence = Precedence({id_: source.info for id_, source in sources.items()}, referentials)
    linker = Linker(open_links(config.data / FILE), Likeness())
    federation = Federation(sources, referentials, places, Assembler(precedence, places), linker)
    return Hub(federation, used, config.moderator_token)


def _fictitious(sandboxed: set[str]) -> list[Record]:
    """The sandbox's registrations of what its own directories list, and their actions."""
    structures = [r for r in registrations() if all(id_.partition("--")[0] in sandboxed for id_ in r.same_as)]
    keys = {record.key for record in structures}
    return [*structures, *(action for action in actions() if keys.issuperset(action.structures))]


def _build(source: SourceConfig, config: Config, sandbox: Sandbox | None) -> Connector:
    app = _app(sandbox, source) if sandbox and source.sandbox else None
    context = Context(source=source.id, data=config.data, secret=source.secret, sandbox=app)
    return source.plugin.build(source.settings, context)


def _app(sandbox: Sandbox, source: SourceConfig) -> ASGIApp:
    """The sandbox's server that speaks as this source does."""
    match source.settings:
        case MonenfantSettings(way="agreement"):
            return sandbox.agreement.app
        case MonenfantSettings():
            return sandbox.data_inclusion.app
        case AnnuaireSanteSettings():
            return sandbox.annuaire_sante.app
    raise ConfigError(f"sources.{source.id}: there is no sandbox for this connector: set its key")


def _source(connector: Connector, places: Gazetteer, deadline: float) -> Source:
    observed = Observed(connector)
    cells = Cells(observed, places, deadline=deadline, clock=monotonic)
    return Source(Deadline(observed, deadline), cells, observed.observations)
