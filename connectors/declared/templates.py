"""`{name}` in a parameter or an address, and the values that may take its place.

Only two kinds of values ever do: codes of the embedded gazetteer, and keys of the form below, none of which can
end a quoted literal of a query language, a path's segment or a parameter.
"""

import re
from collections.abc import Mapping

_KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._:-]{0,99}")
_NUMBER = re.compile(r"[0-9]{1,18}")


def is_key(text: str, *, numeric: bool) -> bool:
    """Whether a text has the form of a key: ASCII letters, digits and `._:-`, at most 100; or digits only."""
    return bool((_NUMBER if numeric else _KEY).fullmatch(text))


def check(setting: str, templates: Mapping[str, str], name: str | None) -> None:
    """Raise ValueError unless `{name}` is in one of these at least, and nothing else is in braces (None: nothing)."""
    found = [inside for text in templates.values() for inside in re.findall(r"\{([^{}]*)\}", text)]
    braces = sum(text.count("{") + text.count("}") for text in templates.values())
    if braces != 2 * len(found) or any(inside != name for inside in found):
        raise ValueError(f"{setting}: braces may hold {f'{{{name}}} only' if name else 'nothing here'}")
    if name and templates and not found:
        raise ValueError(f"{setting}: {{{name}}} is needed in it")


def filled(templates: Mapping[str, str], name: str, value: str) -> dict[str, str]:
    """The templates, with the value in the place of `{name}`."""
    return {parameter: text.replace(f"{{{name}}}", value) for parameter, text in templates.items()}
