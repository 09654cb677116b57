"""The conformance suite on every connector of the hub."""

from collections.abc import Callable, Sequence
from functools import cache
from operator import attrgetter
from pathlib import Path
from time import monotonic
from typing import Any

import msgspec
import pytest

from connectors import annuaire_sante, monenfant, registry
from connectors.conformance import CHECKS, Check, Factory, Facts
from connectors.contract import (
    Context,
    Plugin,
)
from connectors.gazetteer import gazetteer
from connectors.guards.ledger import Ledger
from connectors.monenfant import Settings
from connectors.nomenclature import IdentifierScheme
from connectors.records import Identifier
from connectors.sandbox import Body, Fault, Place, Sandbox, Server, Way, actions, registrations, world
from hub.composition import Guarding
from hub.config import GuardsConfig
from resolvers.federation.used import Changes

CODES = ("21617", "21231", "75111", "97411", "2A004")
COMMUNES = tuple(gazetteer().communes[code] for code in CODES)
PATIENCE = 60.0
"""Seconds: a deadline that only what never answers meets."""

FAULTS = (Fault(status=429), Fault(status=503), Fault(status=403), *(Fault(body=body) for body in Body))


def on_sandbox(plugin: Plugin, source: str, server: Server[Any], settings: Any) -> Factory:
    context = Context(source=source, data=Path(), sandbox=server.app)
    return lambda: plugin.build(settings, context)


def out_of_order(make: Callable[[Sandbox], Factory], way: Callable[[Sandbox], Server[Any]]) -> tuple[Factory, ...]:
    """Connectors to a sandbox of their own, each with another fault."""
    factories = []
    for fault in FAULTS:
        sandbox = Sandbox()
        way(sandbox).faults.now = fault
        factories.append(make(sandbox))
    return tuple(factories)


def one_of_each(places: Sequence[Place]) -> tuple[str, ...]:
    """A key of each type in each commune of the facts."""
    return tuple(
        {(p.commune.insee, p.category, p.subcategory): p.key for p in places if p.commune.insee in CODES}.values()
    )


def places(source: str, way: Way | None = None) -> list[Place]:
    return [p for p in world().places if p.source == source and p.listed and (way is None or way in p.ways)]


def of_monenfant(way: Way, server: Callable[[Sandbox], Server[Any]]) -> tuple[Factory, Facts]:
    settings = Settings(way=way.value, page_size=20)

    def make(sandbox: Sandbox) -> Factory:
        return on_sandbox(monenfant.plugin, "monenfant", server(sandbox), settings)

    facts = Facts(
        keys=one_of_each(places("monenfant", way)),
        unknown=("unknown-0", "am-0"),
        communes=COMMUNES,
        failing=out_of_order(make, server),
    )
    return make(Sandbox()), facts


@cache
def monenfant_by_data_inclusion() -> tuple[Factory, Facts]:
    return of_monenfant(Way.DATA_INCLUSION, lambda sandbox: sandbox.data_inclusion)


@cache
def monenfant_by_agreement() -> tuple[Factory, Facts]:
    return of_monenfant(Way.AGREEMENT, lambda sandbox: sandbox.agreement)


@cache
def the_annuaire_sante() -> tuple[Factory, Facts]:
    def make(sandbox: Sandbox) -> Factory:
        server = sandbox.annuaire_sante
        return on_sandbox(annuaire_sante.plugin, "annuaire_sante", server, annuaire_sante.Settings())

    known = one_of_each(places("annuaire_sante"))
    finess = tuple(key.removeprefix("finess-") for key in known if key.startswith("finess-") and "." not in key)
    facts = Facts(
        keys=known,
        unknown=("finess-999999999", "rpps-10000000000.finess-999999999"),
        communes=COMMUNES,
        identifiers=tuple(Identifier(IdentifierScheme.FINESS, value) for value in finess[:5]),
        practised=tuple(key.partition(".")[2] for key in known if key.startswith("rpps-"))[:5],
        failing=out_of_order(make, lambda sandbox: sandbox.annuaire_sante),
    )
    return make(Sandbox()), facts


@cache
def the_registry() -> tuple[Factory, Facts]:
    structures, carried = registrations(), actions()
    facts = Facts(
        keys=tuple(record.key for record in structures),
        communes=COMMUNES,
        identifiers=(Identifier(IdentifierScheme.SIRET, "99900000000017"),),
        practised=(structures[0].key,),
        actions=tuple(record.key for record in carried),
        active=tuple(record.carrier for record in carried if record.carrier),
        same_as=tuple(quoted for record in structures for quoted in record.same_as)[:5],
    )
    first = msgspec.structs.replace(structures[0], identifiers=facts.identifiers)
    second = msgspec.structs.replace(structures[1], practises_at=facts.practised)
    records = (first, second, *structures[2:], *carried)
    return lambda: registry.in_memory(records=records, page_size=10), facts


CONNECTORS = (monenfant_by_data_inclusion, monenfant_by_agreement, the_annuaire_sante, the_registry)


@pytest.mark.parametrize("check", CHECKS, ids=attrgetter("__name__"))
@pytest.mark.parametrize("connector", CONNECTORS, ids=attrgetter("__name__"))
async def test_it_keeps_the_contract(connector: Callable[[], tuple[Factory, Facts]], check: Check) -> None:
    factory, facts = connector()
    await check(factory, facts)


def guarded(factory: Factory) -> Factory:
    """The same connectors behind all their guards."""
    guarding = Guarding(GuardsConfig(), gazetteer(), Changes(), Ledger, monotonic)
    return lambda: guarding.source(factory(), PATIENCE).connector


@pytest.mark.parametrize("check", CHECKS, ids=attrgetter("__name__"))
@pytest.mark.parametrize("connector", CONNECTORS, ids=attrgetter("__name__"))
async def test_it_keeps_the_contract_behind_its_guards(
    connector: Callable[[], tuple[Factory, Facts]], check: Check
) -> None:
    factory, facts = connector()
    await check(guarded(factory), msgspec.structs.replace(facts, failing=tuple(map(guarded, facts.failing))))
