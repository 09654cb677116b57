"""The administration page: who may see it, what it tells, and /metrics beside it."""

import re
from collections.abc import AsyncIterator
from html.parser import HTMLParser

import httpx
import pytest
from admin_app import HOSTILE, KEY, REGISTRANT, SCHEMA, admin_app

from hub.observability.observatory import Observatory
from hub.observability.settings import MetricsAccess
from hub.web.words import duration, moment, number, share

ORIGIN = "https://hub.test"
BEARER = {"authorization": f"Bearer {KEY}"}


def client_of(app, *, origin: str = ORIGIN, address: str = "127.0.0.1") -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, client=(address, 1)), base_url=origin)


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(await admin_app()) as client:
        yield client


class Structure(HTMLParser):
    """Tags that stay open, ids, and what is inline."""

    VOID = frozenset({"meta", "link", "input", "br"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.inline: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.inline += [name for name, _ in attrs if name == "style" or name.startswith("on")]
        self.inline += [tag] if tag in {"script", "style"} else []

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


async def test_the_page_is_for_moderators(http: httpx.AsyncClient) -> None:
    anybody = await http.get("/admin")
    registrant = await http.get("/admin", headers={"authorization": f"Bearer {REGISTRANT}"})

    assert (anybody.status_code, anybody.headers["location"]) == (303, "/login?next=%2Fadmin")
    assert registrant.status_code == 403
    assert "réservée à la modération" in registrant.text
    for answer in (anybody, registrant):
        assert "carte-web" not in answer.text
        assert answer.headers["cache-control"] == "no-store"


async def test_a_program_brings_its_key_in_a_header(http: httpx.AsyncClient) -> None:
    assert "carte-web" in (await http.get("/admin", headers=BEARER)).text
    assert "carte-web" not in (await http.get("/admin", headers={"authorization": "Bearer wrong"})).text


@pytest.mark.parametrize(("path", "headers"), [("/admin", BEARER), ("/login", {}), ("/admin?client=x", BEARER)])
async def test_the_pages_are_whole_and_hold_nothing_inline(
    http: httpx.AsyncClient, path: str, headers: dict[str, str]
) -> None:
    page = await http.get(path, headers=headers)
    structure = Structure(page.text)

    assert structure.open == []
    assert structure.inline == []
    assert len(structure.ids) == len(set(structure.ids))
    named = " ".join(re.findall(r'aria-(?:labelledby|describedby)="([^"]+)"', page.text)).split()
    assert set(named) <= set(structure.ids)
    assert page.headers["cache-control"] == "no-store"
    policy = page.headers["content-security-policy"]
    assert "form-action 'self'" in policy
    assert "unsafe-inline" not in policy
    assert page.headers["referrer-policy"] == "same-origin"
    for file in re.findall(r'(?:href|src)="(/assets/[^"]+)"', page.text):
        assert (await http.get(file)).status_code == 200


async def test_each_source_is_told_with_its_state(http: httpx.AsyncClient) -> None:
    page = (await http.get("/admin", headers=BEARER)).text
    cards = dict(re.findall(r'<li data-source="(\w+)">(.*?)</li>', page, flags=re.DOTALL))

    assert list(cards) == ["registry", "monenfant", "partner"]
    assert "ne répond pas pour le moment (données fictives)" in cards["monenfant"]
    assert "ouvert : il n’est plus appelé (ouvertures : 1)" in cards["monenfant"]
    assert "1 (50,0 %)" in cards["monenfant"].replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert "77,8 % de 45" in cards["monenfant"].replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert "indisponible, « no answer" in cards["monenfant"]
    assert "disjoncteur ouvert 1" in cards["monenfant"]
    assert "<polyline" in cards["registry"]
    assert 'class="failed"' in cards["registry"]
    assert "Aucun appel depuis une heure." in cards["partner"]


async def test_operations_and_fields_are_told_by_client(http: httpx.AsyncClient) -> None:
    page = (await http.get("/admin", headers=BEARER)).text
    operations, fields = page.split('id="champs"')

    assert re.findall(r'<tr><th scope="row">(\w+|\(unnamed\))</th>', operations.split('id="operations"')[1]) == [
        "Nearby",
        "Phones",
        "(unnamed)",
    ]
    rows = dict(re.findall(r'<th scope="row"><code>([\w.]+)</code>[^<]*</th><td>([^<]*)</td>', fields))
    assert rows == {"Query.structures": "10", "Structure.id": "8", "Structure.name": "7", "Structure.phone": "2"}
    assert "<code>Structure.phone</code> (déprécié)" in fields
    assert "Jamais demandés : 1" in fields
    assert "<li><code>Query.never</code></li>" in fields


async def test_the_fields_of_one_client_can_be_asked(http: httpx.AsyncClient) -> None:
    page = (await http.get("/admin?client=carte-web", headers=BEARER)).text
    rows = dict(re.findall(r'<th scope="row"><code>([\w.]+)</code>[^<]*</th><td>([^<]*)</td>', page))

    assert rows == {"Query.structures": "7", "Structure.id": "7", "Structure.name": "7"}
    assert 'href="/admin?client=carte-web#champs" aria-current="true"' in page
    nobody = (await http.get("/admin?client=nobody", headers=BEARER)).text
    assert "Aucun champ." in nobody


async def test_what_others_chose_is_text_and_nothing_else(http: httpx.AsyncClient) -> None:
    for path in ("/admin", f"/admin?client=x{HOSTILE}", '/admin?client="><script>'):
        page = (await http.get(path, headers=BEARER)).text

        assert "<script" not in page
        assert "&lt;script&gt;alert(1)" in page


async def test_a_hub_that_has_done_nothing_yet_shows_a_page() -> None:
    async with client_of(await admin_app(observatory=Observatory(SCHEMA))) as http:
        page = (await http.get("/admin", headers=BEARER)).text

    assert "Aucune opération n’a encore été exécutée." in page
    assert page.count("Aucun appel depuis une heure.") == 3


@pytest.mark.parametrize(
    ("access", "address", "headers", "status"),
    [
        ("local", "127.0.0.1", {}, 200),
        ("local", "::1", {}, 200),
        ("local", "127.0.0.1", {"x-forwarded-for": "127.0.0.1"}, 401),
        ("local", "127.0.0.1", {"forwarded": "for=127.0.0.1"}, 401),
        ("local", "192.0.2.1", {}, 401),
        ("local", "testclient", {}, 401),
        ("local", "192.0.2.1", BEARER, 200),
        ("token", "127.0.0.1", {}, 401),
        ("token", "127.0.0.1", BEARER, 200),
        ("token", "127.0.0.1", {"authorization": "Bearer wrong"}, 401),
        ("anybody", "192.0.2.1", {}, 200),
        ("off", "127.0.0.1", BEARER, 404),
    ],
)
async def test_who_may_read_the_metrics(
    access: MetricsAccess, address: str, headers: dict[str, str], status: int
) -> None:
    async with client_of(await admin_app(access=access), address=address) as http:
        answer = await http.get("/metrics", headers=headers)

    assert answer.status_code == status
    assert ("hub1000_source_calls_total{" in answer.text) is (status == 200)
    if status == 401:
        assert answer.headers["www-authenticate"] == "Bearer"


def test_numbers_are_told_as_in_french() -> None:
    shown = [number(1234567), share(1, 8), share(1, 0), duration(0.0004), duration(0.0125), duration(1.254)]

    assert [text.replace("\N{NARROW NO-BREAK SPACE}", " ") for text in shown] == [
        "1 234 567", "12,5 %", "–", "0,4 ms", "12 ms", "1,25 s"
    ]  # fmt: skip
    assert moment(None) == "–"
    assert moment(1_750_000_000) == '<time datetime="2025-06-15T15:06:40Z">15/06/2025 à 17:06:40</time>'
