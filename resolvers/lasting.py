"""Fields that tell the same of an object whoever asks, and whenever: their JSON may be kept with it.

A resolver is `lasting` when its value follows from its object, and from what stays as it is while the process serves
one configuration (referentials, the gazetteer), and when it has nothing to say about how long an answer may be kept.
Objects of a type that has `fragments` are shown from there where all that is asked of them is lasting (see
hub/engine/runtime.py).
"""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, Final, TypeVar

R = TypeVar("R", bound=Callable[..., Any])

LASTING: Final = "lasting"
"""The attribute of a resolver that says so."""

PATH: Final = "path"
"""The attribute of a resolver that only reads another attribute: which one."""


def lasting(resolver: R) -> R:
    """Say so of a resolver without arguments."""
    setattr(resolver, LASTING, True)
    return resolver


def held_at(path: str) -> Any:
    """A resolver that reads an attribute of its object, or of what that holds ("entry.site.address"): see `as_held`."""
    read = attrgetter(path)

    def resolve(root: Any) -> Any:
        return read(root)

    setattr(resolve, PATH, path)
    resolve.__name__ = path
    return as_held(resolve)


def as_held(resolver: Callable[..., Any]) -> Any:
    """The same of a resolver whose values are shown as records hold them: no type of the API is made of them.

    The fields of the type that its field has are then read as attributes of the value.
    """
    return lasting(resolver)
