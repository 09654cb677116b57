"""From a key or an account to a caller (RFC 6750: Authorization: Bearer)."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from connectors.errors import SourceError
from hub.access.keys import read_key
from hub.access.store import SEEN_EVERY, AccessStore
from resolvers.access import Caller
from resolvers.accounts import ApiKey

log = logging.getLogger(__name__)

KEY_ACCOUNT: Final = "key-"
"""How the account of a key begins; its id follows."""


class WrongKey(Exception):
    """The request carries a key that opens nothing: none, revoked, or expired; which one, nobody is told."""


class Access:
    """Who a key or an account stands for, as the database says now. `clock`: the time, in UTC."""

    def __init__(self, store: AccessStore, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.store = store
        self.clock = clock
        self._noting: set[asyncio.Task[None]] = set()

    def caller(self, authorization: str | None) -> Caller:
        """The caller of an Authorization header, anybody without one. Raises `WrongKey`, `Unavailable`, `BadData`."""
        if authorization is None:
            return Caller()
        scheme, _, text = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise WrongKey
        return self.of_key(text.strip())

    def of_key(self, text: str) -> Caller:
        """Who a key stands for. Raises `WrongKey`, `Unavailable`, `BadData`; to be called in an event loop."""
        given = read_key(text)
        if given is None:
            raise WrongKey
        key = self.store.key_of(given.id, given.digest())
        if key is None or not key.lives(self.clock()):
            raise WrongKey
        self._note(key)
        return _of(key)

    def of_account(self, account: str) -> Caller | None:
        """Who an account stands for; None when its key opens nothing any more, or the person was forgotten."""
        if account.startswith(KEY_ACCOUNT):
            key = self.store.key(account.removeprefix(KEY_ACCOUNT))
            return _of(key) if key and key.lives(self.clock()) else None
        person = self.store.person(account)
        return Caller(person.role, account, person.name, person.sources) if person else None

    async def aclose(self) -> None:
        """Write what is still to be written."""
        await asyncio.gather(*self._noting)

    def _note(self, key: ApiKey) -> None:
        """Have the use of a key noted, now and then; the request does not wait for it."""
        now = self.clock()
        if key.last_used_at is not None and now - key.last_used_at < timedelta(seconds=SEEN_EVERY):
            return
        if any(task.get_name() == key.id for task in self._noting):
            return
        task = asyncio.get_running_loop().create_task(self._write_use(key.id, now), name=key.id)
        self._noting.add(task)
        task.add_done_callback(self._noting.discard)

    async def _write_use(self, id_: str, at: datetime) -> None:
        try:
            await self.store.key_used(id_, at)
        except SourceError as error:
            log.warning("the use of a key is not noted: %s", error)


def _of(key: ApiKey) -> Caller:
    return Caller(key.role, KEY_ACCOUNT + key.id, key.name, key.sources)
