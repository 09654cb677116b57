"""Sessions of browsers: begun with a key, for this hub's own pages only, and over at once when they end."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from admin_app import KEY, REGISTRANT, admin_app, keys_in
from hubs import Client, in_process, key_of

from hub.access.forms import MAX_FORM
from hub.access.sessions import COOKIE, LIFE
from hub.access.store import AccessStore, Person, StoredSession, in_memory
from resolvers.access import Role

ORIGIN = "https://hub.test"
SECURE = f"__Host-{COOKIE}"
OWN = {"origin": ORIGIN}
SHOWN = "carte-web"
"""What stands on the page of moderators only."""


class Clock:
    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
async def store() -> AccessStore:
    return await keys_in(in_memory())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def http(store: AccessStore, clock: Clock) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(await admin_app(store=store, clock=clock)) as client:
        yield client


def browser(app, origin: str = ORIGIN) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=origin)


async def log_in(http: httpx.AsyncClient, key: object = KEY, **headers: str) -> httpx.Response:
    return await http.post("/login", data={"key": str(key), "next": "/admin"}, headers={**OWN, **headers})


async def is_in(http: httpx.AsyncClient, **headers: str) -> bool:
    return SHOWN in (await http.get("/admin", headers=headers)).text


def word(page: httpx.Response) -> str:
    return page.text.split('name="csrf" value="')[1].split('"')[0]


async def test_a_browser_logs_in_with_a_key_and_out_again(http: httpx.AsyncClient) -> None:
    form = await http.get("/login?next=/admin")
    assert 'name="next" value="/admin"' in form.text
    answer = await log_in(http)
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin")
    cookie = answer.headers["set-cookie"]
    for part in (f"{SECURE}=", "HttpOnly", "SameSite=lax", "Secure", "Path=/", "Max-Age=28800"):
        assert part in cookie
    assert "Domain" not in cookie
    assert str(KEY) not in cookie
    page = await http.get("/admin")
    assert SHOWN in page.text
    token = http.cookies[SECURE]

    out = await http.post("/logout", data={"csrf": word(page)}, headers=OWN)
    assert (out.status_code, out.headers["location"]) == (303, "/login")
    assert SECURE not in http.cookies
    assert not await is_in(http, cookie=f"{SECURE}={token}"), "the cookie is worth nothing, whoever copied it"


async def test_over_plain_http_the_cookie_is_still_given(store: AccessStore) -> None:
    async with browser(await admin_app(store=store), "http://127.0.0.1:8000") as http:
        answer = await http.post("/login", data={"key": str(KEY)})

        assert "Secure" not in answer.headers["set-cookie"]
        assert answer.headers["set-cookie"].startswith(f"{COOKIE}=")
        assert await is_in(http)


async def test_over_https_a_cookie_that_any_neighbour_can_set_is_not_read(
    http: httpx.AsyncClient, store: AccessStore
) -> None:
    await log_in(http)
    token = http.cookies[SECURE]
    http.cookies.clear()

    assert not await is_in(http, cookie=f"{COOKIE}={token}")
    assert await is_in(http, cookie=f"{SECURE}={token}")


async def test_each_login_has_a_session_of_its_own_and_ends_the_one_before(http: httpx.AsyncClient) -> None:
    prepared = "a" * 43
    http.cookies.set(SECURE, prepared, domain="hub.test")
    await log_in(http)
    first = http.cookies[SECURE]
    await log_in(http)
    second = http.cookies[SECURE]
    http.cookies.clear()

    assert len({prepared, first, second}) == 3
    assert [await is_in(http, cookie=f"{SECURE}={token}") for token in (prepared, first, second)] == [
        False, False, True
    ]  # fmt: skip


async def test_a_session_ends_by_itself(http: httpx.AsyncClient, clock: Clock, store: AccessStore) -> None:
    await log_in(http)
    clock.now += timedelta(seconds=LIFE - 2)
    assert await is_in(http)
    clock.now += timedelta(seconds=2)
    assert not await is_in(http)

    await log_in(http)
    with store._database.reading() as connection:
        assert connection.execute("SELECT count(*) FROM session").fetchone()[0] == 1, "what is over is removed"


async def test_a_session_ends_with_its_key(http: httpx.AsyncClient, store: AccessStore) -> None:
    await log_in(http)
    assert await is_in(http)
    await store.revoke_key(KEY.id, "test", datetime.now(UTC))
    assert not await is_in(http)


async def test_a_session_ends_with_its_person(http: httpx.AsyncClient, store: AccessStore) -> None:
    at = datetime.now(UTC)
    person = Person(account="person-x", role=Role.MODERATOR, name="Ada")
    await store.saw_person(person, at)
    session = StoredSession(account=person.account, expires_at=int(at.timestamp()) + 60)
    await store.begin_session("token", session, at, instead=None)
    assert store.person("person-x") == person
    assert await is_in(http, cookie=f"{SECURE}=token")

    await store.forget("person-x")
    assert store.person("person-x") is None
    assert store.session("token", at) is None
    await store.begin_session("token", session, at, instead=None)
    assert not await is_in(http, cookie=f"{SECURE}=token"), "there is nobody whose session it could be"


async def test_who_has_not_the_role_is_told_so_and_may_leave(http: httpx.AsyncClient) -> None:
    await log_in(http, REGISTRANT)
    page = await http.get("/admin")
    assert page.status_code == 403
    assert SHOWN not in page.text

    await http.post("/logout", data={"csrf": word(page)}, headers=OWN)
    assert (await http.get("/admin")).status_code == 303


@pytest.mark.parametrize("key", ["", "wrong", f"{KEY}x", "é", f" {str(KEY)[:-1]}"])
async def test_a_wrong_key_is_refused(http: httpx.AsyncClient, key: str) -> None:
    answer = await log_in(http, key)

    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert 'role="alert"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert 'name="next" value="/admin"' in answer.text


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", f"key={KEY}&x={'a' * MAX_FORM}"),
        ("application/x-www-form-urlencoded", "&".join(f"a{i}=1" for i in range(20)) + f"&key={KEY}"),
        ("application/x-www-form-urlencoded", b"key=\xff\xfe"),
        ("multipart/form-data; boundary=x", f"key={KEY}"),
        ("text/plain", f"key={KEY}"),
    ],
)
async def test_what_is_no_small_form_is_refused(http: httpx.AsyncClient, content_type: str, body: str | bytes) -> None:
    answer = await http.post("/login", content=body, headers={"content-type": content_type})

    assert answer.status_code == 401


FOREIGN = [
    {"origin": "https://evil.test"},
    {"origin": "null"},
    {"origin": "http://hub.test"},
    {"origin": ORIGIN, "sec-fetch-site": "cross-site"},
    {"origin": ORIGIN, "sec-fetch-site": "same-site"},
    {"origin": ORIGIN, "sec-fetch-site": "none"},
]


@pytest.mark.parametrize("headers", FOREIGN)
async def test_no_other_site_can_log_a_browser_in_or_out(http: httpx.AsyncClient, headers: dict[str, str]) -> None:
    assert (await log_in(http, **headers)).status_code == 403
    await log_in(http)
    csrf = word(await http.get("/admin"))
    assert (await http.post("/logout", data={"csrf": csrf}, headers=headers)).status_code == 403

    assert await is_in(http)


async def test_a_form_without_the_word_of_the_session_is_not_taken(http: httpx.AsyncClient) -> None:
    await log_in(http)
    other = word(await http.get("/admin"))
    await log_in(http)
    for wrong in ({}, {"csrf": ""}, {"csrf": "é"}, {"csrf": other}):
        assert (await http.post("/logout", data=wrong, headers=OWN)).status_code == 403
    assert await is_in(http)


async def test_a_browser_that_tells_its_own_page_is_believed(http: httpx.AsyncClient) -> None:
    answer = await log_in(http, **{"origin": "null", "sec-fetch-site": "same-origin"})

    assert answer.status_code == 303


async def test_logging_out_twice_is_no_fault(http: httpx.AsyncClient) -> None:
    assert (await http.post("/logout", headers=OWN)).headers["location"] == "/login"


@pytest.mark.parametrize(
    ("then", "goes_to"),
    [
        ("/admin?client=a%20b#champs", "/admin?client=a%20b#champs"),
        ("/", "/"),
        ("//evil.test", "/"),
        ("/\\evil.test", "/"),
        ("https://evil.test", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nset-cookie: x=1", "/"),
        ("/<script>", "/"),
        ("", "/"),
    ],
)
async def test_logging_in_leads_to_a_page_of_the_hub_only(http: httpx.AsyncClient, then: str, goes_to: str) -> None:
    answer = await http.post("/login", data={"key": str(KEY), "next": then}, headers=OWN)

    assert answer.headers["location"] == goes_to


QUERY = {"query": "{ viewer { role } linkSuggestions { nodes { link { id } } } }"}


@pytest.fixture
async def inside(tmp_path: Path) -> AsyncIterator[Client]:
    """A hub, and a browser with a moderator's session."""
    async with in_process(tmp_path) as client:
        key = (await key_of(client.hub, Role.MODERATOR)).removeprefix("Bearer ")
        answer = await client.http.post("/login", data={"key": key}, headers={"origin": "http://hub"})
        assert answer.status_code == 303
        yield client


