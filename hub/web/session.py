"""How a person in a browser is known: a signed cookie, given for the token of a moderator.

The cookie is for this site only (SameSite=Strict, HttpOnly), so that no other site can make a browser act with it;
a form is taken from the hub's own pages only. It is signed with a key made of the token: to change the token ends all
sessions, and every worker knows it. Who a token stands for is for `Access` to say, here as everywhere.
"""

from typing import Final
from urllib.parse import parse_qs

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import Response

from hub.access import Access, WrongToken
from hub.config import Secret
from resolvers.access import Caller, Role

COOKIE: Final = "hub1000_session"
PATH: Final = "/admin"
LIFE: Final = 8 * 3600
"""Seconds for which a session lasts: a day's work."""

MAX_FORM: Final = 4_096
"""Bytes of a form; a larger one is not read."""


class Sessions:
    """Knows the caller of a page. Without a moderators' token nobody can log in."""

    def __init__(self, moderator_token: Secret | None) -> None:
        self._access = Access(moderator_token)
        self._signer = URLSafeTimedSerializer(moderator_token, salt=COOKIE) if moderator_token else None

    @property
    def possible(self) -> bool:
        """Whether anybody can log in."""
        return self._signer is not None

    def caller(self, request: Request) -> Caller:
        """Who asks, by the Authorization header or else by the cookie; nobody in particular when either is wrong."""
        authorization = request.headers.get("authorization")
        if authorization is not None:
            return self._by_header(authorization)
        cookie = request.cookies.get(COOKIE)
        if self._signer is None or cookie is None:
            return Caller()
        try:
            role, name = self._signer.loads(cookie, max_age=LIFE)
        except BadSignature:
            return Caller()
        return Caller(Role(role), name)

    def log_in(self, request: Request, response: Response, token: str) -> bool:
        """Make the response begin a session for who has this token; False, and no session, when it is nobody's."""
        caller = self._by_header(f"Bearer {token}")
        if self._signer is None or caller.role is Role.ANONYMOUS:
            return False
        response.set_cookie(
            COOKIE,
            self._signer.dumps((caller.role.value, caller.name)),
            max_age=LIFE,
            path=PATH,
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )
        return True

    def log_out(self, response: Response) -> None:
        """Make the response end the session in this browser."""
        response.delete_cookie(COOKIE, path=PATH, httponly=True, samesite="strict")

    def _by_header(self, authorization: str) -> Caller:
        try:
            return self._access.caller(authorization)
        except WrongToken:
            return Caller()


def is_own_form(request: Request) -> bool:
    """Whether a form was sent by a page of this hub, as far as browsers tell; what is no browser has no session."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin")
    return origin is None or origin == f"{request.url.scheme}://{request.url.netloc}"


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a small form (application/x-www-form-urlencoded); none when it is larger or something else."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return {}
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM:
            return {}
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=10)
    except ValueError:
        return {}
    return {name: values[-1] for name, values in fields.items()}
