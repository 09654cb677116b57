"""One request and its answer: what is known of them, from the first byte to the last.

Whoever finds something out writes it down here (`exchange_of(scope)`); nothing of what was asked is, only its name.
"""

import re
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import count
from typing import Any, Final, NamedTuple

from starlette.types import Scope

from connectors.guards.trail import Asked, Trail
from hub.observability.names import LONGEST, client_name
from hub.observability.usage import OperationUse

KEY: Final = "hub1000.exchange"
"""Where an exchange stands in the ASGI scope."""

GONE: Final = 499
"""Status of a request whose client went away before the answer began."""

HIT: Final = "hit"
"""`cache` of an answer that was kept."""

NOT_KEPT: Final = "none"
"""`cache` of what is never looked up among the kept answers."""

MISS: Final = "miss"
"""`cache` of an answer that was made for it, or is shared with others who asked at once."""

_ID: Final = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
_TRACEPARENT: Final = re.compile(rb"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?")
_APOLLO: Final = b"apollographql-client-name"
_CLIENT: Final = b"x-client-name"
_GRAPHQL: Final = b"graphql-client-name"
_WANTED: Final = frozenset({b"x-request-id", b"traceparent", _APOLLO, _CLIENT, _GRAPHQL})
_PROCESS: Final = secrets.token_hex(6)
_NUMBERS: Final = count(1)

_PAGES: Final = frozenset({"/", "/schema.graphql"})
_OF_PEOPLE: Final = (
    "/confirmer", "/connexion", "/eligibilite", "/inscription", "/kit", "/login", "/mon-inscription", "/moderation",
    "/verifier",
)  # fmt: skip
"""Pages whose addresses tell of somebody, so that they are in no log."""

_ROUTES: Final = (
    ("/assets/", "assets"),
    ("/health/", "health"),
    ("/metrics", "metrics"),
    ("/admin", "admin"),
    *((start, "pages") for start in _OF_PEOPLE),
)


class Execution(NamedTuple):
    """How an answer was made: it is told of every request that the answer is given to.

    `codes`: the code of each error in it.
    """

    use: OperationUse | None
    cost: int
    executor: str
    fallback: str | None
    codes: tuple[str, ...]


class Exchange:
    """What is known of one request.

    `use`: its operation (`Usage.operation`); `cost`: what the limits count for it; `executor` and `fallback`: how it
    was executed; `cache`: HIT when a kept answer was given, MISS when it was made; `codes`: the code of each error in
    the answer. `status` is 0 until the answer begins.
    `began`: seconds of a clock that never goes back; `seconds`: how long it took, once it has ended.
    """

    # what most requests leave as it is stands here: every request pays for what is set below
    status = 0
    seconds = 0.0
    use: OperationUse | None = None
    cost: float | None = None
    executor: str | None = None
    fallback: str | None = None
    cache = NOT_KEPT
    codes: Iterable[str] = ()
    streams = False
    """Whether it is answered with events: it lasts as long as its client wants."""
    _told: Mapping[bytes, bytes] = {}
    _trail: Trail | None = None

    def __init__(self, scope: Scope, began: float) -> None:
        self.began = began
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        headers = dict(scope["headers"])
        if _WANTED.isdisjoint(headers):
            self.id = _new_id()
        else:
            self._told = told = {name: headers[name] for name in _WANTED & headers.keys()}
            self.id = _id(told)

    @property
    def client(self) -> str | None:
        """The name by which the client calls itself, None when it does not."""
        told = self._told
        return client_name(told.get(_APOLLO) or told.get(_CLIENT) or told.get(_GRAPHQL)) if told else None

    @property
    def trail(self) -> Trail:
        """What is asked of directories for it; a kept answer, for which nothing is, never has one made."""
        if self._trail is None:
            self._trail = Trail(self.id)
        return self._trail

    @property
    def route(self) -> str:
        """What was asked for: graphql, events, pages, assets, health, metrics, admin, or other."""
        return "events" if self.streams else _route(self.path)

    @property
    def kind(self) -> str:
        """The type of its operation: "query", "mutation", "subscription", or "none"."""
        return self.use.kind if self.use else "none"

    @property
    def header(self) -> tuple[bytes, bytes]:
        """What tells its id to the client."""
        return b"x-request-id", self.id.encode()

    @property
    def ended(self) -> float:
        """When it ended, by the clock by which it began."""
        return self.began + self.seconds

    def given(self, execution: Execution, cache: str) -> None:
        """It is answered with what an execution gave."""
        self.use, self.cost, self.executor, self.fallback, self.codes = execution
        self.cache = cache

    def end(self, now: float) -> None:
        """It has ended, at this moment of the clock by which it began."""
        self.seconds = now - self.began
        if not self.status:
            self.status = GONE

    def facts(self, at: datetime) -> dict[str, Any]:
        """Its line in the log: names and numbers, never a value that was asked for. `at`: when it ended."""
        facts: dict[str, Any] = {
            "timestamp": at,
            "level": "info",
            "event": "request",
            "id": self.id,
            "route": self.route,
            "status": self.status,
            "ms": _ms(self.seconds),
        }
        use = self.use
        if use is not None:
            facts["operation"] = use.name[:LONGEST]
            facts["type"] = use.kind
            facts["document"] = use.document[:12]
        elif self.route == "other":
            facts |= {"method": self.method[:16], "path": self.path[:200]}
        if (client := self.client) is not None:
            facts["client"] = client
        if self.cost is not None:
            facts["cost"] = self.cost
        if self.executor is not None:
            facts["executor"] = self.executor
        if self.fallback is not None:
            facts["fallback"] = self.fallback
        if self.cache != NOT_KEPT:
            facts["cache"] = self.cache
        if self.codes:
            facts["errors"] = sorted(set(self.codes))
        trail = self._trail
        if trail is not None and trail.asked:
            facts["sources"] = {source: _asked(asked) for source, asked in trail.asked.items()}
        if trail is not None and trail.coverage:
            facts["coverage"] = trail.coverage
        return facts


def exchange_of(scope: Scope) -> Exchange | None:
    """The exchange that a request belongs to; None where nothing watches (`Observatory.watching`)."""
    exchange: Exchange | None = scope.get(KEY)
    return exchange


def _id(told: Mapping[bytes, bytes]) -> str:
    """The id that the client or the proxy gave, the id of its trace, or one of ours."""
    given = told.get(b"x-request-id")
    if given is not None and _ID.fullmatch(given):
        return given.decode()
    traced = told.get(b"traceparent")
    if traced is not None and (found := _TRACEPARENT.fullmatch(traced)):
        return found[1].decode()
    return _new_id()


def _new_id() -> str:
    return f"{_PROCESS}-{next(_NUMBERS):x}"


def _route(path: str) -> str:
    if path == "/graphql":
        return "graphql"
    if path in _PAGES:
        return "pages"
    return next((route for start, route in _ROUTES if path.startswith(start)), "other")


def _asked(asked: Asked) -> dict[str, Any]:
    facts: dict[str, Any] = {"calls": asked.calls, "ms": _ms(asked.seconds)}
    for name in ("hits", "misses", "stale"):
        if number := getattr(asked, name):
            facts[name] = number
    if asked.outcomes:
        facts["failed"] = asked.outcomes
    return facts


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
