"""hub1000 link: find the records of different directories that are the same place."""

import asyncio
from collections.abc import Sequence
from typing import Final

from connectors.contract import InCommunes
from connectors.held import Held
from hub.composition import open_hub
from hub.config import Config, ConfigError
from resolvers.federation.places import DepartementCode, resolve
from resolvers.federation.sources import Federation
from resolvers.identity.linking import Report
from resolvers.identity.linking import link as link_records

PATIENCE: Final = 600.0
"""Seconds that one département may take to be read from one directory."""


def link(config: Config, departements: Sequence[str] | None, *, dry_run: bool) -> int:
    """Link these départements (all of France without any), and tell what changed; 1 when a directory failed."""
    return asyncio.run(_link(config, departements, dry_run=dry_run))


async def _link(config: Config, departements: Sequence[str] | None, *, dry_run: bool) -> int:
    hub = open_hub(config)
    failed = False
    try:
        known = hub.federation.gazetteer.departements
        for code in departements or known:
            if code not in known:
                raise ConfigError(f"--departement: no département has the INSEE code {code}")
            helds, failures = await _read(hub.federation, code)
            failed = failed or bool(failures)
            linker = hub.federation.linker
            report = await link_records(helds, linker.store, linker.judge, dry_run=dry_run)
            _print(code, report, failures)
    finally:
        await hub.aclose()
    return 1 if failed else 0


async def _read(federation: Federation, code: str) -> tuple[dict[str, list[Held]], list[str]]:
    """What every directory has in a département, and what failed."""
    area = resolve(DepartementCode(code), federation.gazetteer)
    helds: dict[str, list[Held]] = {}
    failures = []
    for id_, source in federation.sources.items():
        if InCommunes not in source.info.asks:
            continue
        read = await source.cells.read(area, None, wait=PATIENCE)
        helds[id_] = read.helds
        if read.missing:
            failures.append(f"{id_}: {read.error.message if read.error else 'incomplete'}")
    return helds, failures


def _print(code: str, report: Report, failures: Sequence[str]) -> None:
    changes = ", ".join(f"{count} {state.value.lower()}" for state, count in sorted(report.counts.items())) or "nothing"
    would = "would change" if report.dry_run else "changed"
    print(f"département {code}: {report.records} records, {report.found} pairs worth a look; {would}: {changes}")
    for moved in report.moved:
        print(f"  describes another place now, to be looked at: {moved.a} and {moved.b}")
    for failure in failures:
        print(f"  not read: {failure}")
