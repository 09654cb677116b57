"""By which names the hub may be called (the Host header, RFC 9110 §7.2): pages write it, caches are keyed on it."""

import re
from typing import Final

from starlette.types import Scope

from hub.limits.settings import CallerLimits

REMEMBERED: Final = 1_000
"""Names found good that need no second look."""

_HOST: Final = re.compile(r"(?P<name>[a-z0-9](?:[a-z0-9._-]{0,251}[a-z0-9])?\.?|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?")


class Hosts:
    """The names of the hub; without any in the configuration, whatever is a name."""

    def __init__(self, callers: CallerLimits) -> None:
        self._names = {name.lower() for name in callers.hosts if not name.startswith("*.")}
        self._below = tuple(name[1:].lower() for name in callers.hosts if name.startswith("*."))
        self._served: set[bytes] = set()

    def refusal(self, scope: Scope) -> int | None:
        """None for a request by one of the names, else the status of its refusal: 400, or 421 for another's name."""
        given: bytes | None = None
        for name, value in scope["headers"]:
            if name == b"host":
                if given is not None:
                    return 400
                given = value
        if given is None:
            return None if scope.get("http_version") == "1.0" and not self._bound else 400
        if given in self._served:
            return None
        status = self._judged(given)
        if status is None and len(self._served) < REMEMBERED:
            self._served.add(given)
        return status

    @property
    def _bound(self) -> bool:
        return bool(self._names or self._below)

    def _judged(self, host: bytes) -> int | None:
        found = _HOST.fullmatch(host.decode("latin-1").lower())
        if found is None:
            return 400
        name = found["name"].removesuffix(".")
        return None if not self._bound or name in self._names or name.endswith(self._below) else 421
