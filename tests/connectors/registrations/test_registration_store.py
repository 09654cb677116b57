"""What the store keeps beside the steps: confirmations, purges, codes; and what it never lets anybody change."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from entered_forms import ANNE, BRUNO, MODERATOR, START, Calendar, entered, make, opened

from connectors.contract import Kind
from connectors.errors import BadData
from connectors.registrations import Listing, Registrations, Remark, State, Step
from connectors.registrations.errors import OtherAddress, UnknownRegistration
from connectors.registry import open_registry
from connectors.sqlite.database import LOOK_EVERY


async def shown(store: Registrations, by=ANNE, **given):
    waiting = await store.submit(entered(**given), by)
    return await store.validate(waiting.id, waiting.revision, MODERATOR, make)


async def test_an_address_is_confirmed_until_it_changes() -> None:
    _, store = opened()
    made = await store.save_draft(entered(email="a@example.org"), ANNE)
    assert made.email_confirmed_at is None

    confirmed = await store.confirm_email(made.id, "a@example.org")
    assert confirmed.email_confirmed_at is not None
    again = await store.confirm_email(made.id, "a@example.org")
    assert again.email_confirmed_at == confirmed.email_confirmed_at
    assert [e.what for e in await store.events_of(made.id)] == [Step.CREATED, Step.EMAIL_CONFIRMED]

    moved = await store.save_draft(entered(email="b@example.org"), ANNE, id_=made.id)
    assert moved.email_confirmed_at is None
    with pytest.raises(OtherAddress):
        await store.confirm_email(made.id, "a@example.org")
    with pytest.raises(UnknownRegistration):
        await store.confirm_email("nobody", "a@example.org")
    back = await store.save_draft(entered(email="a@example.org"), ANNE, id_=made.id)
    assert back.email_confirmed_at == confirmed.email_confirmed_at


async def test_drafts_that_nobody_touches_are_forgotten_and_nothing_else_is() -> None:
    registry, store = opened()
    old = await store.save_draft(entered("vieux"), ANNE)
    waiting = await store.submit(entered("en attente"), ANNE)
    validated = await shown(store, name="validée")
    await store.save_draft(entered("reprise"), ANNE, id_=validated.id)
    touched = await store.save_draft(entered("récent"), BRUNO)

    assert await store.purge_drafts(START) == 0
    assert await store.purge_drafts(touched.touched_at) == 2

    assert await store.find(old.id) is None
    assert [e.what for e in await store.events_of(old.id)] == [Step.CREATED, Step.PURGED]
    assert (await store.events_of(old.id))[0].account is None
    assert (await store.find(waiting.id)).state is State.SUBMITTED
    kept = await store.find(validated.id)
    assert (kept.state, kept.form.name, kept.shown.form.name) == (State.VALIDATED, "validée", "validée")
    assert await registry.get(Kind.STRUCTURE, list(kept.published))
    assert await store.find(touched.id) is not None
    assert await store.purge_drafts(touched.touched_at + timedelta(days=1)) == 1


async def test_a_code_tells_until_when_it_was_rightful() -> None:
    _, store = opened()
    made = await shown(store)
    assert await store.verify_code("nonsense") is None
    assert await store.verify_code("2222-2222-2222") is None
    told = await store.verify_code(made.code)
    assert (told.rightful, told.registration.id) == (True, made.id)

    await store.withdraw(made.id, ANNE)
    ended = await store.verify_code(made.code)
    assert (ended.rightful, ended.registration) == (False, None)
    assert ended.since > told.since
    await store.erase([made.id], ANNE)
    assert not (await store.verify_code(made.code)).rightful


async def test_steps_of_all_registrations_are_told_in_order() -> None:
    _, store = opened()
    one = await store.submit(entered(), ANNE)
    two = await store.save_draft(entered(), BRUNO)
    await store.refuse(one.id, 1, MODERATOR, [Remark(code="OTHER", message="non", field="name")], "vu")

    taken = await store.steps_after(0, 10)
    assert [(t.registration, t.event.what.value) for t in taken] == [
        (one.id, "CREATED"), (one.id, "SUBMITTED"), (two.id, "CREATED"), (one.id, "REFUSED"),
    ]  # fmt: skip
    assert taken[-1].event.reasons == (Remark(code="OTHER", message="non", field="name"),)
    assert await store.steps_after(taken[1].number, 1) == [taken[2]]
    assert await store.steps_after(taken[-1].number, 9) == []


async def test_showing_and_owning() -> None:
    _, store = opened()
    made = await shown(store, places=2)
    await store.save_draft(entered(), BRUNO)

    assert [r.id for r in await store.showing([made.published[1], "other"])] == [made.id]
    assert await store.showing(["other"]) == []
    assert [r.id for r in await store.of_owner(ANNE.account)] == [made.id]
    listed = await store.listed(Listing(words=(" cr",)), 1)
    assert (len(listed.registrations), listed.total, listed.after) == (1, 2, made.number)


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    registry = open_registry(tmp_path / "registry.sqlite")
    store = Registrations(registry, clock=Calendar())
    await shown(store)
    await registry.aclose()
    return tmp_path / "registry.sqlite"


async def waiting_id(path: Path) -> str:
    """The id of the one registration."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT id FROM registration").fetchone()[0]


