"""Which web pages may read answers (CORS, the Fetch Standard §3.2).

By default all: the data are public. A page gets through a visitor's browser what it could ask for itself: no answer
that a cookie made may be read by another origin (credentials are never allowed), and a token goes only where a script
that knows it sends it.
"""

from typing import Final, TypeAlias

from starlette.types import Scope

from hub.limits.settings import CallerLimits

Headers: TypeAlias = list[tuple[bytes, bytes]]

ALLOWED: Final[Headers] = [
    (b"access-control-allow-methods", b"GET, HEAD, POST"),
    (b"access-control-allow-headers", b"authorization, *"),
    (b"access-control-max-age", b"86400"),
]


class Origins:
    """The origins that may read answers."""

    def __init__(self, callers: CallerLimits) -> None:
        self._some = frozenset(origin.encode() for origin in callers.origins)
        self._same: Headers | None = None
        if not self._some:
            self._same = []
        elif b"*" in self._some:
            self._same = [(b"access-control-allow-origin", b"*")]

    def headers(self, scope: Scope) -> Headers:
        """The headers that let the page of a request read its answer."""
        if self._same is not None:
            return self._same
        origin = _header(scope, b"origin")
        allowed = [(b"access-control-allow-origin", origin)] if origin in self._some and origin else []
        return [(b"vary", b"origin"), *allowed]

    def admits(self, scope: Scope) -> bool:
        """Whether the page of a request may open a WebSocket: browsers ask nobody else (RFC 6455 §10.2).

        To let all pages read is not to let each hold connections: who may is named, or the hub's own.
        """
        origin = _header(scope, b"origin")
        return origin is None or origin in self._some or _own(scope, origin)

    def preflight(self, scope: Scope) -> Headers | None:
        """What a browser is told that asks before it sends a request; None when this is no such question."""
        if scope["method"] != "OPTIONS" or _header(scope, b"access-control-request-method") is None:
            return None
        headers = self.headers(scope)
        return headers + ALLOWED if any(name == b"access-control-allow-origin" for name, _ in headers) else headers


def _own(scope: Scope, origin: bytes) -> bool:
    """Whether a page is of the very host that it calls."""
    return origin.partition(b"://")[2] == _header(scope, b"host")


def _header(scope: Scope, wanted: bytes) -> bytes | None:
    return next((value for name, value in scope["headers"] if name == wanted), None)
