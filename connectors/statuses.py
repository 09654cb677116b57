"""What the statuses of HTTP mean for a directory, named by what the hub does next."""

from connectors.errors import BadData, Refused, SourceError, Unavailable


class NotFound(Refused):
    """404 or 410; `HttpDoor.find` turns it into None."""


class Unauthorized(Refused):
    """401; a connector whose tokens expire takes a new one."""


def is_postponed(status: int) -> bool:
    """Whether time may mend it."""
    return status in {408, 425, 429} or status >= 500


def failure_of(source: str, status: int, detail: str, retry_after: float | None) -> SourceError:
    """The failure that a status other than of success stands for."""
    if is_postponed(status):
        return Unavailable(
            source,
            "asks us to slow down" if status == 429 else "answers that it cannot serve now",
            detail=detail,
            retry_after=retry_after,
            momentary=status in {502, 503, 504},
        )
    if status == 401:
        return Unauthorized(source, "refuses our key", detail=detail)
    if status == 403:
        return Refused(source, "refuses our key", detail=detail)
    if status in {404, 410}:
        return NotFound(source, "does not know what was asked", detail=detail)
    if 300 <= status < 400:
        return BadData(source, "redirects instead of answering", detail=detail)
    return Refused(source, "refuses our request", detail=detail)
