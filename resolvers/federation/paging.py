"""Relay pages over ordered entries, by keyset: a cursor holds the place in the order, not a number.

So an entry that comes or goes between two pages neither repeats nor hides the others. A cursor also holds a mark of
the question it belongs to: with another filter or order it is refused instead of giving a senseless page.
"""

import base64
import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final, Generic, TypeAlias, TypeVar

import orjson
from msgspec import Struct

from resolvers.errors import BadInput

T = TypeVar("T")

SortKey: TypeAlias = tuple[float | str, ...]

MAX_FIRST: Final = 100
MAX_CURSOR: Final = 2_000


class Keyed(Struct, Generic[T], frozen=True, gc=False):
    """A value and its place in the order. Keys of one order have the same shape and end with a unique id."""

    key: SortKey
    value: T


class Slice(Struct, Generic[T], frozen=True, dict=True):
    """One page, with the cursor of each value. `end`: where to go on, when that is not after the last value.

    What is made of a page to show it may be kept with it (see resolvers/listing.py).
    """

    items: tuple[T, ...]
    cursors: tuple[str, ...]
    has_next: bool
    has_previous: bool
    total: int
    end: str | None = None


def check_first(first: int) -> None:
    """Raise BadInput when a page size is not one that we serve."""
    if not 1 <= first <= MAX_FIRST:
        raise BadInput(f"first: between 1 and {MAX_FIRST}, not {first}")


def mark(*question: object) -> str:
    """A short mark of a question, the same in every process."""
    return hashlib.sha256(repr(question).encode()).hexdigest()[:12]


def page(ordered: Sequence[Keyed[T]], first: int, after: str | None, question: str) -> Slice[T]:
    """The `first` values after a cursor, of values sorted by key; BadInput on a cursor that is not ours."""
    check_first(first)
    start = bisect_right(ordered, _decode(after, question, ordered), key=lambda k: k.key) if after else 0
    chosen = ordered[start : start + first]
    return Slice(
        tuple(k.value for k in chosen),
        tuple(cursor_of(k.key, question) for k in chosen),
        has_next=start + first < len(ordered),
        has_previous=start > 0,
        total=len(ordered),
    )


def check_cursor(after: str | None, question: str) -> None:
    """Raise BadInput early, before a directory is asked, when a cursor is not ours."""
    if after is not None:
        key_of(after, question)


def cursor_of(key: SortKey, question: str) -> str:
    """The cursor that holds a place in the order of a question."""
    return base64.urlsafe_b64encode(orjson.dumps([question, *key])).decode().rstrip("=")


def key_of(cursor: str, question: str) -> SortKey:
    """The place that a cursor holds; BadInput when it is not ours, or of another question."""
    values = _values(cursor)
    if not isinstance(values, list) or len(values) < 2 or any(type(v) not in {str, int, float} for v in values):
        raise BadInput("after: this is not a cursor of this API")
    if values[0] != question:
        raise BadInput("after: this cursor belongs to another question (another filter or order)")
    return tuple(values[1:])


def _values(cursor: str) -> object:
    """What a cursor holds; None when it cannot be read."""
    if len(cursor) > MAX_CURSOR or not cursor.isascii():
        return None
    try:
        return orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except ValueError:
        return None


def _decode(cursor: str, question: str, ordered: Sequence[Keyed[T]]) -> SortKey:
    key = key_of(cursor, question)
    if ordered:
        shape = [isinstance(v, str) for v in ordered[0].key]
        if [isinstance(v, str) for v in key] != shape:
            raise BadInput("after: this is not a cursor of this API")
    return key
