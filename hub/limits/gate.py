"""The gate: the outermost ASGI application. It decides who may call, and what every answer says to browsers.

Headers that protect (OWASP, REST Security and HTTP Headers Cheat Sheets): an answer is what its type says, and is no
page that could run or be framed, unless it comes with a policy of its own, as our pages do.
"""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.limits.arrival import header_lines
from hub.limits.hosts import Hosts
from hub.limits.origins import Headers, Origins
from hub.limits.proxies import Proxies
from hub.limits.settings import CallerLimits

POLICY: Final = b"content-security-policy"
NOSNIFF: Final = (b"x-content-type-options", b"nosniff")
PROTECTING: Final[Headers] = [NOSNIFF, (POLICY, b"default-src 'none'; frame-ancestors 'none'")]
HTTPS_ONLY: Final = (b"strict-transport-security", b"max-age=31536000")

REFUSALS: Final = {
    400: b'{"errors":[{"message":"The Host header is missing or wrong.","extensions":{"code":"BAD_REQUEST"}}]}',
    421: b'{"errors":[{"message":"This host is not served here.","extensions":{"code":"BAD_REQUEST"}}]}',
}


class Gate:
    """`app`, for those who may call it. It is told the client's address and scheme as they are before any proxy."""

    def __init__(self, app: ASGIApp, callers: CallerLimits) -> None:
        self._app = app
        self._hosts = Hosts(callers)
        self._origins = Origins(callers)
        self._proxies = Proxies(callers) if callers.proxies else None
        self._lines: dict[tuple[bytes | None, bool], bytes] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        scope = self.seen(scope)
        if scope["type"] == "websocket":
            if self.refusal(scope) is None and self._origins.admits(scope):
                await self._app(scope, receive, send)
            else:
                await receive()
                await send({"type": "websocket.close"})  # before it is accepted: HTTP 403
            return
        added = self._added(scope)

        async def send_protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [*message.get("headers", ()), *added]
                message = {**message, "headers": headers}  # the application may send its own message again
                for name, _ in headers:
                    if name == POLICY:
                        break
                else:
                    headers += PROTECTING
            await send(message)

        refused = self.refusal(scope)
        if refused is not None:
            await _answer(send_protected, refused, REFUSALS[refused])
        elif (told := self._origins.preflight(scope)) is not None:
            added = told
            await _answer(send_protected, 204, b"")
        else:
            await self._app(scope, receive, send_protected)

    def seen(self, scope: Scope) -> Scope:
        """The request as its client made it, before any proxy."""
        if self._proxies is None:
            return scope
        port = scope["client"][1] if scope.get("client") else 0
        return {**scope, "client": (self._proxies.client(scope), port), "scheme": self._proxies.scheme(scope)}

    def refusal(self, scope: Scope) -> int | None:
        """The status of the refusal of a request, None when it may come in."""
        return self._hosts.refusal(scope)

    def lines(self, scope: Scope) -> bytes:
        """What is added to the headers of an answer to a request `seen`, as lines of HTTP/1.1."""
        key = self._origins.reader(scope), scope.get("scheme") == "https"
        known = self._lines.get(key)
        if known is None:
            known = self._lines[key] = header_lines((*self._added(scope), *PROTECTING))
        return known

    def _added(self, scope: Scope) -> Headers:
        added = self._origins.headers(scope)
        return [*added, HTTPS_ONLY] if scope.get("scheme") == "https" else added


async def _answer(send: Send, status: int, body: bytes) -> None:
    length = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))] if body else []
    await send({"type": "http.response.start", "status": status, "headers": length})
    await send({"type": "http.response.body", "body": body})
