"""From the fields of a form, whose names are paths, to the values of an input of the API: `places.0.street`."""

from collections.abc import Mapping
from typing import Any

Tree = dict[str, Any]
"""Names lead to texts or to further trees; lists are trees by number."""


def tree(fields: Mapping[str, str]) -> Tree:
    """The fields by the parts of their names. A field within a field that holds a text is left out."""
    root: Tree = {}
    for name, value in fields.items():
        *path, last = name.split(".")
        node = root
        for part in path:
            node = node.setdefault(part, {})
            if not isinstance(node, dict):
                break
        else:
            if not isinstance(node.get(last), dict):
                node[last] = value
    return root


def branch(node: Tree, name: str) -> Tree:
    """The tree that a name leads to; an empty one when there is none."""
    found = node.get(name)
    return found if isinstance(found, dict) else {}


def items(node: Tree, name: str, *, without: str = "") -> list[Tree]:
    """The trees of a list, in the order of their numbers; that of the number `without` is left out."""
    numbered = {int(key): item for key, item in branch(node, name).items() if _is_number(key) and key != without}
    return [item for _, item in sorted(numbered.items()) if isinstance(item, dict)]


def texts(node: Tree, name: str) -> list[str]:
    """The texts of a list, in the order of their numbers."""
    numbered = {int(key): item for key, item in branch(node, name).items() if _is_number(key)}
    return [item for _, item in sorted(numbered.items()) if isinstance(item, str)]


def text(node: Tree, name: str) -> str | None:
    """A text without spaces at its ends, None for an empty one; its lines end as the API wants them."""
    found = node.get(name)
    return (found.replace("\r\n", "\n").strip() or None) if isinstance(found, str) else None


def lines(node: Tree, name: str) -> list[str]:
    """The lines of a text that say something."""
    return [line.strip() for line in (text(node, name) or "").split("\n") if line.strip()]


def flag(node: Tree, name: str) -> bool:
    """Whether a box is checked."""
    return text(node, name) is not None


def answer(node: Tree, name: str) -> bool | None:
    """A question's answer: yes, no, or none."""
    return {"yes": True, "no": False}.get(text(node, name) or "")


def checked(node: Tree, name: str) -> list[str]:
    """The codes of a group's boxes that are checked."""
    return [code for code, value in branch(node, name).items() if isinstance(value, str)]


def number(node: Tree, name: str) -> float | None:
    """A number; None for what is none."""
    try:
        return float(text(node, name) or "")
    except ValueError:
        return None


def _is_number(key: str) -> bool:
    return key.isascii() and key.isdigit() and len(key) < 4
