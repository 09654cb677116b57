"""Changes sent to partners: signed, in order, at least once, whatever the receiver does."""

import asyncio
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from changing import WITHDRAW
from eventually import eventually
from hubs import key_of
from receiving import CREATE, DELETE, MINE, QUICK, REPLAY, Partnered, changes_in, is_signed, partnered, receiver
from starlette.responses import RedirectResponse, Response

from connectors.errors import Unavailable
from resolvers.access import Role

LASTING = QUICK.replace("[0.01, 0.02, 0.01]", "[0.01, 600]")


async def test_changes_come_signed_and_in_order(tmp_path: Path) -> None:
    async with receiver() as partner, partnered(tmp_path) as desk:
        early = await desk.validated()
        start = await desk.cursor()
        made = await desk.webhook(partner.url)
        ids = [(await desk.validated())["structures"][0]["id"] for _ in range(3)]
        await desk.ask(WITHDRAW, id=early["id"])

        got: list[Any] = []
        while sum(len(changes_in(one)) for one in got) < 4:
            got.append(await partner.next())
        changes = [change for one in got for change in changes_in(one)]
        assert [(c["kind"], c["ids"]) for c in changes] == [
            *(("CREATED", [id_]) for id_ in ids), ("WITHDRAWN", [early["structures"][0]["id"]]),
        ]  # fmt: skip
        assert [c["id"] for c in changes] == [c["cursor"] for c in await desk.feed(start)]
        for one in got:
            assert is_signed(one, made["secret"])
            assert not is_signed(one, "whsec_" + "A" * 44)
            assert set(json.loads(one["body"])) == {"type", "timestamp", "data"}
        assert len({one["headers"]["webhook-id"] for one in got}) == len(got)
        webhook = await desk.until(lambda w: w["cursor"] == changes[-1]["id"])
        assert (webhook["problem"], webhook["failingSince"]) == (None, None)
        assert webhook["deliveredAt"]
        assert partner.received.empty()


async def test_only_what_is_wanted_comes(tmp_path: Path) -> None:
    async with receiver() as partner, partnered(tmp_path) as desk:
        await desk.webhook(partner.url, kinds=["WITHDRAWN"], sources=["registry"])
        await desk.webhook(f"{partner.url}/others", sources=["monenfant"])
        made = await desk.validated()
        await desk.ask(WITHDRAW, id=made["id"])

        got = await partner.next()
        assert got["path"] == "/changes"
        assert [c["kind"] for c in changes_in(got)] == ["WITHDRAWN"]
        end = await desk.cursor()
        await desk.until(lambda w: w["cursor"] == end)
        assert [w["cursor"] for w in await desk.mine()] == [end, end]
        assert partner.received.empty()


async def test_what_is_not_taken_comes_again_the_same(tmp_path: Path) -> None:
    async with receiver() as partner, partnered(tmp_path) as desk:
        statuses = [500, 503, 204]
        partner.answer = lambda _: Response("x" * 100_000, statuses.pop(0) if statuses else 204)
        secret = (await desk.webhook(partner.url))["secret"]
        first = (await desk.validated())["structures"][0]["id"]
        got = [await partner.next()]
        second = (await desk.validated())["structures"][0]["id"]
        got += [await partner.next(), await partner.next()]

        assert len({one["headers"]["webhook-id"] for one in got}) == 1
        assert len({one["body"] for one in got}) == 1
        assert all(is_signed(one, secret) for one in got)
        assert [i for c in changes_in(got[0]) for i in c["ids"]] == [first]
        assert await partner.ids(1) == [second]


async def test_a_receiver_that_hangs_costs_its_own_deliveries_only(tmp_path: Path) -> None:
    async with receiver() as partner, partnered(tmp_path, LASTING.replace("5.0", "0.2")) as desk:
        never = asyncio.Event()

        async def hang(path: str) -> Response:
            if path.endswith("slow"):
                await never.wait()
            return Response()

        partner.answer = lambda got: hang(got["path"])
        await desk.webhook(f"{partner.url}/slow")
        await desk.webhook(f"{partner.url}/quick")
        made = (await desk.validated())["structures"][0]["id"]

        paths = [(await partner.next())["path"] for _ in range(3)]
        assert sorted(paths) == ["/changes/quick", "/changes/slow", "/changes/slow"]
        webhook = await desk.until(lambda w: w["problem"] is not None)
        assert webhook["problem"] == "no answer in time"
        assert webhook["failingSince"]
        end = (await desk.feed())[-1]
        assert end["ids"] == [made]
        assert [w["cursor"] == end["cursor"] for w in await desk.mine()] == [False, True]
        never.set()


