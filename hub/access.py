"""From an HTTP request to a caller: the bearer token of moderators (RFC 6750), compared in constant time."""

from hmac import compare_digest

from hub.config import Secret
from resolvers.access import Caller, Role

MODERATOR = "moderator"


class WrongToken(Exception):
    """The request carries a token that is nobody's."""


class Access:
    """Who a token stands for. Without a configured token nobody is a moderator."""

    def __init__(self, moderator_token: Secret | None) -> None:
        self._token = moderator_token

    def caller(self, authorization: str | None) -> Caller:
        """The caller of an Authorization header; WrongToken when there is one that is nobody's."""
        if authorization is None:
            return Caller()
        scheme, _, token = authorization.partition(" ")
        if (
            self._token is None
            or scheme.lower() != "bearer"
            or not compare_digest(token.strip().encode(), self._token.encode())
        ):
            raise WrongToken
        return Caller(Role.MODERATOR, MODERATOR)
