"""Waiting for what another task or process does, where there is no event to be awaited."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(ask: Callable[[], Awaitable[T] | T], *, seconds: float = 60.0) -> T:
    """What `ask` gives, once that is something; TimeoutError when it never is."""
    async with asyncio.timeout(seconds):
        while True:
            found = ask()
            told = await found if isinstance(found, Awaitable) else found
            if told:
                return told
            await asyncio.sleep(0.01)
