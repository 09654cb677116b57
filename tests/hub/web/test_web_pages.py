"""The HTML of the pages: nothing from elsewhere, nothing inline, and readable by everyone."""

import json
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from graphql import OperationDefinitionNode, parse
from hubs import in_process
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import hub.web
from hub.access.callers import Access
from hub.access.sessions import Sessions
from hub.access.store import in_memory
from hub.web import Pages, examples, graphiql_page, routes

PAGES = ("/", "/graphql")
CSS = Path(hub.web.__file__).parent / "assets" / "hub" / "page.css"

Attributes = dict[str, str]


class Elements(HTMLParser):
    """The elements of a page, in order, each with the text that comes right after its start tag."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, Attributes, list[str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}, []))

    def handle_data(self, data: str) -> None:
        if self.found:
            self.found[-1][2].append(data)

    def named(self, *tags: str) -> list[Attributes]:
        return [attributes for tag, attributes, _ in self.found if tag in tags]

    def text(self, id_: str) -> str:
        [text] = ["".join(data) for _, attributes, data in self.found if attributes.get("id") == id_]
        return text


async def no_sources() -> Mapping[str, str]:
    return {}


def client(*, sandbox: bool = False) -> httpx.AsyncClient:
    async def graphiql(_: Request) -> Response:
        return graphiql_page(sandbox=sandbox)

    shown = Pages(Sessions(Access(in_memory())), sandbox=sandbox)
    pages = routes(shown, source_states=no_sources, schema=lambda: "type Query { a: Int }")
    app = Starlette(routes=[Route("/graphql", graphiql), *pages])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://hub.test")


async def elements(path: str) -> Elements:
    async with client() as http:
        response = await http.get(path)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return Elements(response.text)


@pytest.mark.parametrize("path", PAGES)
async def test_every_file_of_a_page_is_the_hubs_own_and_is_served(path: str) -> None:
    page = await elements(path)
    links = [link["href"] for link in page.named("link")]
    files = links + [s["src"] for s in page.named("script", "img") if "src" in s]

    assert len(files) >= 4
    async with client() as http:
        for file in files:
            assert file.startswith("/assets/")
            assert (await http.get(file)).status_code == 200


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_holds_no_script_and_no_style(path: str) -> None:
    page = await elements(path)

    assert [s for s in page.named("script") if "src" not in s and s.get("type") != "application/json"] == []
    assert page.named("style") == []
    assert [name for _, attributes, _ in page.found for name in attributes if name == "style" or name[:2] == "on"] == []


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_forbids_what_does_not_come_from_the_hub(path: str) -> None:
    async with client() as http:
        headers = (await http.get(path)).headers

    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-cache"
    assert "unsafe" not in headers["content-security-policy"]


async def test_style_elements_of_graphiql_carry_a_mark_that_nobody_can_foresee() -> None:
    marks = set()
    async with client() as http:
        for _ in range(2):
            response = await http.get("/graphql")
            [script] = [s for s in Elements(response.text).named("script") if "nonce" in s]
            assert f"style-src 'self' 'nonce-{script['nonce']}'" in response.headers["content-security-policy"]
            marks.add(script["nonce"])
    assert len(marks) == 2
    assert min(len(mark) for mark in marks) >= 20


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_has_language_title_landmarks_and_one_heading(path: str) -> None:
    page = await elements(path)
    ids = [attributes["id"] for _, attributes, _ in page.found if "id" in attributes]
    named_by = [attributes["aria-labelledby"] for _, attributes, _ in page.found if "aria-labelledby" in attributes]

    assert page.named("html") == [{"lang": "fr"}]
    assert len(page.named("title")) == len(page.named("main")) == len(page.named("header")) == 1
    assert len(page.named("h1")) == 1
    assert len(ids) == len(set(ids))
    assert set(named_by) <= set(ids)


async def test_the_front_page_leads_on_to_api_directories_and_parents_tools(tmp_path: Path) -> None:
    page = await elements("/")
    targets = {link["href"] for link in page.named("a")}

    assert {
        "/graphql",
        "/schema.graphql",
        "/health/ready",
        "https://monenfant.fr",
        "https://www.sante.fr",
        "https://www.1000-premiers-jours.fr",
    } <= targets
    async with in_process(tmp_path) as whole:
        home = (await whole.http.get("/")).text
        assert "Pour les parents, ils demeurent les outils de référence" in home
        for target in sorted(targets):
            if target.startswith("/"):
                answer = await whole.http.get(target, headers={"accept": "text/html"}, follow_redirects=True)
                assert answer.status_code == 200, target


@pytest.mark.parametrize("path", PAGES)
async def test_fictitious_data_are_announced_only_when_they_are_served(path: str) -> None:
    async with client(sandbox=True) as http:
        assert "données fictives" in (await http.get(path)).text
    async with client(sandbox=False) as http:
        assert "fictives" not in (await http.get(path)).text


async def test_the_example_command_names_this_hub_and_no_host_name_can_enter_the_html() -> None:
    async with client() as http:
        assert "curl https://hub.test/graphql" in (await http.get("/")).text
        hostile = await http.get("/", headers={"host": "hub.test<script>alert(1)</script>"})
    assert "<script>alert" not in hostile.text


async def test_graphiql_is_given_its_endpoint_and_examples_even_ones_that_hold_markup(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = await elements("/graphql")
    settings = json.loads(page.text("graphiql-settings"))

    assert settings == {"endpoint": "/graphql", "examples": list(examples())}

    hostile = "# </script><script>alert(1)</script>\n{ a }"
    monkeypatch.setattr("hub.web.graphiql.examples", lambda: (hostile,))
    body = bytes(graphiql_page().body).decode()
    assert "<script>alert" not in body
    assert json.loads(Elements(body).text("graphiql-settings"))["examples"] == [hostile]


def test_the_five_examples_are_named_queries_with_a_french_comment() -> None:
    names = []
    for query in examples():
        [definition] = parse(query).definitions
        assert isinstance(definition, OperationDefinitionNode)
        assert definition.name
        names.append(definition.name.value)
        assert re.match(r"# (Qui|Les|La) ", query)

    assert names == [
        "EveillerAutourDeDijon",
        "AccueilDuJeuneEnfant",
        "SagesFemmesAutourDeBesancon",
        "ActionsEtPorteurs",
        "NomenclaturesEtSources",
    ]


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb (WCAG 2.2)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_stands_out_from_its_ground(theme: int) -> None:
    palette = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", CSS.read_text().split("@media")[theme]))
    pairs = [(text, ground) for text in ("text", "quiet", "accent") for ground in ("ground", "surface")]
    pairs += [("notice-text", "notice"), ("accent-text", "accent"), ("pass", "surface"), ("warn", "surface")]
    for text, ground in pairs:
        low, high = sorted((luminance(palette[text]), luminance(palette[ground])))
        assert (high + 0.05) / (low + 0.05) >= 4.5, (text, ground)
