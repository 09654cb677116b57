"""What clients see of a full disk, a database that another process holds, and damaged pages: a code, and reads go on."""

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hubs import Client, in_process

from connectors.registry import Registry
from connectors.sandbox import world
from connectors.sqlite import database as door
from connectors.sqlite.connections import connect
from resolvers.access import Role

TOML = "[server]\nanswer_cache_megabytes = 0"  # each question is asked of the databases
LINK = (
    "mutation ($a: ID!, $b: ID!, $key: String) { linkRecords(input: { a: $a, b: $b }, idempotencyKey: $key) {"
    " __typename ... on LinkDecided { link { id state } } } }"
)
UNLINK = 'mutation ($id: ID!) { unlinkRecords(id: $id, reason: "two doors") { __typename } }'
ONE = "query ($id: ID!) { structure(id: $id) { id previousIds } }"
PLACES = '{ structures(filter: { place: { commune: "64445" } }) { totalCount coverage { source { id } status } } }'


@pytest.fixture
async def moderator(tmp_path: Path) -> AsyncIterator[Client]:
    async with in_process(tmp_path, TOML, role=Role.MODERATOR) as client:
        yield client


def pair_of_records() -> tuple[str, str]:
    """Two records that nothing links by itself."""
    places = [p for p in world().places if p.listed and p.commune.insee == "64445"]
    childcare = next(p.id for p in places if p.source == "monenfant" and "data_inclusion" in p.ways)
    return next(p.id for p in places if p.key.startswith("finess")), childcare


async def refused(client: Client, query: str, code: str, **variables: str) -> str:
    """The message of a refusal of the database of links."""
    [error] = await client.errors(query, **variables)
    assert error["extensions"] == {"code": code, "source": "links"}
    return error["message"]


async def reads_go_on(client: Client, total: int) -> None:
    found = (await client.ask(PLACES))["structures"]
    assert found["totalCount"] == total
    assert {part["status"] for part in found["coverage"]} == {"COMPLETE"}
    for id_ in pair_of_records():
        assert (await client.ask(ONE, id=id_))["structure"]["id"]


async def total_of(client: Client) -> int:
    return (await client.ask(PLACES))["structures"]["totalCount"]


def opened_again(client: Client, path: Path) -> None:
    """Links whose connections are new: who opened a database before may have pages of it in memory."""
    store = client.hub.federation.linker.store
    store._database.close()
    store._database = door.FileDatabase(path / "links.sqlite", "links", patience=0.05)


@contextmanager
def no_more_pages() -> Iterator[None]:
    """No database can grow: SQLite then says what it says of a full disk."""

    def limited(*arguments, **options):
        connection = connect(*arguments, **options)
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
        return connection

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(door, "connect", limited)
        yield


async def test_a_full_disk_refuses_changes_until_there_is_room(moderator: Client, tmp_path: Path) -> None:
    a, b = pair_of_records()
    before = await total_of(moderator)
    comment = "c" * 1_900  # more than is left on a page
    long = LINK.replace("b: $b }", f'b: $b, comment: "{comment}{comment[:90]}" }}')
    with no_more_pages():
        opened_again(moderator, tmp_path)
        codes = []
        for n in range(9):  # what little room there is in the pages goes first
            body = (await moderator.post(long, {"a": a, "b": b, "key": f"k-{n}"})).json()
            codes.append(body["errors"][0]["extensions"]["code"] if "errors" in body else "")
            if codes[-1]:
                assert body["errors"][0]["message"] == "links: the disk is full"
                assert body["data"] is None
                break
            id_ = body["data"]["linkRecords"]["link"]["id"]
            await moderator.post(UNLINK, {"id": id_})
        assert codes[-1] == "SOURCE_UNAVAILABLE"
        await reads_go_on(moderator, before)
    opened_again(moderator, tmp_path)

    made = await moderator.ask(long, a=a, b=b, key=f"k-{len(codes) - 1}")

    assert made["linkRecords"]["link"]["state"] == "LINKED", "the refusal kept no key"
    await reads_go_on(moderator, before - 1)


