"""Names that clients choose, made safe to count by: well-formed, and few.

Operation and client names are anybody's input. One is told apart once it has been seen `after` times, and at most
`most` are; the others count together. So neither the memory nor the labels of the metrics grow with what is sent.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from cachetools import LRUCache

OTHER: Final = "(other)"
"""Stands for every name that is not told apart. No GraphQL name has parentheses."""

UNNAMED: Final = "(unnamed)"

LONGEST: Final = 64
"""Characters of a name; a longer one is not told apart."""

CANDIDATES: Final = 1_000
"""Names being counted until they are told apart; the least recent one is forgotten."""

CLIENT: Final = re.compile(r"[A-Za-z0-9À-ÿ](?:[A-Za-z0-9À-ÿ ._/:+-]*[A-Za-z0-9À-ÿ+])?")


class Names:
    """At most `most` names are told apart, each once it was seen `after` times; those of `known` from the start."""

    def __init__(self, *, most: int = 50, after: int = 20, known: Iterable[str] = ()) -> None:
        self._most = most
        self._after = after
        self._told = {name: name for name in known}
        self._candidates: LRUCache[str, int] = LRUCache(CANDIDATES)

    def of(self, name: str | None) -> str:
        """What to count this name as."""
        if not name:
            return UNNAMED
        told = self._told.get(name)
        return told if told is not None else self._met(name)

    def _met(self, name: str) -> str:
        if len(name) > LONGEST or len(self._told) >= self._most:
            return OTHER
        seen = self._candidates.get(name, 0) + 1
        if seen < self._after:
            self._candidates[name] = seen
            return OTHER
        self._candidates.pop(name, None)
        self._told[name] = name
        return name


@lru_cache(CANDIDATES)
def client_name(header: bytes | None) -> str | None:
    """The name in a header such as apollographql-client-name; None without one, OTHER when it is ill-formed."""
    if not header:
        return None
    if len(header) > 2 * LONGEST:
        return OTHER
    name = header.decode("utf-8", "replace").strip()
    return name if len(name) <= LONGEST and CLIENT.fullmatch(name) else OTHER
