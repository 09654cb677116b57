"""How sources answer, told to who waits for it: as it is, and then each time that it changes."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from resolvers.federation.sources import Source

LOOK_EVERY: Final = 1.0
"""Seconds between two looks at all sources, however many wait."""


class SourceStates:
    """Looks at sources while somebody waits, once for all who do."""

    def __init__(self, look_every: float = LOOK_EVERY) -> None:
        self._look_every = look_every
        self._waiting = 0
        self._looking: asyncio.Task[None] | None = None

    async def watch(self, sources: Mapping[str, "Source"]) -> AsyncGenerator["Source", None]:
        """Every source, and then each one whose state has changed, without end."""
        told: dict[str, tuple[bool, bool]] = {}
        self._waiting += 1
        try:
            while True:
                for id_, source in sources.items():
                    state = source.is_failing, source.last_answer_at is not None
                    if told.get(id_) != state:
                        told[id_] = state
                        yield source
                if self._looking is None or self._looking.done():
                    self._looking = asyncio.create_task(self._look(sources))
                await asyncio.shield(self._looking)
        finally:
            self._waiting -= 1
            if not self._waiting and self._looking is not None:
                self._looking.cancel()

    async def _look(self, sources: Mapping[str, "Source"]) -> None:
        await asyncio.sleep(self._look_every)
        await asyncio.gather(*(source.look() for source in sources.values()))
