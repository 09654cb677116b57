"""A process that is killed while it sends loses no change, and the same message comes again."""

import asyncio
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from changing import Changing
from receiving import CREATE, QUICK, changes_in, is_signed, receiver
from starlette.responses import Response


@asynccontextmanager
async def running(folder: Path, key: str) -> AsyncIterator[tuple[Changing, asyncio.subprocess.Process]]:
    """`hub1000 serve`, to be killed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hub.cli", "serve", "--port", "0", "--config", str(folder / "hub.toml"), "--data",
        str(folder), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout
    found = re.search(r"http://[\d.:]+", (await process.stdout.readline()).decode())
    assert found
    try:
        async with httpx.AsyncClient(base_url=found[0], timeout=30) as http:
            yield Changing(http, key), process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def new_key(folder: Path, *role: str) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hub.cli", "admin", "create-key", "--name", "essai", *role, "--config",
        str(folder / "hub.toml"), "--data", str(folder), stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await process.communicate()
    found = re.search(r"hub1000_\w+", out.decode())
    assert found, out
    return f"Bearer {found[0]}"


@pytest.mark.long
async def test_killed_while_sending(tmp_path: Path) -> None:
    (tmp_path / "hub.toml").write_text(QUICK.replace("deadline = 5.0", "deadline = 1.0"), encoding="utf-8")
    admin = await new_key(tmp_path, "--role", "admin")
    partner_key = await new_key(tmp_path, "--role", "partner", "--source", "monenfant")
    async with receiver() as partner:
        never = asyncio.Event()

        async def hang() -> Response:
            await never.wait()
            return Response()

        partner.answer = lambda _: hang()
        async with running(tmp_path, admin) as (hub, process):
            made = await hub.ask(CREATE, partner_key, input={"url": partner.url})
            first = (await hub.validated())["structures"][0]["id"]
            cut = await partner.next()
            process.send_signal(signal.SIGKILL)
            await process.wait()
        partner.answer = lambda _: Response()
        async with running(tmp_path, admin) as (hub, process):
            second = (await hub.validated())["structures"][0]["id"]
            again = await partner.next()
            assert again["headers"]["webhook-id"] == cut["headers"]["webhook-id"]
            assert again["body"] == cut["body"]
            assert [i for c in changes_in(again) for i in c["ids"]] == [first]
            assert is_signed(again, made["secret"])
            assert await partner.ids(1) == [second]
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(60):
                assert await process.wait() == 0
        never.set()
        assert partner.received.empty()
