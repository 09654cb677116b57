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
        self._all = b"*" in self._some

    def reader(self, scope: Scope) -> bytes | None:
        """Whose pages may read the answer to a request, which is all that `headers` depends on: "*" for everybody's."""
        if self._all:
            return b"*"
        origin = _header(scope, b"origin") if self._some else None
        return origin if origin in self._some else None

    def headers(self, scope: Scope) -> Headers:
        """The headers that let the page of a request read its answer."""
        reader = self.reader(scope)
        allowed = [(b"access-control-allow-origin", reader)] if reader else []
        return allowed if self._all or not self._some else [(b"vary", b"origin"), *allowed]

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
