"""hub1000 purge: forget what is not to be kept any longer; to be run every day."""

import argparse
import asyncio
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from connectors.registrations import Registrations
from connectors.registry import Settings, open_registry
from connectors.sqlite.connections import connect, failures
from hub.config import Config

DRAFTS: Final = timedelta(days=183)
"""How long a draft is kept that nobody touches: six months."""


def add_purge(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """Add the command to those of hub1000."""
    commands.add_parser(
        "purge",
        parents=[common],
        help="remove drafts that nobody touched for six months",
        description="Remove the drafts of registrations that nobody touched for six months, and see to it that what "
        "was removed or erased is on disk no more. The hub may serve meanwhile. To be run every day.",
    )


def purge(config: Config) -> int:
    """Remove old drafts from every registry, and tell how many. Raises `Unavailable` and `BadData`."""
    for source in config.sources:
        if isinstance(source.settings, Settings):
            path = config.data / source.settings.database
            removed = asyncio.run(_purge(path, source.id))
            print(f"{source.id}: {removed} draft{'' if removed == 1 else 's'} removed")
    return 0


async def _purge(path: Path, source: str) -> int:
    registry = open_registry(path, source=source)
    try:
        removed = await Registrations(registry).purge_drafts(datetime.now(UTC) - DRAFTS)
    finally:
        await registry.aclose()
    with failures(source), closing(connect(path)) as connection:
        # what was overwritten stays in the log until this is written back
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return removed
