"""Query parameters checked as FastAPI checks them: every mistake is told, what is not known is ignored."""

import re
from collections.abc import Sequence
from typing import Any

from starlette.datastructures import QueryParams

CATEGORIES = frozenset(
    {
        "choisir-un-metier",
        "creer-une-entreprise",
        "difficultes-administratives-ou-juridiques",
        "difficultes-financieres",
        "equipement-et-alimentation",
        "famille",
        "lecture-ecriture-calcul",
        "logement-hebergement",
        "mobilite",
        "numerique",
        "preparer-sa-candidature",
        "remobilisation",
        "sante",
        "se-former",
        "souvrir-a-linternational",
        "trouver-un-emploi",
    }
)
"""The categories of themes of data·inclusion (schema v1)."""


class QueryError(Exception):
    """Some parameters are wrong; `details` as FastAPI's HTTPValidationError has them."""

    def __init__(self, details: list[dict[str, Any]]) -> None:
        super().__init__(f"{len(details)} wrong parameters")
        self.details = details


class Query:
    """Reads parameters and keeps their mistakes; `check` raises them together."""

    def __init__(self, params: QueryParams) -> None:
        self._params = params
        self._mistakes: list[dict[str, Any]] = []

    def check(self) -> None:
        """Raise QueryError when a parameter read so far is wrong."""
        if self._mistakes:
            raise QueryError(self._mistakes)

    def texts(self, name: str) -> frozenset[str]:
        """All the values of a repeated parameter."""
        return frozenset(self._params.getlist(name))

    def integer(self, name: str, *, default: int, at_least: int, at_most: int | None = None) -> int:
        """A whole number between bounds."""
        text = self._params.get(name)
        if text is None:
            return default
        if not re.fullmatch(r"[+-]?[0-9]+", text):
            message = "Input should be a valid integer, unable to parse string as an integer"
            self._mistake("int_parsing", name, message, text)
            return default
        number = int(text)
        if number < at_least:
            message = f"Input should be greater than or equal to {at_least}"
            self._mistake("greater_than_equal", name, message, text, ge=at_least)
        elif at_most is not None and number > at_most:
            message = f"Input should be less than or equal to {at_most}"
            self._mistake("less_than_equal", name, message, text, le=at_most)
        return number

    def number(self, name: str) -> float | None:
        """A decimal number, None when it is absent."""
        text = self._params.get(name)
        if text is None or re.fullmatch(r"[+-]?[0-9]+(\.[0-9]*)?", text):
            return None if text is None else float(text)
        message = "Input should be a valid number, unable to parse string as a number"
        self._mistake("float_parsing", name, message, text)
        return None

    def code(self, name: str) -> str | None:
        """The INSEE code of a commune: five letters or digits."""
        text = self._params.get(name)
        if text is None:
            return None
        if len(text) < 5:
            message = "String should have at least 5 characters"
            self._mistake("string_too_short", name, message, text, min_length=5)
        elif len(text) > 5:
            message = "String should have at most 5 characters"
            self._mistake("string_too_long", name, message, text, max_length=5)
        elif not re.fullmatch(r"\w{5}", text):
            message = r"String should match pattern '^\w{5}$'"
            self._mistake("string_pattern_mismatch", name, message, text, pattern=r"^\w{5}$")
        return text

    def choice(self, name: str, known: Sequence[str]) -> str | None:
        """One of the known values, None when it is absent."""
        text = self._params.get(name)
        if text is not None and text not in known:
            expected = " or ".join((", ".join(f"'{k}'" for k in known[:-1]), f"'{known[-1]}'"))
            self._mistake("enum", name, f"Input should be {expected}", text, expected=expected)
        return text

    def themes(self, name: str) -> frozenset[str]:
        """Themes or categories of themes; of a theme only the category is checked."""
        found = self._params.getlist(name)
        for rank, theme in enumerate(found):
            if theme.split("--")[0] not in CATEGORIES:
                message = "Input should be a theme or a category of the schema"
                self._mistake("enum", name, message, theme, rank, expected="thematiques")
        return frozenset(found)

    def _mistake(self, kind: str, name: str, message: str, value: str, *rank: int, **context: Any) -> None:
        mistake = {"type": kind, "loc": ["query", name, *rank], "msg": message, "input": value}
        self._mistakes.append(mistake | ({"ctx": context} if context else {}))
