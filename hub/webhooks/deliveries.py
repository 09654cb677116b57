"""The sending of changes: in order for each webhook, each at least once, by whichever process comes first.

    claim the webhook ── read on in the feed ── write the message down ── send it ──> taken: go on
                                                                                 └──> not: again later, or lay it aside

A process that is killed leaves a claim behind, which ends by itself: another one then sends the same message again.
Waiting times are those that Standard Webhooks recommends ("Deliverability and reliability"), with a part by chance.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from random import SystemRandom
from secrets import token_hex
from typing import Final, TypeAlias

import orjson

from connectors.errors import SourceError
from connectors.posting import NotPosted, Posting
from hub.access.callers import Access
from hub.webhooks import signing
from hub.webhooks.settings import WebhooksConfig
from hub.webhooks.store import Claimed, WebhookStore
from resolvers.access import Role
from resolvers.errors import CursorExpired
from resolvers.registration.feed import Feed, FeedChange
from resolvers.types.changes import cursor_at
from resolvers.webhooks import Webhook

log = logging.getLogger(__name__)

AT_ONCE: Final = 8
"""Webhooks that one process serves at a time."""

PER_MESSAGE: Final = 100
"""Changes of one message at the most."""

LEASE: Final = 5.0
"""Seconds for which a claim holds beyond the deadline of an endpoint."""

LOOK_EVERY: Final = 2.0
"""Seconds after which what another process did is seen at the latest."""

FINISH_SECONDS: Final = 3.0
"""How long what is being sent when the hub stops may take still."""

LONGEST_WISH: Final = 86_400.0
"""Seconds that an endpoint may ask us to wait."""

GONE: Final = 410

CHANCE: Final = SystemRandom().random

Notify: TypeAlias = Callable[[Webhook, str], Awaitable[None]]
"""Tells the owner of a webhook that it is disabled, and why."""


class Deliveries:
    """Sends what is due, for as long as `run` runs. `chance`: a number between 0 and 1."""

    def __init__(
        self,
        store: WebhookStore,
        feed: Feed,
        posting: Posting,
        access: Access,
        config: WebhooksConfig,
        notify: Notify,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        chance: Callable[[], float] = CHANCE,
    ) -> None:
        self._store = store
        self._feed = feed
        self._posting = posting
        self._access = access
        self._config = config
        self._notify = notify
        self._clock = clock
        self._chance = chance
        self._changed = asyncio.Event()
        self._sending: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Send what is due until this is cancelled; what is being sent then may end, or is sent again later."""
        listening = asyncio.create_task(self._listen())
        try:
            while True:
                self._changed.clear()
                wait = await self._round()
                try:
                    async with asyncio.timeout(wait):  # wait_for may lose that it is cancelled
                        await self._changed.wait()
                except TimeoutError:
                    continue
        finally:
            listening.cancel()
            if self._sending:
                await asyncio.wait(self._sending, timeout=FINISH_SECONDS)
            tasks = [listening, *self._sending]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _round(self) -> float:
        """Begin to send all that is due, as far as there is room; seconds until there is more to do."""
        try:
            latest = await self._feed.latest()
            while len(self._sending) < AT_ONCE:
                due = await self._store.next_due(latest)
                if due is None:
                    return LOOK_EVERY
                left = due - self._clock().timestamp()
                if left > 0:
                    return min(left, LOOK_EVERY)
                claimed = await self._store.claim(latest, self._clock(), self._config.deadline + LEASE)
                if claimed is not None:  # another process was faster
                    self._begin(claimed)
        except SourceError as error:
            log.warning("webhooks are not served now: %s", error)
        return LOOK_EVERY

    def _begin(self, claimed: Claimed) -> None:
        task = asyncio.create_task(self._serve(claimed))
        self._sending.add(task)
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        self._changed.set()
        if not task.cancelled() and (error := task.exception()):
            log.error("a webhook is not served now", exc_info=error)

    async def _serve(self, claimed: Claimed) -> None:
        """One message of one webhook, or one step in the feed where nothing is wanted."""
        webhook = claimed.webhook
        caller = self._access.of_account(webhook.owner)
        if caller is None or not caller.is_a(Role.PARTNER):
            await self._disable(claimed, "its key opens nothing any more")
            return
        message, body = claimed.message, claimed.body
        if message is None or body is None:
            try:
                page = await self._feed.read(webhook.after, PER_MESSAGE)
            except CursorExpired:
                await self._disable(claimed, "what it would read next is gone: read everything again, then replay")
                return
            wanted = [change for change in page.changes if _holds(webhook, change)]
            if not wanted:
                await self._store.advance(claimed, page.after)
                return
            message, body = f"msg_{token_hex(16)}", _body(wanted, self._clock())
            if not await self._store.keep(claimed, message, body, page.after):
                return
        await self._send(claimed, message, body)

    async def _send(self, claimed: Claimed, message: str, body: bytes) -> None:
        at = int(self._clock().timestamp())
        wish = None
        try:
            posted = await self._posting.post(
                claimed.webhook.url, body, signing.headers(claimed.secret, message, at, body)
            )
        except NotPosted as error:
            problem = str(error)
        else:
            if posted.taken:
                await self._store.delivered(claimed, self._clock())
                return
            problem, wish = f"HTTP {posted.status}", posted.retry_after
            if posted.status == GONE:
                await self._disable(claimed, "HTTP 410: it is gone for good")
                return
        await self._failed(claimed, problem, wish or 0.0)

    async def _failed(self, claimed: Claimed, problem: str, wish: float) -> None:
        now = self._clock()
        since = claimed.webhook.failing_since
        if since is not None and (now - since).total_seconds() >= self._config.disable_after:
            await self._disable(claimed, problem)
            return
        retries = self._config.retries
        last = claimed.attempts >= len(retries)
        wait = retries[0 if last else claimed.attempts] * (0.8 + 0.4 * self._chance())
        due = now + timedelta(seconds=max(wait, min(wish, LONGEST_WISH)))
        await (self._store.lay_aside if last else self._store.failed)(claimed, now, problem, due)

    async def _disable(self, claimed: Claimed, problem: str) -> None:
        log.warning("webhook %s is disabled: %s", claimed.webhook.id, problem)
        await self._notify(claimed.webhook, problem)  # first, so that a crash loses no notice
        await self._store.disable(claimed, self._clock(), problem)

    async def _listen(self) -> None:
        """Hear of changes as they come."""
        while True:
            try:
                async with aclosing(self._feed.watch(await self._feed.latest())) as changes:
                    async for _ in changes:
                        self._changed.set()
            except (SourceError, CursorExpired) as error:
                log.warning("the feed is not heard now: %s", error)
                await asyncio.sleep(LOOK_EVERY)


def _holds(webhook: Webhook, change: FeedChange) -> bool:
    if webhook.kinds and change.kind not in webhook.kinds:
        return False
    return not webhook.sources or any(id_.partition("--")[0] in webhook.sources for id_ in change.ids)


def _body(changes: list[FeedChange], at: datetime) -> bytes:
    """A message (Standard Webhooks, "Payload structure"): each change with its cursor, which is its id."""
    told = [
        {"id": cursor_at(change.after), "kind": change.kind, "ids": change.ids, "at": change.at} for change in changes
    ]
    return orjson.dumps({"type": "changes", "timestamp": at, "data": {"changes": told}})