@pytest.mark.parametrize("headers", [{"origin": "http://hub"}, {"sec-fetch-site": "same-origin"}])
async def test_a_script_of_our_pages_asks_as_who_is_logged_in(inside: Client, headers: dict[str, str]) -> None:
    answer = await inside.http.post("/graphql", json=QUERY, headers=headers)

    assert answer.json()["data"]["viewer"] == {"role": "MODERATOR"}
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://evil.test"},
        {"origin": "null"},
        {"origin": "http://hub", "sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
    ],
)
async def test_a_cookie_counts_for_nothing_when_another_site_asks(inside: Client, headers: dict[str, str]) -> None:
    answer = (await inside.http.post("/graphql", json=QUERY, headers=headers)).json()

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["UNAUTHENTICATED"]
    assert "MODERATOR" not in str(answer["data"])


async def test_answers_that_caches_may_keep_never_depend_on_a_cookie(inside: Client) -> None:
    own = {"origin": "http://hub", "sec-fetch-site": "same-origin"}
    answer = await inside.http.get("/graphql", params={"query": "{ viewer { role } }"}, headers=own)
    form = await inside.http.post("/graphql", data=QUERY, headers=own)
    text = await inside.http.post(
        "/graphql", content=b'{"query": "{ viewer { role } }"}', headers={**own, "content-type": "text/plain"}
    )

    assert answer.json() == {"data": {"viewer": None}}
    assert (form.status_code, text.status_code) == (415, 415)


