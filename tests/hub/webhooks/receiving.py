"""A partner's server on a real loopback socket, and a hub that sends to it."""

import asyncio
import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
from changing import Changing
from eventually import eventually
from hubs import configuration, key_of, site
from serving import serving
from starlette.requests import Request
from starlette.responses import Response

from connectors.sandbox import Sandbox
from hub.app import Site
from hub.composition import open_hub
from resolvers.access import Role

QUICK = """
[webhooks]
allowed_hosts = ["127.0.0.1"]
deadline = 5.0
retries = [0.01, 0.02, 0.01]
"""
CREATE = """mutation ($input: WebhookInput!) { done: createWebhook(input: $input) {
  ... on WebhookCreated { secret webhook { id url kinds sourceIds cursor } }
  ... on WebhookRefused { field message } __typename } }"""
REPLAY = """mutation ($id: ID!, $since: String!) { done: replayWebhook(id: $id, since: $since) {
  ... on Webhook { id disabledAt } ... on WebhookRefused { field message } __typename } }"""
DELETE = """mutation ($id: ID!) { done: deleteWebhook(id: $id) {
  ... on WebhookDeleted { id } ... on WebhookRefused { field message } __typename } }"""
MINE = """{ webhooks { id url cursor problem failingSince deliveredAt disabledAt noticeEmail
  deadLetters { messageId attempts problem since } } }"""


class Receiver:
    """Keeps what it is sent; `answer` says what it answers to a request."""

    def __init__(self) -> None:
        self.received: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.answer: Callable[[dict[str, Any]], Any] = lambda _: Response(status_code=204)
        self.url = ""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        body = await request.body()
        got = {"path": request.url.path, "headers": dict(request.headers), "body": body}
        answer = self.answer(got)
        self.received.put_nowait(got)
        if asyncio.iscoroutine(answer):
            answer = await answer
        await answer(scope, receive, send)

    async def next(self) -> dict[str, Any]:
        """The next request."""
        return await asyncio.wait_for(self.received.get(), 30)

    async def ids(self, count: int) -> list[str]:
        """The ids of the next changes, however they are put into messages."""
        found: list[str] = []
        while len(found) < count:
            found += [id_ for change in changes_in(await self.next()) for id_ in change["ids"]]
        return found


def changes_in(got: dict[str, Any]) -> list[Any]:
    message = json.loads(got["body"])
    assert message["type"] == "changes"
    return message["data"]["changes"]


def is_signed(got: dict[str, Any], secret: str) -> bool:
    """Standard Webhooks, as a receiver verifies it."""
    headers = got["headers"]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + got["body"]
    wanted = hmac.digest(b64decode(secret.removeprefix("whsec_")), signed, sha256)
    return headers["webhook-signature"] == "v1," + b64encode(wanted).decode()


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    receiving = Receiver()
    async with serving(receiving) as url:
        receiving.url = f"{url}/changes"
        yield receiving


class Partnered(Changing):
    """A hub that works by itself, and a partner's key."""

    site: Site
    partner: str

    async def webhook(self, url: str, **more: Any) -> Any:
        """A new webhook, with its secret."""
        done = await self.ask(CREATE, self.partner, input={"url": url, **more})
        assert done["__typename"] == "WebhookCreated", done
        return done

    async def mine(self) -> list[Any]:
        return (await self.ask(MINE, self.partner))["webhooks"]

    async def until(self, holds: Callable[[Any], bool]) -> Any:
        """The first webhook, once something holds of it."""

        async def found() -> Any:
            webhook = (await self.mine())[0]
            return webhook if holds(webhook) else None

        return await eventually(found)


@asynccontextmanager
async def partnered(folder: Path, toml: str = QUICK, *, start: bool = True) -> AsyncIterator[Partnered]:
    hub = open_hub(configuration(folder, toml), sandbox=Sandbox())
    serving_site = site(hub)
    try:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(serving_site), base_url="http://hub") as http:
            desk = Partnered(http, await key_of(hub, Role.ADMIN))
            desk.site, desk.partner = serving_site, await key_of(hub, Role.PARTNER)
            if start:
                serving_site.start()
            yield desk
    finally:
        await serving_site.aclose()
