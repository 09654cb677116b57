"""The tables [[oidc]] of hub.toml: which identity providers there are, and what their claims are worth here."""

import re
from typing import Annotated, Final
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from resolvers.access import Role

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})

Text = Annotated[str, Meta(min_length=1, max_length=200)]


class RoleRule(Struct, frozen=True, forbid_unknown_fields=True):
    """Who has a role: those of whom `claim` says `value`. The first rule that fits counts.

    `claim`: names joined by dots, as "realm_access.roles"; of a list, any item may say it. `sources`: those that a
    partner looks after.
    """

    claim: Text
    value: Text
    role: Role
    sources: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.role is Role.ANONYMOUS:
            raise ValueError("role: who logs in is not anonymous")
        if (self.role is Role.PARTNER) != bool(self.sources):
            raise ValueError("sources: a partner has at least one, and nobody else has any")


class ProviderConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """An identity provider.

    `name`: its id in addresses, and in capitals that of its secret (HUB1000_OIDC_<NAME>). `label`: how people know
    it. `acr_values`: levels of authentication, one of which is asked for and must have been reached. `roles`: who is
    more than a registrant.
    """

    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    label: Text
    issuer: Text
    client_id: Text
    scopes: tuple[Text, ...] = ("openid",)
    acr_values: tuple[Text, ...] = ()
    roles: tuple[RoleRule, ...] = ()

    def __post_init__(self) -> None:
        parts = urlsplit(self.issuer)
        if not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)):
            raise ValueError("issuer: an https address is wanted")
        if parts.query or parts.fragment or not parts.hostname:
            raise ValueError("issuer: an address without a query is wanted (OpenID Connect Discovery §3)")
        if "openid" not in self.scopes or not all(re.fullmatch(r"[!#-\[\]-~]+", scope) for scope in self.scopes):
            raise ValueError("scopes: openid is one of them, and none has spaces")
