"""Numbers, times and durations as a page in French shows them: the filters of the templates."""

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from markupsafe import Markup

from connectors.gazetteer import gazetteer

PARIS: Final = ZoneInfo("Europe/Paris")
NOTHING: Final = "–"
SPACE: Final = "\N{NARROW NO-BREAK SPACE}"
MONTHS: Final = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip


def number(value: int) -> str:
    """1 234 567."""
    return f"{value:,}".replace(",", SPACE)


def share(part: int, whole: int) -> str:
    """12,5 %, or a dash of nothing."""
    if not whole:
        return NOTHING
    return f"{100 * part / whole:.1f}".replace(".", ",") + f"{SPACE}%"


def duration(seconds: float) -> str:
    """0,4 ms, 12 ms or 1,25 s."""
    if seconds >= 1:
        return f"{seconds:.2f}".replace(".", ",") + f"{SPACE}s"
    milliseconds = seconds * 1000
    shown = f"{milliseconds:.0f}" if milliseconds >= 10 else f"{milliseconds:.1f}".replace(".", ",")
    return f"{shown}{SPACE}ms"


def moment(unix: float | None) -> str:
    """A time element, in the time of Paris, to the second; a dash for none."""
    if unix is None:
        return NOTHING
    at = datetime.fromtimestamp(unix, UTC)
    return _time(at, f"{at.astimezone(PARIS):%d/%m/%Y à %H:%M:%S}")


def day(text: str) -> str:
    """A time element: the day of a moment as the API writes it, in words: 1er mars 2026."""
    at = datetime.fromisoformat(text)
    return _time(at, _day(at))


def hour(text: str) -> str:
    """A time element: a moment as the API writes it, in words: 1er mars 2026 à 9 h 05."""
    at = datetime.fromisoformat(text)
    return _time(at, f"{_day(at)} à {at.astimezone(PARIS):%-H h %M}")


def commune(code: str) -> str:
    """The name of a commune by its INSEE code; the code when there is none."""
    found = gazetteer().communes.get(code)
    return found.name if found else code


def _day(at: datetime) -> str:
    local = at.astimezone(PARIS)
    return f"{'1er' if local.day == 1 else local.day} {MONTHS[local.month - 1]} {local.year}"


def _time(at: datetime, shown: str) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", shown)


FILTERS: Final = {
    "number": number,
    "share": share,
    "duration": duration,
    "moment": moment,
    "day": day,
    "hour": hour,
    "commune": commune,
}
