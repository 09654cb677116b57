"""JSON as requests may carry it: I-JSON (RFC 7493), nested no deeper than a GraphQL request ever is.

orjson refuses what is not JSON or not UTF-8: NaN, Infinity, a byte order mark, lone surrogates, numbers beyond a
double. Here the rest: depth, numbers that a double does not hold exactly, NUL. Of a name that comes twice in one
object the last value holds, as in every browser (ECMAScript, JSON.parse).
"""

from typing import Any, Final

import orjson

MAX_DEPTH: Final = 32
MAX_EXACT: Final = 2**53 - 1
"""The greatest integer that every reader of JSON takes for the same number (RFC 7493 §2.2)."""

_ESCAPED_NUL: Final = b"\\u0000"


class BadJson(ValueError):
    """The bytes are not JSON that we take; the message says why, and may be shown."""


def parse(raw: bytes) -> Any:
    """The value of a JSON text; BadJson when it is none that we take."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise BadJson(f"not JSON: {error}") from None
    # NUL stands in JSON as an escape only, so that most texts need no search.
    _check(value, MAX_DEPTH, nul=_ESCAPED_NUL in raw)
    return value


def _check(value: Any, depth: int, *, nul: bool) -> None:
    kind = type(value)
    if kind is str:
        if nul and "\0" in value:
            raise BadJson("a string holds NUL")
    elif kind is dict or kind is list:
        if depth == 0:
            raise BadJson(f"nested deeper than {MAX_DEPTH}")
        if kind is dict:
            if nul and any("\0" in name for name in value):
                raise BadJson("a name holds NUL")
            value = value.values()
        for entry in value:
            if nul or type(entry) is not str:
                _check(entry, depth - 1, nul=nul)
    elif (kind is int or kind is float) and not -MAX_EXACT <= value <= MAX_EXACT:
        raise BadJson("a number is beyond what JSON readers hold exactly")
