"""Making and revoking keys, for the API and the command line alike."""

from collections.abc import Awaitable, Callable, Collection
from datetime import UTC, datetime, timedelta
from typing import Final

from hub.access.callers import KEY_ACCOUNT
from hub.access.keys import new_key
from hub.access.store import AccessStore
from resolvers.access import Role
from resolvers.accounts import ApiKey, KeyRefused, NewKey, Quota

MAX_NAME: Final = 100
"""Characters of a key's name."""


def now() -> datetime:
    """This second: what is stored has no parts of one."""
    return datetime.now(UTC).replace(microsecond=0)


async def create_key(store: AccessStore, wanted: NewKey, by: str, *, known: Collection[str]) -> tuple[ApiKey, str]:
    """A new key and its text, which is nowhere but in what is returned. `known`: the sources that there are.

    Raises `KeyRefused`.
    """
    at = now()
    _check(wanted, at, known)
    text = new_key()
    key = ApiKey(
        id=text.id,
        role=wanted.role,
        name=wanted.name.strip(),
        sources=wanted.sources,
        created_at=at,
        created_by=by,
        expires_at=wanted.expires_at,
        revoked_at=None,
        revoked_by=None,
        last_used_at=None,
    )
    await store.add_key(key, text.digest())
    return key, str(text)


def _check(wanted: NewKey, at: datetime, known: Collection[str]) -> None:
    name = wanted.name.strip()
    if not 0 < len(name) <= MAX_NAME or not name.isprintable():
        raise KeyRefused(f"name: 1 to {MAX_NAME} characters that can be printed are wanted")
    if wanted.role is Role.ANONYMOUS:
        raise KeyRefused("role: anybody is anonymous without a key")
    if wanted.sources and wanted.role is not Role.PARTNER:
        raise KeyRefused("sources: only a partner has sources of their own")
    if wanted.role is Role.PARTNER and not wanted.sources:
        raise KeyRefused("sources: a partner has at least one")
    for source in sorted(wanted.sources):
        if source not in known:
            raise KeyRefused(f"sources: there is no source {source[:40]}")
    if wanted.expires_at is not None and wanted.expires_at < at + timedelta(seconds=1):
        raise KeyRefused("expires: that is over already")


class StoredAccounts:
    """What the API does with accounts (`resolvers.accounts.Accounts`).

    `sources`: those that there are. `quota`: what an account may ask for still.
    """

    def __init__(
        self, store: AccessStore, *, sources: Collection[str], quota: Callable[[str], Awaitable[Quota]]
    ) -> None:
        self._store = store
        self._sources = sources
        self._quota = quota

    async def create_key(self, wanted: NewKey, by: str) -> tuple[ApiKey, str]:
        """See `Accounts`."""
        return await create_key(self._store, wanted, by, known=self._sources)

    async def revoke_key(self, id_: str, by: str) -> ApiKey | None:
        """See `Accounts`."""
        return await self._store.revoke_key(id_, by, now())

    async def forget(self, account: str) -> None:
        """See `Accounts`."""
        if not account.startswith(KEY_ACCOUNT):
            await self._store.forget(account)

    async def keys(self) -> list[ApiKey]:
        """See `Accounts`."""
        return self._store.all_keys()

    async def quota(self, account: str) -> Quota:
        """See `Accounts`."""
        return await self._quota(account)