async def test_a_key_comes_before_the_cookie(inside: Client) -> None:
    own = {"origin": "http://hub"}
    registrant = await key_of(inside.hub, Role.REGISTRANT)
    known = await inside.http.post("/graphql", json=QUERY, headers={**own, "authorization": registrant})
    wrong = await inside.http.post("/graphql", json=QUERY, headers={**own, "authorization": "Bearer wrong"})

    assert [error["extensions"]["code"] for error in known.json()["errors"]] == ["FORBIDDEN"]
    assert wrong.status_code == 401


async def test_what_was_asked_by_a_cookie_is_not_given_to_others(inside: Client) -> None:
    own = {"origin": "http://hub"}
    query = {"query": "{ priorities { code } viewer { name } }"}
    for _ in range(3):
        known = await inside.http.post("/graphql", json=query, headers=own)
        anybody = await inside.http.post("/graphql", json=query, headers={**own, "cookie": ""})
        assert known.json()["data"]["viewer"] == {"name": "essai"}
        assert anybody.json()["data"]["viewer"] is None


@pytest.mark.parametrize(("proxy", "name"), [("127.0.0.1/32", SECURE), ("10.0.0.1/32", COOKIE)])
async def test_our_own_proxy_tells_that_a_browser_speaks_https(tmp_path: Path, proxy: str, name: str) -> None:
    async with in_process(tmp_path, f'[limits.callers]\nproxies = ["{proxy}"]') as client:
        key = (await key_of(client.hub, Role.MODERATOR)).removeprefix("Bearer ")
        headers = {"x-forwarded-proto": "https", "sec-fetch-site": "same-origin"}
        answer = await client.http.post("/login", data={"key": key}, headers=headers)

    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{name}=")
    assert ("Secure" in cookie) is (name == SECURE)