async def test_while_another_process_writes_changes_are_refused(moderator: Client, tmp_path: Path) -> None:
    a, b = pair_of_records()
    before = await total_of(moderator)
    opened_again(moderator, tmp_path)
    with closing(sqlite3.connect(tmp_path / "links.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert await refused(moderator, LINK, "SOURCE_UNAVAILABLE", a=a, b=b, key="k") == "links: the database is busy"
        await reads_go_on(moderator, before)
        other.execute("COMMIT")

    await moderator.ask(LINK, a=a, b=b, key="k")

    await reads_go_on(moderator, before - 1)


def spoilt(path: Path, names: set[str], kept: int = 0) -> Callable[[], None]:
    """Overwrite the leaves of tables and indexes, but for the first ones; gives what mends them."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        rows = connection.execute("SELECT pageno, name FROM dbstat WHERE pagetype = 'leaf' ORDER BY pageno").fetchall()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    sound = path.read_bytes()
    with path.open("r+b") as file:
        for page in [number for number, name in rows if name in names][kept:]:
            file.seek((page - 1) * size)
            file.write(b"\xff" * size)
    return lambda: path.write_bytes(sound) and None


async def test_damaged_links_are_told_and_places_go_on_without_them(moderator: Client, tmp_path: Path) -> None:
    a, b = pair_of_records()
    made = await moderator.ask(LINK, a=a, b=b)
    linked = await total_of(moderator)
    mend = spoilt(tmp_path / "links.sqlite", {"link", "decision", "link_b", "sqlite_autoindex_link_1"})
    opened_again(moderator, tmp_path)

    said = {
        await refused(moderator, LINK, "SOURCE_BAD_DATA", a=a, b=b),
        await refused(moderator, LINK, "SOURCE_BAD_DATA", a=a, b=b, key="k"),
        await refused(moderator, UNLINK, "SOURCE_BAD_DATA", id=made["linkRecords"]["link"]["id"]),
        await refused(moderator, "{ linkSuggestions { nodes { link { id } } } }", "SOURCE_BAD_DATA"),
    }
    assert said == {"links: the database is damaged"}
    for source in moderator.hub.federation.sources.values():
        source.cells.forget()
    apart = await total_of(moderator)
    assert apart > linked, "nothing says which are one"
    await reads_go_on(moderator, apart)

    mend()
    opened_again(moderator, tmp_path)
    for source in moderator.hub.federation.sources.values():
        source.cells.forget()
    await reads_go_on(moderator, linked)
    assert (await moderator.ask(UNLINK, id=made["linkRecords"]["link"]["id"]))["unlinkRecords"]["__typename"]


async def test_damaged_pages_of_the_registry_cost_the_registry_s_part(client: Client, tmp_path: Path) -> None:
    registry = next(
        source.connector for source in client.hub.federation.sources.values() if source.info.id == "registry"
    )
    before = await client.ask(PLACES)
    assert {part["status"] for part in before["structures"]["coverage"]} == {"COMPLETE"}
    spoilt(tmp_path / "registry.sqlite", {"structure"})
    inner = registry
    while not isinstance(inner, Registry):
        inner = inner._inner
    inner._database.close()
    inner._database = door.FileDatabase(tmp_path / "registry.sqlite", "registry")
    for source in client.hub.federation.sources.values():
        source.cells.forget()

    after = await client.ask(PLACES)

    statuses = {part["source"]["id"]: part["status"] for part in after["structures"]["coverage"]}
    assert statuses.pop("registry") == "UNAVAILABLE"
    assert set(statuses.values()) == {"COMPLETE"}
    assert len((await client.ask("{ priorities { text } }"))["priorities"]) == 10, "official texts are read once"