async def test_what_cannot_be_delivered_is_laid_aside_and_can_be_replayed(tmp_path: Path) -> None:
    async with receiver() as partner, partnered(tmp_path) as desk:
        broken = True
        partner.answer = lambda _: Response(status_code=500 if broken else 200)
        start = await desk.cursor()
        id_ = (await desk.webhook(partner.url))["webhook"]["id"]
        lost = (await desk.validated())["structures"][0]["id"]
        webhook = await desk.until(lambda w: w["deadLetters"])
        (letter,) = webhook["deadLetters"]
        got = [await partner.next() for _ in range(4)]
        assert {one["headers"]["webhook-id"] for one in got} == {letter["messageId"]}
        assert (letter["attempts"], letter["problem"], letter["since"]) == (4, "HTTP 500", start)
        assert webhook["disabledAt"] is None

        broken = False
        done = await desk.ask(REPLAY, desk.partner, id=id_, since=letter["since"])
        assert done == {"__typename": "Webhook", "id": id_, "disabledAt": None}
        assert await partner.ids(1) == [lost]
        await desk.until(lambda w: w["problem"] is None and w["cursor"] != start)


@pytest.mark.parametrize("status", [301, 302, 307])
async def test_redirects_are_not_followed(tmp_path: Path, status: int) -> None:
    async with receiver() as partner, partnered(tmp_path, LASTING) as desk:
        partner.answer = lambda _: RedirectResponse("/elsewhere", status)
        await desk.webhook(partner.url)
        await desk.validated()

        assert [(await partner.next())["path"] for _ in range(2)] == ["/changes", "/changes"]
        assert (await desk.until(lambda w: w["problem"]))["problem"] == f"HTTP {status}"
        assert partner.received.empty()


async def test_a_receiver_may_say_when_to_come_again(tmp_path: Path) -> None:
    async with receiver() as partner, partnered(tmp_path) as desk:
        partner.answer = lambda _: Response(status_code=429, headers={"retry-after": "3600"})
        await desk.webhook(partner.url)
        await desk.validated()
        await partner.next()

        webhook = await desk.until(lambda w: w["problem"])
        assert webhook["problem"] == "HTTP 429"
        due = await desk.site.hub.webhooks.next_due(await desk.site.hub.federation.feed.latest())
        assert due is not None
        assert due - _seconds(webhook["failingSince"]) == pytest.approx(3600, abs=1)


async def test_one_that_is_gone_is_disabled_and_its_owner_is_told(tmp_path: Path) -> None:
    async with receiver() as partner, partnered(tmp_path) as desk:
        partner.answer = lambda _: Response(status_code=410)
        made = await desk.webhook(partner.url, noticeEmail="annuaire@caf.example.org")
        await desk.validated()
        await partner.next()

        webhook = await desk.until(lambda w: w["disabledAt"])
        assert webhook["problem"].startswith("HTTP 410")
        letter = await _letter(tmp_path)
        assert "To: annuaire@caf.example.org" in letter
        await desk.validated()

        partner.answer = lambda _: Response()
        await desk.ask(REPLAY, desk.partner, id=made["webhook"]["id"], since=made["webhook"]["cursor"])
        assert len(await partner.ids(2)) == 2
        assert (await desk.until(lambda w: w["deliveredAt"]))["disabledAt"] is None


async def test_one_that_fails_for_long_is_disabled(tmp_path: Path) -> None:
    async with receiver() as partner, partnered(tmp_path, QUICK + "disable_after = 0.001\n") as desk:
        partner.answer = lambda _: Response(status_code=500)
        await desk.webhook(partner.url)
        await desk.validated()

        webhook = await desk.until(lambda w: w["disabledAt"])
        assert webhook["problem"] == "HTTP 500"
        assert [(await partner.next())["path"] for _ in range(2)] == ["/changes", "/changes"]


