"""A bearer token that a service hands out and lets expire."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from connectors.http import Unauthorized

T = TypeVar("T")
Headers = Mapping[str, str]


class BearerToken:
    """Keeps a token for as long as the service accepts it.

    `ask` gives a new one, and is never run twice at once.
    """

    def __init__(self, ask: Callable[[], Awaitable[str]]) -> None:
        self._ask = ask
        self._token: str | None = None
        self._lock = asyncio.Lock()

    async def call(self, send: Callable[[Headers], Awaitable[T]]) -> T:
        """What `send` gives with the token's header; on a 401 once more with a new token.

        Raises what `ask` and `send` raise; `Unauthorized` when the new token is not accepted either.
        """
        token = self._token or await self.renew(None)
        try:
            return await send({"authorization": f"Bearer {token}"})
        except Unauthorized:
            token = await self.renew(token)
        return await send({"authorization": f"Bearer {token}"})

    async def renew(self, stale: str | None) -> str:
        """A token other than `stale`: what somebody else was given in the meantime, or a new one."""
        async with self._lock:
            if self._token is None or self._token == stale:
                self._token = await self._ask()
            return self._token
