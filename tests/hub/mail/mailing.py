"""A real mail server on a loopback socket, and a hub that sends through it."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import httpx
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword
from changing import Changing
from hubs import configuration, key_of, site

from connectors.sandbox import Sandbox
from hub.app import Site
from hub.composition import open_hub
from resolvers.access import Role

PUBLIC = '[server]\npublic_url = "https://hub.example.org"\n'


class Postbox:
    """Takes letters; `answer` says what it answers to one, or to a recipient."""

    def __init__(self) -> None:
        self.letters: asyncio.Queue[tuple[Envelope, EmailMessage]] = asyncio.Queue()
        self.to_data: Callable[[], str] = lambda: "250 OK"
        self.to_recipient: Callable[[str], str] = lambda _: "250 OK"
        self.taking = asyncio.Event()
        self.may_take = asyncio.Event()
        self.may_take.set()
        self.logins: list[LoginPassword] = []
        self.port = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:  # noqa: N802
        said = self.to_recipient(address)
        if said.startswith("250"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802
        said = self.to_data()
        self.taking.set()
        await self.may_take.wait()
        if said.startswith("250"):
            content = envelope.content
            assert isinstance(content, bytes)
            self.letters.put_nowait((envelope, message_from_bytes(content, policy=default)))
        return said

    def login(self, server: Any, session: Any, envelope: Any, mechanism: str, data: LoginPassword) -> AuthResult:
        self.logins.append(data)
        return AuthResult(success=data.password == b"un secret", handled=False)

    async def next(self) -> EmailMessage:
        """The next letter."""
        return (await asyncio.wait_for(self.letters.get(), 30))[1]


@asynccontextmanager
async def postbox(**options: Any) -> AsyncIterator[Postbox]:
    box = Postbox()
    if options.pop("auth", False):
        options |= {"authenticator": box.login, "auth_required": True}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(box, loop=loop, **options), "127.0.0.1", 0)
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()


def to(box: Postbox, more: str = 'security = "none"') -> str:
    return (
        f'{PUBLIC}[mail]\nhost = "127.0.0.1"\nport = {box.port}\nsender = "Équipe <equipe@hub.example.org>"\n{more}\n'
    )


class Writing(Changing):
    """A hub that writes letters, and the key of a registrant."""

    site: Site
    registrant: str

    async def confirmed(self, box: Postbox, **changes: Any) -> Any:
        """A registration whose address was confirmed."""
        waiting = await self.submitted(self.registrant, **changes)
        done = await self.ask("mutation ($t: String!) { done: confirmEmail(token: $t) }", t=token_in(await box.next()))
        assert done == "CONFIRMED"
        return waiting


@asynccontextmanager
async def writing(
    folder: Path, toml: str, *, start: bool = True, environment: dict[str, str] | None = None
) -> AsyncIterator[Writing]:
    hub = open_hub(configuration(folder, toml, environment), sandbox=Sandbox())
    serving_site = site(hub)
    try:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(serving_site), base_url="http://hub") as http:
            desk = Writing(http, await key_of(hub, Role.ADMIN))
            desk.site, desk.registrant = serving_site, await key_of(hub, Role.REGISTRANT)
            if start:
                serving_site.start()
            yield desk
    finally:
        await serving_site.aclose()


def text_of(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    assert part
    return part.get_content()


def html_of(letter: EmailMessage) -> str:
    part = letter.get_body(("html",))
    assert part
    return part.get_content()


def token_in(letter: EmailMessage) -> str:
    found = re.search(r"https://hub\.example\.org/confirmer/(\S+)", text_of(letter))
    assert found, text_of(letter)
    return found[1]
