"""How much may be entered. What goes beyond, or is no text, is not kept even as a draft."""

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Final

import msgspec

from connectors.registrations import ContactForm, Form
from resolvers.registration.refusals import Reason, ReasonCode

TEXT: Final = 200
"""Characters of a text, unless `LONGER` says otherwise."""

LONGER: Final[Mapping[str, int]] = {"description": 4_000, "street": 300, "value": 300}

LIST: Final = 20
"""Items of a list, unless `LISTS` says otherwise."""

LISTS: Final[Mapping[str, int]] = {"situations": 4, "priorities": 10, "sameAs": 10}

WHITE: Final = "\t\n\r"
"""The control characters that may be in a text."""


def beyond(form: Form, contact: ContactForm) -> list[Reason]:
    """What cannot be kept of what was entered."""
    return list(_beyond({**_fields(form), "contact": contact}, ""))


def _beyond(value: Any, path: str) -> Iterator[Reason]:
    name = path.rpartition(".")[2]
    if isinstance(value, str) and not isinstance(value, Enum):
        most = LONGER.get(name, TEXT)
        if len(value) > most:
            yield Reason(ReasonCode.TOO_LONG, f"Ce texte a plus de {most} caractères.", path)
        elif not is_text(value):
            yield Reason(ReasonCode.NOT_TEXT, "Ce texte contient des caractères qui ne se lisent pas.", path)
    elif isinstance(value, tuple):
        most = LISTS.get(name, LIST)
        if len(value) > most:
            yield Reason(ReasonCode.TOO_MANY, f"Cette liste a plus de {most} éléments.", path)
        else:
            for position, item in enumerate(value):
                yield from _beyond(item, f"{path}.{position}")
    elif isinstance(value, Mapping | msgspec.Struct):
        for field, item in _fields(value).items():
            yield from _beyond(item, f"{path}.{field}" if path else field)


def is_text(value: str) -> bool:
    """Whether a text can be written and read everywhere: no control characters, nothing that Unicode is not."""
    return all((c >= " " or c in WHITE) and c != "\x7f" and not "\ud800" <= c <= "\udfff" for c in value)


def _fields(value: Any) -> Mapping[str, Any]:
    """The fields of a value, by the names that they have in the API."""
    if isinstance(value, Mapping):
        return value
    return {camel_case(name): getattr(value, name) for name in value.__struct_fields__}


def camel_case(name: str) -> str:
    """A name as the API writes it: "key_moments" -> "keyMoments"."""
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))
