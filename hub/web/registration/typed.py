"""What was typed into a form and what is wrong with it, as the macros of `form.html` ask for it."""

from collections.abc import Iterable, Mapping
from copy import copy
from typing import Any

from msgspec import Struct

from hub.web.registration.labels import field_of, full_label_of, label_of


class Problem(Struct, frozen=True):
    """Something that is wrong. `target`: id of the field on this page; None when it is nowhere on it."""

    message: str
    label: str = ""
    target: str | None = None


class Typed:
    """A form with its values, as the input of the API has them. `reasons`: what is wrong, in the order of the fields.

    `moved`: fields that stand elsewhere on this page than their names say.
    """

    def __init__(
        self,
        values: Mapping[str, Any],
        reasons: Iterable[Mapping[str, Any]] = (),
        *,
        moved: Mapping[str, str] | None = None,
    ) -> None:
        self._values = values
        self._wrong: dict[str, list[str]] = {}
        self.reasons: list[Problem] = []
        for reason in reasons:
            field, message = field_of(reason["field"]), reason["message"]
            if field is None:
                self.reasons.append(Problem(message))
                continue
            field = (moved or {}).get(field, field)
            if message not in self._wrong.setdefault(field, []):
                self._wrong[field].append(message)
                self.reasons.append(Problem(message, full_label_of(field), field))

    def value(self, path: str) -> Any:
        """What was entered in a field; None for nothing."""
        if path in self._values:
            return self._values[path]
        node: Any = self._values
        for part in path.split("."):
            if isinstance(node, Mapping):
                node = node.get(part)
            elif isinstance(node, list) and part.isdigit() and int(part) < len(node):
                node = node[int(part)]
            else:
                return None
        return node

    def chosen(self, path: str) -> str:
        """Which of several was chosen, "yes" or "no" among them."""
        value = self.value(path)
        return {True: "yes", False: "no"}.get(value) or str(value or "")

    def lines(self, path: str) -> str:
        """A longer text, or a list of texts as lines."""
        value = self.value(path) or ""
        return value if isinstance(value, str) else "\n".join(value)

    def holds(self, path: str, code: str) -> bool:
        """Whether a group has a code."""
        return code in (self.value(path) or ())

    def wrong(self, path: str) -> list[str]:
        """What is wrong with a field."""
        return self._wrong.get(path, [])

    def at(self, path: str, value: str | None) -> "Typed":
        """The same form, with a value for a field of the page that is no path of the input."""
        other = copy(self)
        other._values = {path: value}
        return other

    def label(self, path: str) -> str:
        """How a field is called."""
        return label_of(path)
