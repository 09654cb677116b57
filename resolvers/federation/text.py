"""Text search: accents, case, apostrophes and French stop words do not matter; beginnings of words do."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import OSA

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

EXACT, PREFIX, NEARLY, ELSEWHERE = 4, 3, 2, 1
"""Points of a word asked for: it is in the name, a word of the name begins with it, or is it but for a slip of the
keyboard, it is elsewhere."""

SLIP_FROM, TWO_SLIPS_FROM = 5, 9
"""Letters from which one slip, and two, are forgiven in a word of a name: shorter words have too many neighbours."""


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
        elif any(_is_nearly(word, name) for name in names):
            points += NEARLY
        else:
            if others is None:
                others = frozenset[str]().union(*map(_words, _other_texts(entry, referentials)))
            if not any(other.startswith(word) for other in others):
                return 0.0
            points += ELSEWHERE
    return points / (EXACT * len(asked)) if asked else 1.0


def _is_nearly(asked: str, name: str) -> bool:
    """Whether a word of a name is the word asked for but for letters added, lost, changed or swapped."""
    if len(asked) < SLIP_FROM:
        return False
    slips = 2 if len(asked) >= TWO_SLIPS_FROM else 1
    if abs(len(asked) - len(name)) > slips:
        return False
    return OSA.distance(asked, name, score_cutoff=slips) <= slips


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
