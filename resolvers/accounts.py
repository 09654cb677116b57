"""Accounts and their keys, as the API speaks of them; the hub keeps them."""

from datetime import datetime
from typing import Protocol

from msgspec import Struct

from resolvers.access import Role


class NewKey(Struct, frozen=True, kw_only=True):
    """An API key as it is wanted. `name`: whose it is, in words. `sources`: those that a partner looks after."""

    role: Role
    name: str
    sources: frozenset[str] = frozenset()
    expires_at: datetime | None = None


class ApiKey(Struct, frozen=True, kw_only=True):
    """An API key without its secret, which nobody but its holder has.

    `created_by`, `revoked_by`: accounts, or "command line". `last_used_at` is at most a minute behind.
    """

    id: str
    role: Role
    name: str
    sources: frozenset[str]
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None
    revoked_by: str | None
    last_used_at: datetime | None

    def lives(self, now: datetime) -> bool:
        """Whether it opens anything now."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class KeyRefused(Exception):
    """A key cannot be made so; the message says why."""


class Quota(Struct, frozen=True):
    """The cost that an account may spend in `seconds`, and what is `left` of it; `limit` is 0 for no bound."""

    limit: int
    seconds: int
    left: int


class Accounts(Protocol):
    """What the API does with accounts; all of it raises `Unavailable` and `BadData`."""

    async def create_key(self, wanted: NewKey, by: str) -> tuple[ApiKey, str]:
        """A new key and its text, which can never be had again. Raises `KeyRefused`."""
        ...

    async def revoke_key(self, id_: str, by: str) -> ApiKey | None:
        """The key, which opens nothing any more from now on; None when there is no such key."""
        ...

    async def forget(self, account: str) -> None:
        """Remove what is kept of the person of an account, and end their sessions; a key stays until it is revoked."""
        ...

    async def keys(self) -> list[ApiKey]:
        """All keys that ever were, oldest first."""
        ...

    async def quota(self, account: str) -> Quota:
        """What an account may ask for still."""
        ...
