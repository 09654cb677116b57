"""What an answer rests on: for how long it may be kept, and what makes it wrong before that."""

from collections.abc import Callable
from math import inf
from typing import Final

from connectors.contract import SourceInfo

LINKS: Final = "links"
"""The tag of what was put together by links."""

UNSETTLED: Final = 2.0
"""Seconds for which an answer may be kept that the next question may better: something is missing from it."""


def source_tag(source: str) -> str:
    """The tag of what came from a source."""
    return f"source:{source}"


class Used:
    """What one answer rests on, told while it is made.

    `expires_in`: seconds for which it may be kept, the least that was told; infinity for what never changes.
    `tags`: what it was made of; when one of them is published as changed, the answer may be wrong.
    """

    __slots__ = ("expires_in", "tags")

    def __init__(self) -> None:
        self.expires_in: float = inf
        self.tags: set[str] = set()

    def keep(self, seconds: float) -> None:
        """Say that the answer may be kept for so long at the most."""
        self.expires_in = min(self.expires_in, max(0.0, seconds))

    def tag(self, *tags: str) -> None:
        """Say that the answer was made of these."""
        self.tags.update(tags)

    def source(self, info: SourceInfo) -> None:
        """Say that a source was asked just now."""
        if not info.tells_changes:
            self.keep(info.ttl)
        self.tag(source_tag(info.id))


class Changes:
    """Tells who keeps answers what has changed, at once and in this process."""

    def __init__(self) -> None:
        self._callbacks: list[Callable[[str], None]] = []

    def subscribe(self, callback: Callable[[str], None]) -> None:
        """Call this with each tag that is published from now on."""
        self._callbacks.append(callback)

    def publish(self, *tags: str) -> None:
        """Say that what these tags stand for has changed."""
        for tag in tags:
            for callback in self._callbacks:
                callback(tag)