async def test_a_key_that_is_revoked_takes_its_webhooks_with_it(tmp_path: Path) -> None:
    async with receiver() as partner, partnered(tmp_path) as desk:
        await desk.webhook(partner.url)
        account = desk.partner.split("_")[1]
        await desk.ask("mutation ($id: ID!) { revokeApiKey(id: $id) { key { id } } }", id=account)
        await desk.validated()

        assert await _disabled(desk, f"key-{account}")
        assert partner.received.empty()


async def test_names_of_private_addresses_are_not_called(tmp_path: Path) -> None:
    toml = LASTING.replace('"127.0.0.1"', "")
    async with receiver() as partner, partnered(tmp_path, toml) as desk:
        refused = await desk.ask(CREATE, desk.partner, input={"url": partner.url})
        assert refused == {
            "__typename": "WebhookRefused", "field": "input.url", "message": "the address is not public",
        }  # fmt: skip
        await desk.webhook(partner.url.replace("127.0.0.1", "localhost"))
        await desk.validated()

        assert (await desk.until(lambda w: w["problem"]))["problem"] == "the address is not public"
        assert partner.received.empty()


async def test_nobody_there(tmp_path: Path) -> None:
    async with receiver() as partner, partnered(tmp_path, LASTING) as desk:
        free = partner.url.replace(partner.url.split(":")[2].split("/")[0], "9")
        await desk.webhook(free)
        await desk.validated()

        assert (await desk.until(lambda w: w["problem"]))["problem"] == "cannot be reached"


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"url": "https:///x"}, "url"),
        ({"url": "https://example.org:port/"}, "url"),
        ({"url": "https://example.org:0/"}, "url"),
        ({"url": "https://[::1"}, "url"),
        ({"url": "https://name:password@example.org/"}, "url"),
        ({"url": "https://example.org/#here"}, "url"),
        ({"url": f"https://example.org/{'x' * 1000}"}, "url"),
        ({"url": "https://é.example.org/"}, "url"),
        ({"url": "http://169.254.169.254/latest/meta-data"}, "url"),
        ({"url": "http://[::ffff:10.0.0.1]/"}, "url"),
        ({"url": "http://2130706433/"}, "url"),
        ({"url": "https://example.org/", "sources": ["nobody"]}, "sources"),
        ({"url": "https://example.org/", "noticeEmail": "a@b\r\nBcc: c@example.org"}, "noticeEmail"),
    ],
)
async def test_what_cannot_be_a_webhook(tmp_path: Path, wanted: dict[str, Any], field: str) -> None:
    async with partnered(tmp_path, start=False) as desk:
        done = await desk.ask(CREATE, desk.partner, input=wanted)

        assert (done["__typename"], done["field"]) == ("WebhookRefused", f"input.{field}")
        assert await desk.mine() == []


async def test_webhooks_are_their_owners_own_and_so_many(tmp_path: Path) -> None:
    async with partnered(tmp_path, "[webhooks]\nper_account = 2\n", start=False) as desk:
        ids = [(await desk.webhook(f"https://example.org/{n}"))["webhook"]["id"] for n in range(2)]
        full = await desk.ask(CREATE, desk.partner, input={"url": "https://example.org/3"})
        assert (full["__typename"], full["field"]) == ("WebhookRefused", "input.url")

        other = await key_of(desk.site.hub, Role.PARTNER, name="autre")
        assert (await desk.ask(MINE, other))["webhooks"] == []
        since = await desk.cursor()
        for refused in (
            await desk.ask(DELETE, other, id=ids[0]),
            await desk.ask(REPLAY, other, id=ids[0], since=since),
        ):
            assert (refused["__typename"], refused["field"]) == ("WebhookRefused", "id")
        assert await desk.ask(DELETE, desk.partner, id=ids[0]) == {"__typename": "WebhookDeleted", "id": ids[0]}
        assert [w["id"] for w in await desk.mine()] == ids[1:]
        assert "secret" not in json.dumps(await desk.mine())


async def test_a_cursor_that_is_yet_to_come_is_refused(tmp_path: Path) -> None:
    async with partnered(tmp_path, start=False) as desk:
        await desk.validated()
        ahead = await desk.cursor()
        made = await desk.webhook("https://example.org/", since=ahead)
        assert made["webhook"]["cursor"] == ahead
    (tmp_path / "registry.sqlite").unlink()
    async with partnered(tmp_path, start=False) as desk:
        for query, more in ((CREATE, {"input": {"url": "https://example.org/", "since": ahead}}),
                            (REPLAY, {"id": "x", "since": ahead})):  # fmt: skip
            answer = await desk.http.post(
                "/graphql", json={"query": query, "variables": more}, headers={"authorization": desk.partner}
            )
            assert answer.json()["errors"][0]["extensions"]["code"] == "CURSOR_EXPIRED"


