"""What one request asked of the directories, and how complete the answers were: why it was slow, or lacks something.

The one that begins a request puts a `Trail` in `CURRENT`; the guards, which all requests share, add to it through
their source's ledger (connectors/guards/ledger.py). A task begun meanwhile keeps the trail of the request that began
it, so a fetch that several requests wait for is told by the first of them. Without a trail nothing is noted.

    with upstream("GET", "api.example.org", "/fhir") as span:    around one HTTP call, in connectors/http.py
        send(headers | span.headers)                             the W3C trace context, when it is traced
        span.told("http.response.status_code", 200)
"""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from contextvars import ContextVar
from typing import Final, Protocol

from msgspec import Struct, field

WORST_FIRST: Final = ("UNAVAILABLE", "PARTIAL", "STALE", "NEEDS_PLACE", "NOT_ASKED", "COMPLETE")
"""Statuses of coverage: of several answers of one source the worst is told."""


class Asked(Struct):
    """What one source was asked in one request. `outcomes`: calls that failed, by kind. Times in seconds."""

    calls: int = 0
    seconds: float = 0.0
    longest: float = 0.0
    outcomes: dict[str, int] = field(default_factory=dict)
    hits: int = 0
    misses: int = 0
    stale: int = 0


class Span(Protocol):
    """One step of a trace. `headers`: what hands the trace on to the one who is called."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers to send along."""
        ...

    def told(self, name: str, value: str | int) -> None:
        """Say one more thing about the step; never a value that a client or a directory chose."""
        ...


class Tracer(Protocol):
    """What makes spans, nested as they are entered."""

    def span(self, name: str, *, client: bool, facts: Mapping[str, str | int]) -> AbstractContextManager[Span]:
        """A step; `client` when it calls another machine. An exception that leaves the block marks it as failed."""
        ...


class _Untraced:
    """The span of what is not traced, and its own context."""

    headers: Mapping[str, str] = {}

    def told(self, name: str, value: str | int) -> None:
        """Forget it."""

    def __enter__(self) -> "_Untraced":
        return self

    def __exit__(self, *_: object) -> None:
        return None


UNTRACED: Final = _Untraced()


class Trail:
    """What one request asked, by source; made by who begins it. `request`: its id; `tracer` when it is traced."""

    __slots__ = ("asked", "coverage", "request", "tracer")

    def __init__(self, request: str = "", tracer: Tracer | None = None) -> None:
        self.request = request
        self.asked: dict[str, Asked] = {}
        self.coverage: dict[str, str] = {}
        self.tracer = tracer

    def of(self, source: str) -> Asked:
        """What this source was asked, to be added to."""
        asked = self.asked.get(source)
        if asked is None:
            asked = self.asked[source] = Asked()
        return asked


CURRENT: Final[ContextVar[Trail | None]] = ContextVar("trail", default=None)
"""The trail of the request that is being answered, None outside of any."""


def covered(statuses: Iterable[tuple[str, str]]) -> None:
    """Note how complete the parts of an answer are: sources, each with its `CoverageStatus`."""
    trail = CURRENT.get()
    if trail is None:
        return
    coverage = trail.coverage
    for source, status in statuses:
        known = coverage.get(source)
        if known is None or WORST_FIRST.index(status) < WORST_FIRST.index(known):
            coverage[source] = status


def upstream(method: str, host: str, path: str) -> AbstractContextManager[Span]:
    """The span of one HTTP call; `path` without its query, which may hold what a person asked."""
    trail = CURRENT.get()
    if trail is None or trail.tracer is None:
        return UNTRACED
    facts = {"http.request.method": method, "server.address": host, "url.path": path}
    return trail.tracer.span(method, client=True, facts=facts)
