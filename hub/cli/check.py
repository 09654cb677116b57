"""hub1000 check: what is configured, and whether every directory answers."""

import asyncio
import time

from connectors.errors import SourceError
from hub.composition import open_hub
from hub.config import KEY_PREFIX, Config, SourceConfig
from resolvers.federation.sources import Source


def check(config: Config) -> int:
    """Print a table of the sources; 1 when one does not answer. No key is ever shown."""
    return asyncio.run(_check(config))


async def _check(config: Config) -> int:
    print(f"configuration  {config.file or 'none: defaults and environment'}")
    print(f"data           {config.data.resolve()}")
    print(f"listens on     {config.server.host}, port {config.server.port}\n")
    hub = open_hub(config)
    try:
        sources = list(hub.federation.sources.values())
        answers = await asyncio.gather(*(_ping(source) for source in sources))
    finally:
        await hub.aclose()
    configured = {source.id: source for source in config.sources}
    rows = [
        (source.info.id, _mode(source), _key(configured.get(source.info.id)), answer or "answers", f"{seconds:.3f} s")
        for source, (answer, seconds) in zip(sources, answers, strict=True)
    ]
    _print_table([("source", "data", "key", "state", "time"), *rows])
    return 1 if any(answer for answer, _ in answers) else 0


async def _ping(source: Source) -> tuple[str | None, float]:
    """What is wrong with a source, None when it answers; and the seconds that it took to tell."""
    start = time.perf_counter()
    try:
        await source.connector.ping()
    except SourceError as error:
        return f"{type(error).__name__}: {error.message}", time.perf_counter() - start
    return None, time.perf_counter() - start


def _mode(source: Source) -> str:
    return "sandbox (fictitious)" if source.info.sandbox else "real"


def _key(configured: SourceConfig | None) -> str:
    if configured is None or not configured.plugin.needs_secret:
        return "not needed"
    return "set" if configured.secret else f"not set ({KEY_PREFIX}{configured.id.upper()})"


def _print_table(rows: list[tuple[str, ...]]) -> None:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
