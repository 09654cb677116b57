"""A certified identity provider on loopback, a hub that knows it, and a person who logs in by filling in its forms."""

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest

HERE = Path(__file__).parent / "oidc"
NODE = shutil.which("node")
READY = NODE is not None and (HERE / "node_modules" / "oidc-provider").is_dir()

needs_provider = pytest.mark.skipif(
    not READY and not os.environ.get("CI"), reason="needs Node, and `npm ci` in tests/oidc"
)

SECRET = "a secret of the hub, which is long enough"


@asynccontextmanager
async def identity_provider(hub: str, *, port: int = 0) -> AsyncIterator[str]:
    """The issuer of a provider that sends people back to the hub at this origin; new keys each time."""
    assert NODE, "Node is not installed"
    process = await asyncio.create_subprocess_exec(
        NODE,
        HERE / "provider.mjs",
        f"{hub}/login/local/callback",
        f"{hub}/login",
        str(port),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        assert process.stdout
        line = await process.stdout.readline()
        assert line, "the provider did not start"
        yield line.decode().strip()
    finally:
        process.kill()
        await process.communicate()


def toml(issuer: str, client: str = "plain", more: str = "") -> str:
    return f"""
[guards]
allowed_hosts = ["127.0.0.1"]
[[oidc]]
name = "local"
label = "l’annuaire d’essai"
issuer = "{issuer}"
client_id = "{client}"
scopes = ["openid", "profile"]
{more}
[[oidc.roles]]
claim = "roles.hub"
value = "moderator"
role = "MODERATOR"
[[oidc.roles]]
claim = "roles.hub"
value = "caf"
role = "PARTNER"
sources = ["monenfant"]
"""


class Person:
    """Somebody with a browser: their own cookies at the provider."""

    def __init__(self) -> None:
        self.http = httpx.AsyncClient(timeout=20)

    async def answer(self, address: str, name: str, back: str) -> str:
        """Log in at the provider as `name` and agree to everything; the address that it sends them back to."""
        response = await self.http.get(address)
        for _ in range(20):
            if response.is_redirect:
                target = urljoin(str(response.url), response.headers["location"])
                if target.startswith(back):
                    return target
                response = await self.http.get(target)
            else:
                assert response.status_code == 200, response.text
                form = form_in(response.text)
                fields = {"login": name, "password": "any"} if "login" in form["fields"] else {}
                response = await self.http.post(
                    urljoin(str(response.url), form["action"]), data=form["values"] | fields
                )
        raise AssertionError("the provider goes round in circles")

    async def __aenter__(self) -> "Person":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()


def form_in(html: str) -> dict:
    """The first form of a page."""
    action = re.search(r'<form[^>]*action="([^"]+)"', html)
    assert action, html
    inputs = [dict(re.findall(r'(\w+)="([^"]*)"', tag)) for tag in re.findall(r"<input([^>]*)>", html)]
    return {
        "action": unescape(action[1]),
        "fields": {field["name"] for field in inputs if "name" in field},
        "values": {
            f["name"]: unescape(f.get("value", "")) for f in inputs if f.get("type") == "hidden" and "name" in f
        },
    }
