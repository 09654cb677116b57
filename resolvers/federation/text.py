"""Text search: accents, case, apostrophes and French stop words do not matter; beginnings of words do."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from connectors.gazetteer import fold
from connectors.referentials import Referentials
from resolvers.errors import BadInput
from resolvers.federation.entries import Entry

MAX_LENGTH: Final = 200

STOP_WORDS: Final = frozenset(
    {
        "a",
        "au",
        "aux",
        "d",
        "de",
        "des",
        "du",
        "en",
        "et",
        "l",
        "la",
        "le",
        "les",
        "ou",
        "par",
        "pour",
        "s",
        "sur",
        "un",
        "une",
    }
)
"""French words that say nothing in a search."""

EXACT, PREFIX, ELSEWHERE = 3, 2, 1
"""Points of a word asked for: it is in the name, a word of the name begins with it, it is elsewhere."""


def asked_words(text: str) -> tuple[str, ...]:
    """The words that count in what a client asks for; BadInput when it is too long."""
    if len(text) > MAX_LENGTH:
        raise BadInput(f"filter.text: at most {MAX_LENGTH} characters, not {len(text)}")
    words = tuple(dict.fromkeys(fold(text).split()))
    return tuple(w for w in words if w not in STOP_WORDS) or words


def score(entry: Entry, asked: tuple[str, ...], referentials: Referentials) -> float:
    """How well an entry answers, from 0 (some word is nowhere) to 1 (all are words of its name)."""
    names = frozenset[str]().union(*map(_words, _names(entry)))
    others: frozenset[str] | None = None
    points = 0
    for word in asked:
        if word in names:
            points += EXACT
        elif any(name.startswith(word) for name in names):
            points += PREFIX
        else:
            if others is None:
                others = frozenset[str]().union(*map(_words, _other_texts(entry, referentials)))
            if not any(other.startswith(word) for other in others):
                return 0.0
            points += ELSEWHERE
    return points / (EXACT * len(asked)) if asked else 1.0


def matches(texts: Iterator[str], asked: tuple[str, ...]) -> bool:
    """Whether each word asked for begins a word of these texts."""
    words = frozenset[str]().union(*map(_words, texts))
    return all(any(word.startswith(a) for word in words) for a in asked)


@lru_cache(maxsize=65_536)
def _words(text: str) -> frozenset[str]:
    return frozenset(fold(text).split())


def _names(entry: Entry) -> Iterator[str]:
    for record in entry.records:
        yield record.name
        yield from record.other_names


def _other_texts(entry: Entry, referentials: Referentials) -> Iterator[str]:
    for record in entry.records:
        yield referentials.category(record.category).text
        if record.subcategory:
            yield referentials.subcategory(record.subcategory).label
        if record.description:
            yield record.description
        for coding in (record.profession, *record.specialties):
            if coding and coding.label:
                yield coding.label
    if entry.site.commune:
        yield entry.site.commune.name
