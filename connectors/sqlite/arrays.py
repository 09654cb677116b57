"""Many values in one parameter of a statement, which reads them by `json_each`."""

from collections.abc import Iterable

import msgspec


def json_array(values: Iterable[object]) -> str:
    """The values as a JSON array."""
    return msgspec.json.encode(list(values)).decode()
