"""A login under way: from the moment somebody is sent to their provider until they come back.

It is kept by the browser itself, signed, so that nobody can fill the database by beginning logins. The signed cookie
also binds the answer to the browser that asked: a link with somebody else's code and state logs nobody in (RFC 9700
§4.7).
"""

import secrets
from typing import Any, Final

import msgspec
from itsdangerous import BadSignature, URLSafeTimedSerializer
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from hub.access.sessions import cookie_name, is_secure

COOKIE: Final = "hub1000_login"
LIFE: Final = 600
"""Seconds that somebody may take to log in at their provider."""


class NotBelieved(Exception):
    """What came is not what the provider signed for this login; the message is for the log and holds no value of it."""


class Attempt(Struct, frozen=True, kw_only=True):
    """What a login under way must not forget.

    `state` finds it again, `nonce` binds the id token to it, `verifier` proves that the code is redeemed by who asked
    (RFC 7636). `back`: where the provider sends somebody, `then`: the page that they wanted.
    """

    provider: str
    state: str
    nonce: str
    verifier: str
    back: str
    then: str

    @classmethod
    def new(cls, provider: str, *, back: str, then: str) -> "Attempt":
        """An attempt with secrets of its own."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        return cls(provider=provider, state=state, nonce=nonce, verifier=verifier, back=back, then=then)


class Login(Struct, frozen=True):
    """Who logged in: all claims together, and the token by which the session is ended at the provider."""

    claims: dict[str, Any]
    id_token: str


class Attempts:
    """Keeps attempts in cookies signed with `key`."""

    def __init__(self, key: bytes) -> None:
        self._signer = URLSafeTimedSerializer(key, salt=COOKIE)

    def keep(self, attempt: Attempt, request: Request, response: Response) -> None:
        """Make the browser keep an attempt; it keeps the last one."""
        response.set_cookie(
            cookie_name(COOKIE, request),
            str(self._signer.dumps(msgspec.to_builtins(attempt))),
            max_age=LIFE,
            path="/",
            secure=is_secure(request),
            httponly=True,
            samesite="lax",  # it comes along when the provider sends somebody back
        )

    def find(self, request: Request, provider: str, state: str) -> Attempt | None:
        """The attempt of this browser that a provider answers; None when there is none, or its time is over."""
        try:
            read = self._signer.loads(request.cookies.get(cookie_name(COOKIE, request), ""), max_age=LIFE)
        except BadSignature:
            return None
        attempt = msgspec.convert(read, Attempt)
        asked = attempt.provider == provider and secrets.compare_digest(attempt.state.encode(), state.encode())
        return attempt if asked else None

    @staticmethod
    def drop(request: Request, response: Response) -> None:
        """Make the browser forget its attempt: it serves once."""
        response.delete_cookie(
            cookie_name(COOKIE, request), path="/", secure=is_secure(request), httponly=True, samesite="lax"
        )
