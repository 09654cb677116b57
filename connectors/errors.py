"""What can go wrong with a directory, named by what the hub does next.

    SourceError            a directory did not give what it was asked
    ├── Unavailable        no answer now: leave the source out, try again later (after `retry_after` seconds), or once
    │                      more at once when it is `momentary`
    ├── Refused            it answered "no" to us: trying again is useless, somebody must mend key or request
    └── BadData            it answered something that is not its format: report it to the directory

`message` may be shown to anybody; `detail` is for the log only and never holds a secret.
"""

from typing import Final

MOST_QUOTED: Final = 100


def quoted(text: str) -> str:
    """What a client sent, as a message may tell it: in quotes, its first `MOST_QUOTED` characters at most."""
    return f'"{text}"' if len(text) <= MOST_QUOTED else f'"{text[:MOST_QUOTED]}…"'


class SourceError(Exception):
    """A directory did not give what it was asked; raised only as one of its subclasses."""

    def __init__(self, source: str, message: str, *, detail: str = "") -> None:
        super().__init__(message)
        self.source = source
        self.message = message
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.source}: {self.message}"


class Unavailable(SourceError):
    """No answer for now: connection, time-out, 429, 5xx.

    `retry_after`: seconds the directory asks us to wait (HTTP Retry-After), None when it does not say. `momentary`: a
    second try at once may succeed (the connection, a time-out, 502, 503, 504).
    """

    def __init__(
        self, source: str, message: str, *, detail: str = "", retry_after: float | None = None, momentary: bool = False
    ) -> None:
        super().__init__(source, message, detail=detail)
        self.retry_after = retry_after
        self.momentary = momentary


class Refused(SourceError):
    """The directory refuses our key or our request (401, 403 and other 4xx)."""


class BadData(SourceError):
    """The answer is not in the directory's format (truncated, HTML, wrong shape)."""
