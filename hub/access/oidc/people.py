"""From what a provider says of somebody to an account here: an opaque id, a role, a name to greet them with.

Nothing else is kept: no address, no e-mail, no official number. The id is made of issuer and subject by a hash with
a key, since a subject may be a number that one can count through (Pro Santé Connect: the national number of a
professional).
"""

import hmac
from base64 import b32encode
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any, Final

from hub.access.oidc.settings import RoleRule
from hub.access.store import Person
from resolvers.access import Role

MAX_NAME: Final = 100
"""Characters of a name; a longer one is cut."""

Claims = Mapping[str, Any]


def person_of(claims: Claims, rules: tuple[RoleRule, ...], key: bytes) -> Person:
    """Who logged in, by the claims `iss` and `sub` and whatever else the provider tells."""
    rule = next((rule for rule in rules if rule.value in _values(claims, rule.claim.split("."))), None)
    return Person(
        account=account_of(claims["iss"], claims["sub"], key),
        role=rule.role if rule else Role.REGISTRANT,
        sources=rule.sources if rule else frozenset(),
        name=_name(claims),
    )


def account_of(issuer: str, subject: str, key: bytes) -> str:
    """The account of a subject of an issuer: the same at each login, and nothing can be read from it."""
    digest = hmac.digest(key, f"{issuer}\n{subject}".encode(), sha256)
    return "person-" + b32encode(digest[:15]).decode().lower()


def _values(value: Any, path: list[str]) -> Iterator[str]:
    """All texts that a path of names leads to, through lists as well."""
    if isinstance(value, list):
        for item in value:
            yield from _values(item, path)
    elif path:
        if isinstance(value, Mapping) and path[0] in value:
            yield from _values(value[path[0]], path[1:])
    elif isinstance(value, str):
        yield value


def _name(claims: Claims) -> str | None:
    """The name to show: as it is given whole, or of its parts (`usual_name` is ProConnect's)."""
    parts = [_text(claims, "given_name"), _text(claims, "usual_name") or _text(claims, "family_name")]
    name = _text(claims, "name") or " ".join(part for part in parts if part)
    return name[:MAX_NAME] or None


def _text(claims: Claims, name: str) -> str:
    """A claim in one line of what can be printed; "" when there is none."""
    value = claims.get(name)
    shown = "".join(c if c.isprintable() else " " for c in value) if isinstance(value, str) else ""
    return " ".join(shown.split())
