"""Where long work is done: what goes through many entries leaves the event loop to the other questions."""

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

T = TypeVar("T")

MANY: Final = 1_000
"""Entries from which on a thread goes through them: fewer take some milliseconds at the most, wherever it is."""


async def worked_out(size: int, work: Callable[[], T]) -> T:
    """What some work gives that goes through `size` entries or records; it must not touch what others change."""
    return work() if size < MANY else await asyncio.to_thread(work)
