"""Text search: accents, case, apostrophes and French stop words do not matter; beginnings of words do."""

from collections.abc import Callable, Iterable
from typing import Final

from rapidfuzz.distance import OSA

from connectors.gazetteer import fold
from connectors.nomenclature import CategoryCode, SubcategoryCode
from connectors.records import StructureRecord
from connectors.referentials import Referentials
from resolvers.errors import BadInput
from resolvers.federation.entries import Entry, spaced

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


def scorer(asked: tuple[str, ...], referentials: Referentials) -> Callable[[Entry], float]:
    """How well an entry answers: from 0 (some word is nowhere) to 1 (all are words of its name)."""
    words = [_Word(word) for word in asked]
    labels = _Labels(referentials)

    def score(entry: Entry) -> float:
        names = entry.name_words
        points = 0
        for word in words:
            if word.beginning in names:
                points += EXACT if word.whole in names else PREFIX
            elif word.is_nearly_one_of(names):
                points += NEARLY
            elif word.beginning in entry.other_words or word.beginning in labels.of(entry):
                points += ELSEWHERE
            else:
                return 0.0
        return points / (EXACT * len(words)) if words else 1.0

    return score


class _Word:
    """A word asked for, as it is looked for in words set between spaces."""

    def __init__(self, word: str) -> None:
        self.beginning = f" {word}"
        self.whole = f" {word} "
        self._word = word
        self._slips = 0 if len(word) < SLIP_FROM else 2 if len(word) >= TWO_SLIPS_FROM else 1
        self._seen: dict[str, bool] = {}

    def is_nearly_one_of(self, names: str) -> bool:
        """Whether a word of a name is this one but for letters added, lost, changed or swapped."""
        if not self._slips:
            return False
        seen = self._seen
        for name in names.split():
            nearly = seen.get(name)
            if nearly is None:
                nearly = seen[name] = OSA.distance(self._word, name, score_cutoff=self._slips) <= self._slips
            if nearly:
                return True
        return False


class _Labels:
    """What a category and a sub-category are called, as words between spaces."""

    def __init__(self, referentials: Referentials) -> None:
        self._referentials = referentials
        self._words: dict[tuple[CategoryCode, SubcategoryCode | None], str] = {}

    def of(self, entry: Entry) -> str:
        """The words of all that an entry's directories say it is."""
        if len(entry.helds) == 1:
            return self._of(entry.lead)
        return "".join(self._of(record) for record in entry.records)

    def _of(self, record: StructureRecord) -> str:
        key = record.category, record.subcategory
        if key not in self._words:
            label = self._referentials.subcategory(record.subcategory).label if record.subcategory else ""
            self._words[key] = spaced((self._referentials.category(record.category).text, label))
        return self._words[key]


def matches(texts: Iterable[str], asked: tuple[str, ...]) -> bool:
    """Whether each word asked for begins a word of these texts."""
    words = spaced(texts)
    return all(f" {word}" in words for word in asked)
