"""A request that is not answered, and why: HTTP status, message, and the `extensions.code` of its one error."""

from typing import Final

BAD_REQUEST: Final = "BAD_REQUEST"
DOCUMENT_NOT_TRUSTED: Final = "DOCUMENT_NOT_TRUSTED"
PERSISTED_QUERY_NOT_FOUND: Final = "PERSISTED_QUERY_NOT_FOUND"
PERSISTED_QUERY_HASH_MISMATCH: Final = "PERSISTED_QUERY_HASH_MISMATCH"

CODES: Final = (BAD_REQUEST, DOCUMENT_NOT_TRUSTED, PERSISTED_QUERY_NOT_FOUND, PERSISTED_QUERY_HASH_MISMATCH)
"""Every code of a refusal, as documented in the README."""


class RequestRefused(Exception):
    """The HTTP request is not one that the hub serves; `status` and `headers` are what it is answered with."""

    def __init__(
        self, status: int, message: str, *, code: str = BAD_REQUEST, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.headers = headers or {}
