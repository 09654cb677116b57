"""The hub passes every audit of the GraphQL over HTTP specification (npm package `graphql-http`)."""

import asyncio
import json
import os
import shutil
from pathlib import Path

import pytest

HERE = Path(__file__).parent
NODE = shutil.which("node")
READY = NODE is not None and (HERE / "node_modules" / "graphql-http").is_dir()

if not READY and not os.environ.get("CI"):
    pytest.skip("needs Node, and `npm ci` in tests/graphql_http", allow_module_level=True)


async def audit(url: str) -> list[dict[str, object]]:
    assert NODE, "Node is not installed"
    process = await asyncio.create_subprocess_exec(
        NODE, HERE / "audit.mjs", url, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return json.loads(out)


async def test_every_audit_passes_may_and_should_included(hub_url: str) -> None:
    results = await audit(f"{hub_url}/graphql")

    assert len(results) == 61
    assert [result for result in results if result["status"] != "ok"] == []


async def test_an_endpoint_that_is_not_graphql_fails_audits_of_every_strength(hub_url: str) -> None:
    results = await audit(f"{hub_url}/health/live")

    assert {"error", "warn", "notice"} <= {result["status"] for result in results}
