"""The errors that a client of the API sees: a message in English and a stable `extensions.code`.

BAD_INPUT               an argument is well formed but cannot be served; the message says why
CURSOR_EXPIRED          a cursor was good once, but what it points into is gone: begin again without it
IDEMPOTENCY_KEY_REUSED  a key came with another input before; nothing was changed
SOURCE_UNAVAILABLE      the directory that a field asks directly gives no answer now
SOURCE_REFUSED          … refuses our key or our request
SOURCE_BAD_DATA         … answers something that is not its format
INTERNAL                anything else: masked, with an id that the log has
"""

from typing import Final

from graphql import GraphQLError

from connectors.errors import BadData, Refused, SourceError, Unavailable

INTERNAL: Final = "INTERNAL"
BAD_INPUT: Final = "BAD_INPUT"
CURSOR_EXPIRED: Final = "CURSOR_EXPIRED"
IDEMPOTENCY_KEY_REUSED: Final = "IDEMPOTENCY_KEY_REUSED"

SOURCE_CODES: Final[dict[type[SourceError], str]] = {
    Unavailable: "SOURCE_UNAVAILABLE",
    Refused: "SOURCE_REFUSED",
    BadData: "SOURCE_BAD_DATA",
}

CODES: Final = (BAD_INPUT, CURSOR_EXPIRED, IDEMPOTENCY_KEY_REUSED, *SOURCE_CODES.values(), INTERNAL)
"""Every code of the API, as documented in the README."""


class BadInput(GraphQLError):
    """An argument that the API cannot serve; `message` says which and why."""

    def __init__(self, message: str) -> None:
        super().__init__(message, extensions={"code": BAD_INPUT})


class CursorExpired(GraphQLError):
    """A cursor points into something that is gone; `message` says what."""

    def __init__(self, message: str) -> None:
        super().__init__(message, extensions={"code": CURSOR_EXPIRED})


class IdempotencyKeyReused(GraphQLError):
    """A key named another change before; `message` says which key. Nothing was changed."""

    def __init__(self, message: str) -> None:
        super().__init__(message, extensions={"code": IDEMPOTENCY_KEY_REUSED})


def source_code(error: SourceError) -> str:
    """The `extensions.code` of a directory's failure."""
    return next((code for kind, code in SOURCE_CODES.items() if isinstance(error, kind)), INTERNAL)
