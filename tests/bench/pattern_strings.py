"""Strings that are hard for a pattern: made of what it likes best, as long as it likes, and wrong at the end.

They come from the pattern's own parse tree: for each thing that may repeat, a string in which that thing repeats as
often as there is room, and for each pair of characters that it knows, the two in turn.
"""

import re
from collections.abc import Iterator
from itertools import permutations
from re import _parser  # type: ignore[attr-defined]  # the parser has no public name
from typing import Any, Final

LENGTH: Final = 50_000
TAILS: Final = ("", "\x00", "!", "0", "a")
"""What comes after the repeated part: nothing, or something that may be wrong there."""

CATEGORIES: Final = {
    "CATEGORY_DIGIT": "0", "CATEGORY_NOT_DIGIT": "a", "CATEGORY_SPACE": " ", "CATEGORY_NOT_SPACE": "a",
    "CATEGORY_WORD": "a", "CATEGORY_NOT_WORD": "-",
}  # fmt: skip
MOST_CHARACTERS: Final = 6
PROBED: Final = "aA0 -.,@:/\"'<>[](){}=+*_#éÀ\n\t~!"
"""Characters of which one is taken for a class that is told by what it excludes."""


def hostile(pattern: re.Pattern[Any], length: int = LENGTH) -> Iterator[Any]:
    """The strings, of the pattern's own kind (texts, or bytes)."""
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    tree = _parser.parse(source, pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else pattern.flags)
    for text in dict.fromkeys(_texts(tree, length)):
        yield text if isinstance(pattern.pattern, str) else text.encode("latin-1", "replace")


def _texts(tree: Any, length: int) -> Iterator[str]:
    characters = list(dict.fromkeys(_characters(tree)))[:MOST_CHARACTERS]
    whole = _example(tree) or "a"
    units = [*characters, *("".join(pair) for pair in permutations(characters, 2)), whole]
    for unit in units:
        for tail in TAILS:
            yield (unit * (length // len(unit)))[: length - len(tail)] + tail
    for before, unit, after in _pumps(tree, "", ""):
        for tail in TAILS:
            room = length - len(before) - len(after) - len(tail)
            yield before + (unit * (room // len(unit))) + after + tail
            yield before + (unit * (room // len(unit))) + tail


def _pumps(tree: Any, before: str, after: str) -> Iterator[tuple[str, str, str]]:
    """For each part that repeats: what comes before it, the part, what comes after."""
    parts = list(tree)
    for index, (operation, argument) in enumerate(parts):
        head = before + _example(parts[:index])
        tail = _example(parts[index + 1 :]) + after
        name = str(operation)
        if name in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}:
            _, most, inner = argument
            if most > 1:
                yield head, _example(inner) or "a", tail
            yield from _pumps(inner, head, tail)
        elif name in {"SUBPATTERN", "ATOMIC_GROUP"}:
            yield from _pumps(argument[3] if name == "SUBPATTERN" else argument, head, tail)
        elif name == "BRANCH":
            for branch in argument[1]:
                yield from _pumps(branch, head, tail)
        elif name in {"ASSERT", "ASSERT_NOT"}:
            yield from _pumps(argument[1], head, tail)


def _example(tree: Any) -> str:
    """A short text that a part matches, as far as that can be told part by part."""
    return "".join(_example_of(str(operation), argument) for operation, argument in tree)


def _example_of(name: str, argument: Any) -> str:
    match name:
        case "LITERAL":
            return chr(argument)
        case "NOT_LITERAL":
            return next(c for c in PROBED if ord(c) != argument)
        case "ANY":
            return "a"
        case "IN":
            return _of_class(argument)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            least, most, inner = argument
            return _example(inner) * max(least, min(1, most))
        case "SUBPATTERN":
            return _example(argument[3])
        case "ATOMIC_GROUP":
            return _example(argument)
        case "BRANCH":
            return _example(argument[1][0])
    return ""


def _of_class(items: Any) -> str:
    """A character of a class: [a-z], [^@\\s], …"""
    if str(items[0][0]) == "NEGATE":
        return next((c for c in PROBED if not any(_holds(item, c) for item in items[1:])), "é")
    name, argument = str(items[0][0]), items[0][1]
    if name == "RANGE":
        return chr(argument[0])
    return chr(argument) if name == "LITERAL" else CATEGORIES[str(argument)]


def _holds(item: Any, character: str) -> bool:
    name, argument = str(item[0]), item[1]
    if name == "LITERAL":
        return ord(character) == argument
    if name == "RANGE":
        return bool(argument[0] <= ord(character) <= argument[1])
    kind = {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w"}[str(argument).rpartition("_")[2]]
    return bool(re.match(kind, character)) is ("_NOT_" not in str(argument))


def _characters(tree: Any) -> Iterator[str]:
    """A character for each literal and class of a pattern, those of lookarounds too."""
    for operation, argument in tree:
        name = str(operation)
        if name == "IN":
            yield _of_class(argument)
            positive = str(argument[0][0]) != "NEGATE"
            yield from (_of_class([item]) for item in argument if positive)
        elif name in {"LITERAL", "NOT_LITERAL", "ANY"}:
            yield _example_of(name, argument)
        elif name in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}:
            yield from _characters(argument[2])
        elif name in {"SUBPATTERN", "ATOMIC_GROUP"}:
            yield from _characters(argument[3] if name == "SUBPATTERN" else argument)
        elif name == "BRANCH":
            for branch in argument[1]:
                yield from _characters(branch)
        elif name in {"ASSERT", "ASSERT_NOT"}:
            yield from _characters(argument[1])
