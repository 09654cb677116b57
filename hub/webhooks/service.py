"""What the API does with webhooks (`resolvers.webhooks.Webhooks`)."""

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import Final
from urllib.parse import SplitResult, urlsplit

from connectors.addresses import Outgoing, is_literal
from hub.webhooks.settings import WebhooksConfig
from hub.webhooks.signing import new_secret
from hub.webhooks.store import WebhookStore
from resolvers.registration.checks import EMAIL
from resolvers.registration.feed import Position
from resolvers.webhooks import DeadLetter, NewWebhook, Webhook, WebhookRefused

MAX_URL: Final = 1_000
"""Characters of an address."""


class StoredWebhooks:
    """Webhooks in a database. `known`: the sources that there are."""

    def __init__(
        self,
        store: WebhookStore,
        config: WebhooksConfig,
        *,
        known: Collection[str],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._config = config
        self._outgoing = Outgoing(config.allowed_hosts)
        self._known = known
        self._clock = clock

    async def create(self, wanted: NewWebhook, owner: str) -> tuple[Webhook, str]:
        """See `Webhooks`."""
        self._check(wanted)
        secret = new_secret()
        made = await self._store.add(wanted, owner, secret, self._clock(), most=self._config.per_account)
        if made is None:
            raise WebhookRefused("url", f"an account has at most {self._config.per_account} webhooks")
        return made, secret

    async def of_owner(self, owner: str) -> list[Webhook]:
        """See `Webhooks`."""
        return await self._store.of_owner(owner)

    async def delete(self, id_: str, owner: str) -> bool:
        """See `Webhooks`."""
        return await self._store.delete(id_, owner)

    async def replay(self, id_: str, owner: str, start: Position) -> Webhook | None:
        """See `Webhooks`."""
        return await self._store.replay(id_, owner, start)

    async def dead_letters(self, id_: str, most: int) -> Sequence[DeadLetter]:
        """See `Webhooks`."""
        return await self._store.dead_letters(id_, most)

    def _check(self, wanted: NewWebhook) -> None:
        """What can be told without resolving a name: that is done each time that something is sent."""
        host = _address(wanted.url).hostname or ""
        if is_literal(host) and not self._outgoing.allows(host, host):
            raise WebhookRefused("url", "the address is not public")
        for source in wanted.sources:
            if source not in self._known:
                raise WebhookRefused("sources", f"there is no source {source[:40]}")
        if wanted.notice_email is not None and not EMAIL.fullmatch(wanted.notice_email):
            raise WebhookRefused("noticeEmail", "this is not an e-mail address")


def _address(url: str) -> SplitResult:
    """The parts of an address. Raises WebhookRefused."""
    try:
        parts = urlsplit(url)
        port_is_one = parts.port != 0  # reading it checks it
    except ValueError:
        raise WebhookRefused("url", "this is not an address") from None
    if len(url) > MAX_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise WebhookRefused("url", f"an address has at most {MAX_URL} characters of ASCII, and no spaces")
    if parts.scheme not in {"http", "https"} or not parts.hostname or not port_is_one:
        raise WebhookRefused("url", "an http or https address is wanted")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise WebhookRefused("url", "an address without a name, a password or a fragment is wanted")
    return parts
