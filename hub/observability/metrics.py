"""The metrics of the hub in the format of Prometheus: the sum over all workers, whichever is asked.

Labels have few values: words of the hub, ids of sources, names of operations as far as they are told apart
(hub/observability/names.py). The figures are those of `Snapshot`; nothing is counted twice for Prometheus.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import Final, TypeVar

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from connectors.guards.durations import BOUNDS, Durations
from connectors.guards.ledger import Tally
from hub.observability.requests import RequestTally
from hub.observability.snapshot import CacheFigures, Snapshot

PREFIX: Final = "hub1000_"
BREAKER: Final = ("closed", "half_open", "open")
BUCKETS: Final = (*(str(bound) for bound in BOUNDS), "+Inf")

K = TypeVar("K", bound=tuple[str, ...])
Labelled = Iterable[tuple[tuple[str, ...], float]]


def exposition(snapshot: Snapshot, accept: str | None) -> tuple[bytes, str]:
    """The metrics and their media type: the text format, or OpenMetrics for who accepts it."""
    encode, media_type = choose_encoder(accept or "")
    registry = CollectorRegistry()
    registry.register(_Figures(snapshot))
    return encode(registry), media_type


class _Figures(Collector):
    """A snapshot, as the Prometheus client reads it."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def describe(self) -> list[Metric]:
        """Nothing is known before it is collected."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Every metric there is."""
        snapshot = self._snapshot
        yield _gauge("workers", "Processes that serve", [((), snapshot.workers)])
        yield _gauge("requests_in_flight", "Requests being answered", [((), snapshot.in_flight)])
        yield _gauge("resident_memory_bytes", "Memory of all workers", [((), snapshot.memory)])
        yield _gauge("start_time_seconds", "When the first worker began (Unix)", [((), snapshot.began)])
        yield _counter("cpu_seconds", "CPU time of all workers", [((), snapshot.cpu)])
        yield from _requests(snapshot.requests)
        yield from _sources(snapshot.sources)
        yield from _caches(snapshot.caches)


def _requests(requests: RequestTally) -> Iterator[Metric]:
    yield _counter(
        "requests",
        "Requests answered",
        [((route, kind, str(status)), n) for (route, kind, status), n in requests.by_status().items()],
        ("route", "type", "status"),
    )
    yield _histogram("request_seconds", "Time to answer", requests.by_cache(), ("route", "cache"))
    yield _counter(
        "operations",
        "Requests by name of operation",
        [((name,), durations.count) for name, durations in requests.operations.items()],
        ("operation",),
    )
    yield _counter(
        "operation_seconds",
        "Time taken by name of operation",
        [((name,), durations.total) for name, durations in requests.operations.items()],
        ("operation",),
    )
    yield _counter("errors", "Errors in answers", _by_word(requests.errors), ("code",))
    yield _counter("executions", "Operations executed", _by_word(requests.executors), ("executor",))
    yield _counter("fallbacks", "Operations that were not compiled", _by_word(requests.fallbacks), ("reason",))


def _sources(sources: Mapping[str, Tally]) -> Iterator[Metric]:
    label = ("source",)
    yield _counter(
        "source_calls",
        "Calls of directories",
        [
            ((source, operation, outcome), count)
            for source, tally in sources.items()
            for operation, outcomes in tally.calls.items()
            for outcome, count in outcomes.items()
        ],
        ("source", "operation", "outcome"),
    )
    durations = {(source,): tally.durations for source, tally in sources.items()}
    yield _histogram("source_call_seconds", "Time of calls of directories", durations, label)
    yield _counter(
        "source_cache",
        "Look-ups in what is kept of directories",
        [
            ((source, result), count)
            for source, tally in sources.items()
            for result, count in (("hit", tally.hits), ("miss", tally.misses), ("stale", tally.stale))
        ],
        ("source", "result"),
    )
    yield _counter("source_retries", "Calls made once more", _of_each(sources, "retries"), label)
    yield _counter("source_breaker_opened", "Times the breaker opened", _of_each(sources, "opened"), label)
    yield _counter(
        "source_held_back",
        "Calls refused in a directory's place",
        [((s, reason), count) for s, tally in sources.items() for reason, count in tally.held_back.items()],
        ("source", "reason"),
    )
    yield _gauge(
        "source_breaker",
        "State of the breaker: 1 for the one it is in",
        [((s, state), float(tally.breaker == state)) for s, tally in sources.items() for state in BREAKER],
        ("source", "state"),
    )
    yield _gauge(
        "source_last_answer_time_seconds",
        "When a directory last answered (Unix)",
        [((s,), tally.last_answer_at) for s, tally in sources.items() if tally.last_answer_at is not None],
        label,
    )


def _caches(caches: Mapping[str, CacheFigures]) -> Iterator[Metric]:
    label = ("cache",)
    for name, text in (("entries", "Entries kept"), ("size", "Bytes kept, about")):
        suffix = "bytes" if name == "size" else name
        yield _gauge(f"cache_{suffix}", text, _of_each(caches, name), label)
    for name, text in (("hits", "Look-ups that found"), ("misses", "Look-ups that did not find")):
        yield _counter(f"cache_{name}", text, _of_each(caches, name), label)


def _of_each(all_: Mapping[str, object], attribute: str) -> Labelled:
    return [((name,), float(getattr(of, attribute))) for name, of in all_.items()]


def _by_word(counts: Mapping[str, int]) -> Labelled:
    return [((word,), count) for word, count in counts.items()]


def _counter(name: str, text: str, values: Labelled, labels: tuple[str, ...] = ()) -> Metric:
    family = CounterMetricFamily(PREFIX + name, text, labels=labels)
    for names, value in values:
        family.add_metric(names, value)
    return family


def _gauge(name: str, text: str, values: Labelled, labels: tuple[str, ...] = ()) -> Metric:
    family = GaugeMetricFamily(PREFIX + name, text, labels=labels)
    for names, value in values:
        family.add_metric(names, value)
    return family


def _histogram(name: str, text: str, values: Mapping[K, Durations], labels: tuple[str, ...]) -> Metric:
    family = HistogramMetricFamily(PREFIX + name, text, labels=labels)
    for names, durations in values.items():
        buckets = list(zip(BUCKETS, accumulate(durations.counts), strict=True))
        family.add_metric(names, buckets, durations.total)
    return family
