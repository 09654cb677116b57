"""API keys: made once, known by a digest, good until they expire or are revoked, and then for nobody at once."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hubs import Client, configuration, in_process, key_of, site

from connectors.errors import BadData, Unavailable
from hub.access.accounts import create_key
from hub.access.callers import Access, WrongKey
from hub.access.keys import KeyText, new_key, read_key
from hub.access.store import AccessStore, in_memory, open_access
from hub.cli import main
from hub.composition import open_hub
from resolvers.access import Caller, Role
from resolvers.accounts import ApiKey, NewKey

AT = datetime(2026, 5, 4, 12, tzinfo=UTC)
VIEWER = "{ viewer { account name role sources { id } quota { limit seconds left } } }"
CREATE = """mutation ($key: ApiKeyInput!) { createApiKey(input: $key) { secret
  key { id name role sourceIds createdAt createdBy expiresAt revokedAt revokedBy lastUsedAt } } }"""
REVOKE = "mutation ($id: ID!) { revokeApiKey(id: $id) { key { id revokedAt revokedBy } } }"


def test_a_key_can_be_told_from_any_other_text() -> None:
    text = str(new_key())

    assert re.fullmatch(r"hub1000_[0-9a-z]{10}_[0-9A-Za-z]{49}", text)
    assert str(read_key(text)) == text
    assert len({new_key().secret for _ in range(50)}) == 50


@pytest.mark.parametrize("index", range(8, 68))
def test_a_slip_of_the_keyboard_is_no_key(index: int) -> None:
    text = str(KeyText("0123456789", "s" * 43))
    other = "a" if text[index] != "a" else "b"

    assert read_key(text[:index] + other + text[index + 1 :]) is None


def test_a_key_is_not_shown_by_chance() -> None:
    key = new_key()

    assert key.secret not in repr(key)


class Clock:
    def __init__(self) -> None:
        self.now = AT

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def store() -> AccessStore:
    return in_memory()


async def made(store: AccessStore, **wanted) -> tuple[ApiKey, str]:
    asked = {"role": Role.MODERATOR, "name": "Préfecture", "expires_at": None, **wanted}
    return await create_key(store, NewKey(**asked), "key-maker", known={"monenfant"})


async def test_who_a_key_stands_for(store: AccessStore) -> None:
    access = Access(store)
    key, text = await made(store, role=Role.PARTNER, sources=frozenset({"monenfant"}))

    expected = Caller(Role.PARTNER, f"key-{key.id}", "Préfecture", frozenset({"monenfant"}))
    assert access.caller(f"Bearer {text}") == access.caller(f"bearer   {text} ") == expected
    assert access.of_account(f"key-{key.id}") == expected
    assert access.caller(None) == Caller()
    await access.aclose()


async def test_what_opens_nothing(store: AccessStore) -> None:
    access = Access(store)
    key, text = await made(store)
    other_secret = str(KeyText(key.id, new_key().secret))

    for header in (
        "",
        "Bearer",
        "Bearer ",
        text,
        f"Basic {text}",
        f"Bearer {text}x",
        "Bearer é",
        "Bearer " + "x" * 9000,
    ):
        with pytest.raises(WrongKey):
            access.caller(header)
    for wrong in (other_secret, str(new_key())):
        with pytest.raises(WrongKey):
            access.of_key(wrong)


async def test_a_key_ends_when_it_expires_or_is_revoked(store: AccessStore) -> None:
    clock = Clock()
    access = Access(store, clock)
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    key, text = await made(store, expires_at=until)
    clock.now = until - timedelta(seconds=1)
    assert access.of_key(text).role is Role.MODERATOR
    clock.now = until
    with pytest.raises(WrongKey):
        access.of_key(text)
    assert access.of_account(f"key-{key.id}") is None

    await access.aclose()  # its use is noted
    clock.now = AT
    revoked = await store.revoke_key(key.id, "key-maker", AT)
    assert revoked
    assert (revoked.revoked_at, revoked.revoked_by) == (AT, "key-maker")
    with pytest.raises(WrongKey):
        access.of_key(text)
    assert await store.revoke_key(key.id, "key-other", AT + timedelta(days=1)) == revoked, "it stays as it was"
    assert await store.revoke_key("nobody", "key-other", AT) is None


async def test_the_use_of_a_key_is_noted_once_a_minute(store: AccessStore, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    access = Access(store, clock)
    key, text = await made(store)
    writes: list[str] = []
    noting = store.key_used

    async def counted(id_: str, at: datetime) -> None:
        writes.append(id_)
        await noting(id_, at)

    monkeypatch.setattr(store, "key_used", counted)

    async def used(times: int = 3) -> datetime | None:
        for _ in range(times):
            access.of_key(text)
        await access.aclose()
        return store.all_keys()[0].last_used_at

    assert await used() == AT
    clock.now += timedelta(seconds=59)
    assert await used() == AT
    clock.now += timedelta(seconds=1)
    assert await used() == AT + timedelta(seconds=60)
    assert writes == [key.id, key.id]


async def test_a_key_serves_while_its_use_cannot_be_noted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = open_access(tmp_path / "access.sqlite")
    access = Access(store)
    _, text = await made(store)
    with open_other(tmp_path / "access.sqlite"):
        store._database._patience = 0.0  # type: ignore[attr-defined]
        assert access.of_key(text).role is Role.MODERATOR
        await access.aclose()
    assert "the use of a key is not noted" in caplog.text
    await store.aclose()
    with pytest.raises(Unavailable):
        access.of_key(text)


def open_other(path: Path):
    """Another process that writes, for as long as the block lasts."""
    from connectors.sqlite.database import FileDatabase

    return FileDatabase(path, "other").writing()


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ({"name": " "}, "name: 1 to 100 characters"),
        ({"name": "x" * 101}, "name: 1 to 100 characters"),
        ({"name": "a\nb"}, "name: 1 to 100 characters"),
        ({"role": "ANONYMOUS"}, "role: anybody is anonymous"),
        ({"role": "MODERATOR", "sources": ["monenfant"]}, "sources: only a partner"),
        ({"role": "PARTNER"}, "sources: a partner has at least one"),
        ({"role": "PARTNER", "sources": ["monenfant", "x" * 90]}, f"sources: there is no source {'x' * 40}"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "expires: that is over already"),
    ],
)
async def test_keys_that_cannot_be(admin: Client, wanted: dict, why: str) -> None:
    (error,) = await admin.errors(CREATE, key={"name": "Caf", "role": "REGISTRANT", **wanted})

    assert error["extensions"]["code"] == "BAD_INPUT"
    assert error["message"].startswith(f"input.{why}")
    assert len((await admin.ask("{ apiKeys { id } }"))["apiKeys"]) == 1


@pytest.fixture
async def admin(tmp_path: Path):
    async with in_process(tmp_path, role=Role.ADMIN) as client:
        yield client


def stored(folder: Path) -> bytes:
    """All that the database holds on disk, which is for its owner only."""
    files = list(folder.glob("access.sqlite*"))
    assert files
    assert [file.stat().st_mode & 0o077 for file in files] == [0] * len(files)
    return b"".join(file.read_bytes() for file in files)


async def test_an_admin_gives_a_key_and_takes_it_back(admin: Client, tmp_path: Path) -> None:
    me = (await admin.ask(VIEWER))["viewer"]
    wanted = {"name": " Caf ", "role": "PARTNER", "sources": ["monenfant"], "expiresAt": "2100-01-01T00:00:00+01:00"}
    created = (await admin.ask(CREATE, key=wanted))["createApiKey"]
    key, bearer = created["key"], {"authorization": f"Bearer {created['secret']}"}

    assert (key["name"], key["role"], key["sourceIds"], key["createdBy"]) == (
        "Caf", "PARTNER", ["monenfant"], me["account"]
    )  # fmt: skip
    assert datetime.fromisoformat(key["expiresAt"]) == datetime(2099, 12, 31, 23, tzinfo=UTC)
    answer = await admin.http.post("/graphql", json={"query": VIEWER}, headers=bearer)
    partner = answer.json()["data"]["viewer"]
    assert (partner["account"], partner["name"], partner["role"]) == (f"key-{key['id']}", "Caf", "PARTNER")
    assert partner["sources"] == [{"id": "monenfant"}]
    assert answer.headers["cache-control"] == "no-store"

    revoked = (await admin.ask(REVOKE, id=key["id"]))["revokeApiKey"]["key"]
    assert revoked["revokedBy"] == me["account"]
    answer = await admin.http.post("/graphql", json={"query": VIEWER}, headers=bearer)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    (error,) = await admin.errors(REVOKE, id="nobody")
    assert (error["message"], error["extensions"]["code"]) == ("id: there is no such key", "BAD_INPUT")

    listed = (await admin.ask("{ apiKeys { id name revokedAt lastUsedAt } }"))["apiKeys"]
    assert [k["name"] for k in listed] == ["essai", "Caf"]
    assert listed[1]["revokedAt"] == revoked["revokedAt"]
    assert None not in [k["lastUsedAt"] for k in listed]
    disk = stored(tmp_path)
    assert created["secret"].split("_")[2].encode()[:43] not in disk


async def test_anybody_is_nobody_in_particular(client: Client) -> None:
    assert await client.ask(VIEWER) == {"viewer": None}


async def test_the_quota_is_told_as_it_sinks(tmp_path: Path) -> None:
    async with in_process(tmp_path, "[limits.rates]\nkey = 50000\nseconds = 3600", role=Role.REGISTRANT) as client:
        first = (await client.ask(VIEWER))["viewer"]["quota"]
        second = (await client.ask(VIEWER))["viewer"]["quota"]

    assert (first["limit"], first["seconds"]) == (50_000, 3600)
    assert 0 < second["left"] < first["left"] < 50_000


async def test_no_bound_is_told_as_such(tmp_path: Path) -> None:
    async with in_process(tmp_path, "[limits.rates]\nkey = 0", role=Role.REGISTRANT) as client:
        assert (await client.ask(VIEWER))["viewer"]["quota"] == {"limit": 0, "seconds": 60, "left": 0}


async def test_two_accounts_of_one_role_never_share_an_answer(tmp_path: Path) -> None:
    async with in_process(tmp_path) as client:
        keys = [await key_of(client.hub, Role.REGISTRANT, name=name) for name in ("one", "two")]
        query = {"query": "{ viewer { name } }"}
        for _ in range(2):
            answers = await asyncio.gather(
                *(client.http.post("/graphql", json=query, headers={"authorization": key}) for key in keys * 3)
            )
            assert [answer.json()["data"]["viewer"]["name"] for answer in answers] == ["one", "two"] * 3


async def test_one_process_revokes_what_another_one_serves(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hubs = [open_hub(configuration(tmp_path)) for _ in range(2)]
    sites = [site(hub) for hub in hubs]
    access = [Access(hub.access) for hub in hubs]
    bearer = await key_of(hubs[0], Role.MODERATOR)
    id_ = hubs[1].access.all_keys()[0].id
    assert [one.caller(bearer).role for one in access] == [Role.MODERATOR] * 2

    status = await asyncio.to_thread(main, ["admin", "revoke-key", "--data", str(tmp_path), id_])
    for one in access:
        with pytest.raises(WrongKey):
            one.caller(bearer)
        await one.aclose()
    assert (status, "revoked" in capsys.readouterr().out) == (0, True)
    for one in sites:
        await one.aclose()


async def test_while_keys_cannot_be_looked_up_nobody_is_taken_for_anybody(admin: Client) -> None:
    await admin.hub.access.aclose()

    answer = await admin.post(VIEWER)

    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (503, "INTERNAL")


async def test_a_row_that_is_no_key_is_told_as_damage(tmp_path: Path) -> None:
    store = open_access(tmp_path / "access.sqlite")
    key, text = await made(store)
    with store._database.writing() as connection:
        connection.execute("UPDATE api_key SET sources = '[7]' WHERE id = ?", (key.id,))

    with pytest.raises(BadData):
        Access(store).of_key(text)
    await store.aclose()


def run(tmp_path: Path, *arguments: str) -> int:
    action, *rest = arguments
    return main(["admin", action, "--data", str(tmp_path), *rest])


def test_the_first_admin_is_made_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, "create-key", "--role", "admin", "--name", "Ada") == 0
    text, told = capsys.readouterr().out.splitlines()
    key = read_key(text)
    assert key
    assert told.startswith(f"{key.id}  admin  'Ada'  made ")
    assert told.endswith("never used")
    asked = ["--role", "partner", "--source", "monenfant", "--expires", "2100-06-30", "--name", "Caf"]
    assert run(tmp_path, "create-key", *asked) == 0
    partner = capsys.readouterr().out.splitlines()[1]
    assert "partner  monenfant  'Caf'" in partner
    assert "expires 2100-07-01T00:00Z" in partner

    assert run(tmp_path, "revoke-key", key.id) == 0
    capsys.readouterr()
    assert run(tmp_path, "list-keys") == 0
    first, second = capsys.readouterr().out.splitlines()
    assert re.search(r"revoked \S+ by command line  never used$", first)
    assert second == partner
    assert key.secret not in first


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["create-key", "--role", "partner", "--name", "x"], "sources: a partner has at least one"),
        (["create-key", "--role", "partner", "--name", "x", "--source", "y"], "there is no source y"),
        (["create-key", "--role", "admin", "--name", "x", "--expires", "2020-01-01"], "that is over already"),
        (["revoke-key", "nobody"], "there is no key nobody"),
    ],
)
def test_what_the_command_line_refuses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], why: str
) -> None:
    assert run(tmp_path, *arguments) == 2
    assert why in capsys.readouterr().err


@pytest.mark.parametrize("day", ["tomorrow", "2027-02-30", "9999-12-31"])
def test_days_that_are_none(tmp_path: Path, capsys: pytest.CaptureFixture[str], day: str) -> None:
    with pytest.raises(SystemExit):
        run(tmp_path, "create-key", "--role", "admin", "--name", "x", "--expires", day)
    assert "a day is wanted" in capsys.readouterr().err
