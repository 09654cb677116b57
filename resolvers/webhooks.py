"""Webhooks, as the API speaks of them; the hub keeps and serves them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from connectors.registrations import ChangeKind
from resolvers.registration.feed import Position


class NewWebhook(Struct, frozen=True, kw_only=True):
    """A webhook as it is wanted. `kinds`, `sources`: which changes, all when empty. `start`: from after which one."""

    url: str
    kinds: tuple[ChangeKind, ...] = ()
    sources: tuple[str, ...] = ()
    notice_email: str | None = None
    start: Position


class DeadLetter(Struct, frozen=True, kw_only=True):
    """A message that could not be delivered. `before`: the position from which it can be replayed."""

    message: str
    at: datetime
    attempts: int
    problem: str
    before: Position


class Webhook(Struct, frozen=True, kw_only=True):
    """A webhook without its secret. `after`: how far it is; `problem`: why the last attempt failed, if it did."""

    id: str
    owner: str
    url: str
    kinds: tuple[ChangeKind, ...]
    sources: tuple[str, ...]
    notice_email: str | None
    created_at: datetime
    after: Position
    delivered_at: datetime | None = None
    failing_since: datetime | None = None
    problem: str | None = None
    disabled_at: datetime | None = None


class WebhookRefused(Exception):
    """A webhook cannot be made so. `field`: which part of the input is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Webhooks(Protocol):
    """What the API does with webhooks; all of it raises `Unavailable` and `BadData`."""

    async def create(self, wanted: NewWebhook, owner: str) -> tuple[Webhook, str]:
        """A new webhook and its secret, which is told this once. Raises `WebhookRefused`."""
        ...

    async def of_owner(self, owner: str) -> list[Webhook]:
        """The webhooks of an account, oldest first."""
        ...

    async def delete(self, id_: str, owner: str) -> bool:
        """End a webhook; False when the account has none of this id."""
        ...

    async def replay(self, id_: str, owner: str, start: Position) -> Webhook | None:
        """Send again what came after a position, be the webhook disabled or not; None as `delete`."""
        ...

    async def dead_letters(self, id_: str, most: int) -> Sequence[DeadLetter]:
        """The latest messages that could not be delivered, the latest first."""
        ...
