"""Hubs for tests: the real application, in process or over loopback sockets."""

import asyncio
import atexit
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from shutil import copytree, rmtree
from tempfile import mkdtemp
from threading import Thread
from time import monotonic
from types import MappingProxyType
from typing import Any

import httpx
from msgspec.structs import replace
from serving import serving

from connectors.sandbox import Sandbox
from hub.access.accounts import create_key
from hub.app import Process, Site
from hub.composition import Hub, open_hub
from hub.config import load
from hub.observability.observatory import Observatory
from resolvers.access import Role
from resolvers.accounts import NewKey
from resolvers.schema import build_schema

PATIENCE = 60.0
"""Seconds that a source has for its part, where a test says nothing else: no part is late, however slow the machine."""


@dataclass(frozen=True)
class Client:
    """Asks a hub. `hub` is what answers, `sandbox` what stands behind it."""

    http: httpx.AsyncClient
    hub: Hub
    sandbox: Sandbox

    async def post(self, query: str, variables: Mapping[str, Any] | None = None) -> httpx.Response:
        return await self.http.post("/graphql", json={"query": query, "variables": variables or {}})

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data of an answer that must have no error."""
        body = (await self.post(query, variables)).json()
        assert "errors" not in body, body["errors"]
        return body["data"]

    async def errors(self, query: str, **variables: Any) -> list[dict[str, Any]]:
        """The errors of an answer that must have some, and no traceback in any."""
        response = await self.post(query, variables)
        assert response.status_code == 200, response.text
        assert "Traceback" not in response.text
        return response.json()["errors"]


@cache
def started() -> Path:
    """The files of a hub that was started once, and stopped: made once, since that takes longer than most tests."""
    folder = Path(mkdtemp(prefix="hub-of-tests-"))
    atexit.register(rmtree, folder, ignore_errors=True)

    def start_and_stop() -> None:
        file = folder / "hub.toml"
        file.touch()
        hub = open_hub(load({"HUB1000_DATA": str(folder)}, str(file)), sandbox=Sandbox())
        asyncio.run(hub.aclose())

    thread = Thread(target=start_and_stop)  # who calls may be in an event loop
    thread.start()
    thread.join()
    assert {file.suffix for file in folder.iterdir()} == {".sqlite", ".toml"}
    return folder


def configuration(data: Path, toml: str = "", environment: Mapping[str, str] | None = None):
    """A configuration of its own, with its files in `data`: of a hub that was started before, where there are none."""
    if not any(data.glob("*.sqlite")):
        copytree(started(), data, dirs_exist_ok=True)
    file = data / "hub.toml"
    file.write_text(toml, encoding="utf-8")
    config = load({"HUB1000_DATA": str(data), **(environment or {})}, str(file))
    if "deadline" in toml:
        return config
    return replace(config, sources=tuple(replace(source, deadline=PATIENCE) for source in config.sources))


def site(hub: Hub) -> Site:
    """The application of a hub; it sees at once what other processes change."""
    schema = build_schema()
    return Site(hub, Process(schema, Observatory(schema)), look_every=0)


@asynccontextmanager
async def in_process(
    data: Path, toml: str = "", *, role: Role | None = None, environment: Mapping[str, str] | None = None
) -> AsyncIterator[Client]:
    """A hub on the sandbox, reached without a socket; with a new key of a role, when one is given."""
    sandbox = Sandbox()
    hub = open_hub(configuration(data, toml, environment), sandbox=sandbox)
    serving = site(hub)
    transport = httpx.ASGITransport(serving)
    headers = {"authorization": await key_of(hub, role)} if role else {}
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://hub", headers=headers) as http:
            yield Client(http, hub, sandbox)
    finally:
        await serving.aclose()


async def key_of(hub: Hub, role: Role, *, name: str = "essai", **wanted: Any) -> str:
    """The Authorization header of a new key."""
    if role is Role.PARTNER:
        wanted = {"sources": frozenset({"monenfant"}), **wanted}
    _, key = await create_key(hub.access, NewKey(role=role, name=name, **wanted), "test", known=hub.federation.sources)
    return f"Bearer {key}"


@asynccontextmanager
async def over_network(
    data: Path,
    *,
    way: str = "data_inclusion",
    deadlines: Mapping[str, float] = MappingProxyType({}),
    addresses: Mapping[str, str] | None = None,
    clock: Callable[[], float] = monotonic,
) -> AsyncIterator[Client]:
    """A hub with keys, that calls the sandbox's servers over real loopback sockets; `addresses` replaces some.

    `deadlines` are those of sources that have less than `PATIENCE`. What it holds ages by `clock`.
    """
    sandbox = Sandbox()
    async with AsyncExitStack() as stack:
        servers = {
            "annuaire_sante": await stack.enter_async_context(serving(sandbox.annuaire_sante.app)),
            "data_inclusion": await stack.enter_async_context(serving(sandbox.data_inclusion.app)),
            "agreement": await stack.enter_async_context(serving(sandbox.agreement.app)),
            **(addresses or {}),
        }
        toml = f"""
[server]
answer_cache_megabytes = 0  # each question asks the directories
[limits.rates]
address = 0  # one address stands for many clients here
[guards]
allowed_hosts = ["127.0.0.1"]
[sources.registry]
deadline = {deadlines.get("registry", PATIENCE)}
[sources.annuaire_sante]
deadline = {deadlines.get("annuaire_sante", PATIENCE)}
base_url = "{servers["annuaire_sante"]}/fhir/v2"
calls_per_second = 17
[sources.monenfant]
deadline = {deadlines.get("monenfant", PATIENCE)}
way = "{way}"
data_inclusion_url = "{servers["data_inclusion"]}/api/v1"
agreement_url = "{servers["agreement"]}"
"""
        keys = {"HUB1000_KEY_ANNUAIRE_SANTE": "a key", "HUB1000_KEY_MONENFANT": "a token"}
        hub = open_hub(configuration(data, toml, keys), clock=clock)
        stack.push_async_callback(hub.aclose)
        http = httpx.AsyncClient(transport=httpx.ASGITransport(site(hub)), base_url="http://hub")
        yield Client(await stack.enter_async_context(http), hub, sandbox)
