"""How a person in a browser is known: a cookie with a random token, of which the database holds a digest.

The session is in the database, so that to log out, or to revoke the key that it began with, ends it at once and in
every process; the cookie alone says nothing and needs no signature. It is given anew at each login, so that nobody can
have somebody log in into a session prepared for them.

HttpOnly: no script reads it. Secure, and named `__Host-…`, behind HTTPS: it comes from this very host (RFC 6265bis
§4.1.3.2). SameSite=Lax: it comes along when somebody follows a link to here, from a mail or from the identity provider
(with Strict they would seem to be nobody, and log in twice), but not with what another site sends or embeds. Such a
link changes nothing: GET never does, and a form must come from a page of the hub and hold a word made of the session.

On /graphql the cookie counts only for what a script of the hub's own pages sends: a POST of JSON, which no form of
another site can send, from a page that the browser says is ours. Everything else is anonymous there, unless it brings
a key; so answers to GET, which caches may keep, never depend on a cookie.
"""

import hmac
import secrets
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from hub.access.callers import Access, WrongKey
from hub.access.forms import MAX_FIELDS, MAX_FORM, form_of, is_own_form, says_own
from hub.access.store import StoredSession
from hub.media import is_json
from resolvers.access import Caller

COOKIE: Final = "hub1000_session"
LIFE: Final = 8 * 3600
"""Seconds for which a session lasts: a day's work."""

FORM_WORD: Final = "csrf"
"""The field of a form that holds the word made of the session."""

ANYBODY: Final = Caller()


def cookie_name(name: str, request: Request) -> str:
    """How a cookie is named here: over HTTPS so that no other host, be it below the same domain, can set it."""
    return f"__Host-{name}" if is_secure(request) else name


def is_secure(request: Request) -> bool:
    """Whether the browser speaks HTTPS: the proxies in front, if there are any, were asked by the gate."""
    return request.url.scheme == "https"


class Sessions:
    """Knows who asks, a page or /graphql."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def caller(self, request: Request) -> Caller:
        """Who asks, by the Authorization header or else by the cookie; nobody in particular when either is wrong."""
        authorization = request.headers.get("authorization")
        if authorization is None:
            return self._by_cookie(request)
        try:
            return self._access.caller(authorization)
        except WrongKey:
            return ANYBODY

    def caller_of_api(self, scope: Scope, headers: Mapping[bytes, bytes]) -> Caller:
        """Who asks /graphql: by a key, or by the cookie where it counts; anybody else is anybody.

        `headers` are those of `scope`, by name. Raises `WrongKey`.
        """
        authorization = headers.get(b"authorization")
        if authorization is not None:
            return self._access.caller(authorization.decode("latin-1"))
        if b"cookie" not in headers or scope["method"] != "POST" or not is_json(headers.get(b"content-type")):
            return ANYBODY
        request = Request(scope)
        return self._by_cookie(request) if says_own(request) else ANYBODY

    def session(self, request: Request) -> StoredSession | None:
        """The session of a browser, unless it is over."""
        token = self._token(request)
        return self._access.store.session(token, self._access.clock()) if token else None

    async def begin(
        self,
        request: Request,
        response: Response,
        account: str,
        *,
        provider: str | None = None,
        id_token: str | None = None,
    ) -> None:
        """Make the response begin a session of an account; one that this browser had ends."""
        token = secrets.token_urlsafe(32)
        at = self._access.clock()
        session = StoredSession(
            account=account, expires_at=int(at.timestamp()) + LIFE, provider=provider, id_token=id_token
        )
        await self._access.store.begin_session(token, session, at, instead=self._token(request))
        response.set_cookie(
            cookie_name(COOKIE, request),
            token,
            max_age=LIFE,
            path="/",
            secure=is_secure(request),
            httponly=True,
            samesite="lax",
        )

    async def end(self, request: Request, response: Response) -> StoredSession | None:
        """End the session of this browser, at once and everywhere, and tell what it was."""
        session = self.session(request)
        if token := self._token(request):
            await self._access.store.end_session(token)
        response.delete_cookie(
            cookie_name(COOKIE, request), path="/", secure=is_secure(request), httponly=True, samesite="lax"
        )
        return session

    def word(self, request: Request) -> str:
        """What a form of a page must hold in `FORM_WORD`; "" where there is no session."""
        token = self._token(request)
        return _word(token) if token else ""

    async def form(
        self, request: Request, *, max_bytes: int = MAX_FORM, max_fields: int = MAX_FIELDS
    ) -> dict[str, str] | None:
        """The fields of a form that a page of the hub sent in this session; None for one that another site made."""
        if not is_own_form(request):
            return None
        fields = await form_of(request, max_bytes=max_bytes, max_fields=max_fields)
        token = self._token(request)
        if token and not hmac.compare_digest(fields.get(FORM_WORD, "").encode(), _word(token).encode()):
            return None
        return fields

    def _by_cookie(self, request: Request) -> Caller:
        session = self.session(request)
        return (session and self._access.of_account(session.account)) or ANYBODY

    @staticmethod
    def _token(request: Request) -> str | None:
        return request.cookies.get(cookie_name(COOKIE, request))


def _word(token: str) -> str:
    return hmac.digest(token.encode(), b"form", sha256).hex()
