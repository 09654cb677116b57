"""What the pages serve: the schema as text, health, files, and how they may be kept."""

import hashlib
import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

import hub.web
from hub.access.callers import Access
from hub.access.sessions import Sessions
from hub.access.store import in_memory
from hub.web import Pages, graphiql_page, routes
from resolvers.types.enums import SourceStatus

ASSETS = Path(hub.web.__file__).parent / "assets"
GRAPHIQL = "/assets/vendor/graphiql-4.1.2/graphiql.min.js"


class States(dict[str, SourceStatus]):
    """The states of sources, as the hub would tell them."""

    async def __call__(self) -> Mapping[str, str]:
        return self


@pytest.fixture
def states() -> States:
    return States(registry=SourceStatus.ANSWERING, monenfant=SourceStatus.NOT_ASKED_YET)


@pytest.fixture
async def client(states: States) -> AsyncIterator[httpx.AsyncClient]:
    pages = Pages(Sessions(Access(in_memory())), sandbox=False)
    app = Starlette(routes=routes(pages, source_states=states, schema=lambda: "type Query { a: Int }\n"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hub.test") as client:
        yield client


async def test_the_schema_is_served_as_text(client: httpx.AsyncClient) -> None:
    response = await client.get("/schema.graphql")

    assert response.text == "type Query { a: Int }\n"
    assert response.headers["content-type"] == "text/plain; charset=utf-8"


async def test_live_asks_nothing(client: httpx.AsyncClient) -> None:
    response = await client.get("/health/live")

    assert response.json() == {"status": "pass"}
    assert response.headers["content-type"] == "application/health+json"
    assert response.headers["cache-control"] == "no-store"


async def test_ready_passes_while_no_source_fails(client: httpx.AsyncClient) -> None:
    response = await client.get("/health/ready")

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/health+json"
    health = response.json()
    assert health["status"] == "pass"
    assert {source: check["observedValue"] for source, [check] in health["checks"].items()} == {
        "registry": "ANSWERING",
        "monenfant": "NOT_ASKED_YET",
    }


async def test_ready_warns_of_a_failing_source_without_failing(client: httpx.AsyncClient, states: States) -> None:
    states["monenfant"] = SourceStatus.FAILING
    response = await client.get("/health/ready")

    assert response.status_code == 200
    health = response.json()
    assert health["status"] == "warn"
    assert {source: check["status"] for source, [check] in health["checks"].items()} == {
        "registry": "pass",
        "monenfant": "warn",
    }


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        (GRAPHIQL, "text/javascript"),
        ("/assets/vendor/graphiql-4.1.2/graphiql.min.css", "text/css"),
        ("/assets/hub/icon.svg", "image/svg+xml"),
    ],
)
async def test_a_file_has_its_type(client: httpx.AsyncClient, path: str, content_type: str) -> None:
    response = await client.get(path)

    assert response.status_code == 200
    assert response.headers["content-type"].partition(";")[0] == content_type
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_a_versioned_file_is_kept_for_a_year_and_ours_is_compared(client: httpx.AsyncClient) -> None:
    vendored = await client.head(GRAPHIQL)
    ours = await client.head("/assets/hub/page.css")
    again = await client.get("/assets/hub/page.css", headers={"if-none-match": ours.headers["etag"]})

    assert vendored.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert ours.headers["cache-control"] == "no-cache"
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/assets/hub/nothing.css",
        "/assets/hub/",
        "/assets/hub/%2e%2e/LICENSES.md",
        "/assets/hub/..%2f..%2fhome.py",
        "/assets/vendor/%2e%2e/%2e%2e/%2e%2e/%2e%2e/pyproject.toml",
    ],
)
async def test_nothing_else_is_served_and_its_absence_is_not_kept(client: httpx.AsyncClient, path: str) -> None:
    response = await client.get(path)

    assert response.status_code == 404
    assert "cache-control" not in response.headers


async def test_pages_are_only_read(client: httpx.AsyncClient) -> None:
    for path in ("/", "/schema.graphql", "/health/live", "/health/ready", "/assets/hub/page.css"):
        assert (await client.post(path)).status_code == 405


def test_the_vendored_files_are_those_of_npm() -> None:
    licences = (ASSETS / "LICENSES.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| `([^`]+)` \| `([0-9a-f]{64})` \|$", licences, re.MULTILINE))
    files = [path for path in (ASSETS / "vendor").rglob("*.min.*") if path.is_file()]

    assert {
        path.relative_to(ASSETS / "vendor").as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    } == listed


def test_graphiql_can_be_pointed_at_another_endpoint() -> None:
    assert b'"endpoint": "/v1/graphql"' in graphiql_page(endpoint="/v1/graphql").body