@pytest.mark.parametrize("table", ["registration_event", "change", "logo_code"])
@pytest.mark.parametrize("sql", ["DELETE FROM {}", "UPDATE {} SET {} = 'x'"])
async def test_what_was_told_is_never_changed(path: Path, table: str, sql: str) -> None:
    column = {"registration_event": "role", "change": "id", "logo_code": "registration"}[table]
    with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.IntegrityError, match="never"):
        connection.execute(sql.format(table, column))


async def test_a_row_that_is_no_registration_is_bad_data(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("""UPDATE registration SET form = '{"kind": "NOTHING"}'""")
        connection.commit()
    registry = open_registry(path)
    store = Registrations(registry)
    with pytest.raises(BadData):
        await store.of_owner(ANNE.account)
    with pytest.raises(BadData):
        await store.withdraw(await waiting_id(path), ANNE)
    await registry.aclose()


async def test_drafts_do_not_make_what_is_kept_of_the_registry_untrue(path: Path) -> None:
    registry, other = open_registry(path), open_registry(path)
    before = registry.version()
    store = Registrations(other)
    waiting = await store.submit(entered(), ANNE)
    await asyncio.sleep(2 * LOOK_EVERY)
    assert registry.version() == before
    assert store.version() != 0
    await store.validate(waiting.id, 1, MODERATOR, make)
    await asyncio.sleep(2 * LOOK_EVERY)
    after = registry.version()
    assert after != before
    await store.erase([waiting.id], ANNE)
    await asyncio.sleep(2 * LOOK_EVERY)
    assert registry.version() not in {before, after}
    await registry.aclose()
    await other.aclose()


async def test_one_moderator_decides_and_the_other_is_told(path: Path) -> None:
    registries = [open_registry(path) for _ in range(2)]
    stores = [Registrations(registry) for registry in registries]
    for _ in range(5):
        waiting = await stores[0].submit(entered(), ANNE)
        told = await asyncio.gather(
            *(store.validate(waiting.id, 1, MODERATOR, make) for store in stores), return_exceptions=True
        )
        assert sorted(type(t).__name__ for t in told) == ["Registration", "WrongState"]
    assert (await stores[1].changes_after(0, 99)).latest == 6
    for registry in registries:
        await registry.aclose()


async def test_what_is_hidden_stays_hidden_while_the_database_fails(path: Path) -> None:
    registry = open_registry(path)
    store = Registrations(registry)
    made = (await store.of_owner(ANNE.account))[0]
    (key,) = made.published
    await store.erase([made.id], ANNE)
    ids = [f"registry--{key}", "registry--cove"]
    assert store.suppressions.shown_ids(ids, lambda id_: [id_]) == ids[1:]
    await registry.aclose()
    assert store.suppressions.shown_ids(ids, lambda id_: [id_]) == ids[1:]
