"""Numbers, times and durations as a page in French shows them; every function gives HTML that needs no escaping."""

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from typing import Final
from zoneinfo import ZoneInfo

PARIS: Final = ZoneInfo("Europe/Paris")
NOTHING: Final = "–"
SPACE: Final = "\N{NARROW NO-BREAK SPACE}"


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
    """A time element, in the time of Paris; a dash for none."""
    if unix is None:
        return NOTHING
    at = datetime.fromtimestamp(unix, UTC)
    return f'<time datetime="{at:%Y-%m-%dT%H:%M:%SZ}">{at.astimezone(PARIS):%d/%m/%Y à %H:%M:%S}</time>'


def table(caption: str, headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A table of cells that are HTML already; the first of a row heads it, the others are figures."""
    heads = "".join(f'<th scope="col">{escape(heading)}</th>' for heading in headings)
    body = "".join(
        f'<tr><th scope="row">{row[0]}</th>{"".join(f"<td>{cell}</td>" for cell in row[1:])}</tr>' for row in rows
    )
    # it scrolls by itself on a narrow screen, and whoever has no mouse must be able to reach it
    return (
        f'<div class="wide" role="region" tabindex="0" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )
