"""Fields that tell the same of an object whoever asks, and whenever: their JSON may be kept with it.

A resolver is `lasting` when its value follows from its object, and from what stays as it is while the process serves
one configuration (referentials, the gazetteer), and when it has nothing to say about how long an answer may be kept.
Objects of a type that has `fragments` are shown from there where all that is asked of them is lasting (see
hub/engine/runtime.py).
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar

R = TypeVar("R", bound=Callable[..., Any])

LASTING: Final = "lasting"
"""The attribute of a resolver that says so."""


def lasting(resolver: R) -> R:
    """Say so of a resolver without arguments."""
    setattr(resolver, LASTING, True)
    return resolver
