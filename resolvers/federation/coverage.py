"""How complete an answer is, source by source: always told, never guessed by the client."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from resolvers.federation.cell import CellsRead


class CoverageStatus(StrEnum):
    """What a source contributed to an answer."""

    COMPLETE = "COMPLETE"
    STALE = "STALE"
    PARTIAL = "PARTIAL"
    UNAVAILABLE = "UNAVAILABLE"
    NOT_ASKED = "NOT_ASKED"
    NEEDS_PLACE = "NEEDS_PLACE"


class Coverage(Struct, frozen=True, kw_only=True):
    """What one source contributed: `since` is when its oldest part was had, `record_count` its records in the
    whole result (not the page)."""

    source: str
    status: CoverageStatus
    message: str | None = None
    since: datetime | None = None
    record_count: int | None = None


def of_cells(source: str, read: CellsRead) -> Coverage:
    """The coverage of a source that was asked for an area."""
    if read.wanted and read.missing == read.wanted and not read.loading:
        status = CoverageStatus.UNAVAILABLE
    elif read.missing or read.unreadable:
        status = CoverageStatus.PARTIAL
    elif read.stale:
        status = CoverageStatus.STALE
    else:
        status = CoverageStatus.COMPLETE
    return Coverage(source=source, status=status, message=_message(read), since=read.since)


def needs_place(source: str) -> Coverage:
    """The coverage of a source that cannot be asked without a place."""
    message = "this directory answers for a place only: give one in the filter"
    return Coverage(source=source, status=CoverageStatus.NEEDS_PLACE, message=message)


def partial(source: str, message: str, since: datetime) -> Coverage:
    """The coverage of a source of which something is missing; the message says what."""
    return Coverage(source=source, status=CoverageStatus.PARTIAL, message=message, since=since)


def _message(read: CellsRead) -> str | None:
    parts = []
    if read.loading and read.missing:
        parts.append("still loading: ask again for the rest")
    elif read.error:
        parts.append(read.error.message)
    elif read.stale:
        parts.append("being read again")
    if 0 < read.missing < read.wanted:
        parts.append(f"{read.missing} of {read.wanted} communes missing")
    if read.unreadable:
        parts.append(f"{read.unreadable} entries could not be read")
    return "; ".join(parts) or None
