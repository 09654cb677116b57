"""What a site has besides the API: letters, webhooks and kits, and the work that it does by itself for them."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from starlette.routing import BaseRoute

from connectors.addresses import Outgoing
from connectors.posting import Poster
from hub.access.callers import Access
from hub.composition import Hub
from hub.config import ConfigError
from hub.kit.contents import LogoUnusable, logo_files
from hub.kit.page import KitPage
from hub.mail.links import Links
from hub.mail.office import PostOffice
from hub.mail.page import ConfirmationPage
from hub.mail.transports import FOLDER, Folder, Smtp, Transport
from hub.web import Pages
from hub.webhooks.deliveries import AT_ONCE, Deliveries
from hub.webhooks.service import StoredWebhooks


class Services:
    """Those of an open `hub`. Nothing is done by itself before `start`. ConfigError when they cannot be had.

    `base`: scheme and host by which people reach the hub, for links in letters and kits.
    """

    def __init__(self, hub: Hub, access: Access) -> None:
        config, federation = hub.config, hub.federation
        self._hub = hub
        self.base = config.server.public_url or f"http://{config.server.host}:{config.server.port}"
        try:
            self._logo = logo_files(config.kit.logo)
            transport: Transport = Folder(config.data / FOLDER)
            if config.mail.host is not None:
                transport = Smtp(config.mail, config.smtp)
        except LogoUnusable as error:
            raise ConfigError(f"kit.logo: {error}") from None
        except OSError as error:
            raise ConfigError(f"mail.authorities: cannot be read: {error.strerror}") from None
        links = Links(hub.access.signing_key)
        self.mail = PostOffice(hub.outbox, federation.registrations, links, transport, base=self.base)
        self.webhooks = StoredWebhooks(hub.webhooks, config.webhooks, known=federation.sources)
        outgoing = Outgoing(config.webhooks.allowed_hosts, config.guards.proxy)
        self._poster = Poster(outgoing, seconds=config.webhooks.deadline, connections=AT_ONCE)
        self._deliveries = Deliveries(
            hub.webhooks, federation.feed, self._poster, access, config.webhooks, self.mail.tell_disabled
        )
        self._work: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to send; to be called in the event loop that serves."""
        work: tuple[Coroutine[Any, Any, None], ...] = (self.mail.run(), self._deliveries.run())
        self._work = [asyncio.create_task(one) for one in work]

    def routes(self, pages: Pages) -> list[BaseRoute]:
        """Where their pages answer."""
        registrations, provisional = self._hub.federation.registrations, self._hub.config.kit.logo is None
        kit = KitPage(registrations, pages.sessions, self._logo, provisional=provisional, base=self.base)
        return [*kit.routes(), *ConfirmationPage(pages, self.mail).routes()]

    async def aclose(self) -> None:
        """Stop what is being sent, after a moment."""
        for task in self._work:
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        await self._poster.aclose()
