"""How requests were answered, in numbers."""

from collections import Counter
from typing import TypeVar

from msgspec import Struct, field

from connectors.guards.durations import Durations
from hub.observability.exchange import HIT, Exchange
from hub.observability.names import OTHER

K = TypeVar("K")

MOST_WORDS = 50
"""Error codes, executors and reasons told apart; they are the hub's own words, of which there are fewer."""


class RequestTally(Struct):
    """`answered`: by route, type of operation, status and cache; `operations`: by name.

    `errors`: answers by code of each error in them; `fallbacks`: by reason, of what was not compiled.
    """

    answered: dict[tuple[str, str, int, str], Durations] = field(default_factory=dict)
    operations: dict[str, Durations] = field(default_factory=dict)
    errors: dict[str, int] = field(default_factory=dict)
    executors: dict[str, int] = field(default_factory=dict)
    fallbacks: dict[str, int] = field(default_factory=dict)

    def count(self, exchange: Exchange, operation: str | None) -> None:
        """One more request, whose operation is counted under this name."""
        seconds = exchange.seconds
        _durations(self.answered, (exchange.route, exchange.kind, exchange.status, exchange.cache)).add(seconds)
        if operation is not None:
            _durations(self.operations, operation).add(seconds)
        if exchange.cache != HIT:  # a kept answer executed nothing
            if exchange.executor is not None:
                _one_more(self.executors, exchange.executor)
            if exchange.fallback is not None:
                _one_more(self.fallbacks, exchange.fallback)
        for code in exchange.codes:
            _one_more(self.errors, code)

    def merge(self, other: "RequestTally") -> None:
        """Add those of another process."""
        for key, durations in other.answered.items():
            _durations(self.answered, key).merge(durations)
        for name, durations in other.operations.items():
            _durations(self.operations, name).merge(durations)
        for ours, theirs in (
            (self.errors, other.errors),
            (self.executors, other.executors),
            (self.fallbacks, other.fallbacks),
        ):
            for word, count in theirs.items():
                ours[word] = ours.get(word, 0) + count

    def by_status(self) -> dict[tuple[str, str, int], int]:
        """Requests by route, type of operation and status."""
        counts: Counter[tuple[str, str, int]] = Counter()
        for (route, kind, status, _), durations in self.answered.items():
            counts[route, kind, status] += durations.count
        return counts

    def by_cache(self) -> dict[tuple[str, str], Durations]:
        """Times by route and cache."""
        all_: dict[tuple[str, str], Durations] = {}
        for (route, _, _, cache), durations in self.answered.items():
            _durations(all_, (route, cache)).merge(durations)
        return all_


def _durations(all_: dict[K, Durations], key: K) -> Durations:
    return all_.get(key) or all_.setdefault(key, Durations())


def _one_more(counts: dict[str, int], word: str) -> None:
    if word not in counts and len(counts) >= MOST_WORDS:
        word = OTHER
    counts[word] = counts.get(word, 0) + 1