async def test_two_processes_send_each_change_once(tmp_path: Path) -> None:
    async with receiver() as partner, partnered(tmp_path) as one, partnered(tmp_path) as other:
        await one.webhook(partner.url)
        ids = []
        for n in range(12):
            desk = one if n % 2 else other
            ids.append((await desk.validated())["structures"][0]["id"])

        assert await partner.ids(12) == ids
        end = await one.cursor()
        await one.until(lambda w: w["cursor"] == end)
        assert partner.received.empty()


async def test_a_feed_that_was_put_back_disables_a_webhook_that_is_ahead_of_it(tmp_path: Path) -> None:
    async with partnered(tmp_path, start=False) as desk:
        await desk.validated()
        await desk.webhook("https://example.org/")
        account = f"key-{desk.partner.split('_')[1]}"
    for name in ("registry.sqlite", "registry.sqlite-wal", "registry.sqlite-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    async with partnered(tmp_path) as desk:
        assert "is gone" in await _disabled(desk, account)


def _seconds(at: str) -> float:
    return datetime.fromisoformat(at).timestamp()


async def _letter(folder: Path) -> str:
    found = await eventually(lambda: list((folder / "mails").glob("*webhook_disabled.eml")))
    return found[0].read_text()


async def _disabled(desk: Partnered, account: str) -> str:
    """Why the first webhook of an account is disabled, once it is."""

    async def found() -> str | None:
        webhook = (await desk.site.hub.webhooks.of_owner(account))[0]
        return webhook.problem if webhook.disabled_at else None

    return await eventually(found)


async def test_databases_that_are_busy_are_asked_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.webhooks.deliveries.LOOK_EVERY", 0.01)
    async with receiver() as partner, partnered(tmp_path, start=False) as desk:
        feed, store = desk.site.hub.federation.feed, desk.site.hub.webhooks
        failures = ["claim", "keep", "latest", "latest", "latest"]

        def failing(name: str, do: Any) -> Any:
            async def tried(*given: Any) -> Any:
                if name in failures:
                    failures.remove(name)
                    if name == "keep":  # from here on, a claim lasts as long as it is needed
                        monkeypatch.setattr("hub.webhooks.deliveries.LEASE", 60.0)
                    raise Unavailable("webhooks", f"busy at {name}")
                return await do(*given)

            return tried

        await desk.webhook(partner.url)
        made = (await desk.validated())["structures"][0]["id"]
        monkeypatch.setattr(store, "claim", failing("claim", store.claim))
        monkeypatch.setattr(store, "keep", failing("keep", store.keep))
        monkeypatch.setattr(feed, "latest", failing("latest", feed.latest))
        monkeypatch.setattr("hub.webhooks.deliveries.LEASE", -5.0)  # a claim that failed ends at once
        desk.site.start()
        assert await partner.ids(1) == [made]
    assert not failures
    assert "webhooks are not served now: webhooks: busy at claim" in caplog.text
    assert "a webhook is not served now" in caplog.text
    assert "the feed is not heard now" in caplog.text


async def test_what_another_process_took_over_is_left_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiver() as partner, partnered(tmp_path, start=False) as desk:
        made = await desk.webhook(partner.url)
        await desk.validated()
        store = desk.site.hub.webhooks
        claim, keep, kept = store.claim, store.keep, asyncio.Event()

        async def taken_over(*given: Any) -> Any:
            if claimed := await claim(*given):
                monkeypatch.setattr(store, "claim", claim)
                since = made["webhook"]["cursor"]
                await desk.ask(REPLAY, desk.partner, id=made["webhook"]["id"], since=since)  # which ends the claim
            return claimed

        async def seen(*given: Any) -> bool:
            found = await keep(*given)
            if not found:
                kept.set()
            return found

        monkeypatch.setattr(store, "claim", taken_over)
        monkeypatch.setattr(store, "keep", seen)
        desk.site.start()
        await kept.wait()
        assert len(await partner.ids(1)) == 1
        end = await desk.cursor()
        await desk.until(lambda w: w["cursor"] == end)
        assert partner.received.empty()
