"""What comes together is asked for together: who gets what, and what becomes of it when it fails or somebody leaves."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import BadData, Refused, SourceError, Unavailable
from connectors.gathering import MOST, Gathering

FAILURES = {"bad": BadData, "refused": Refused, "gone": Unavailable, "broken": RuntimeError}


class Directory:
    """Gives each key in capitals; a key that is named like a failure spoils all that is asked for with it."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.began: asyncio.Queue[None] = asyncio.Queue()
        self.open = asyncio.Event()
        self.open.set()

    async def get(self, keys: Sequence[str]) -> dict[str, str]:
        self.asked.append(list(keys))
        self.began.put_nowait(None)
        await self.open.wait()
        for key in keys:
            if failure := FAILURES.get(key):
                raise failure("here", "no")
        return {key: key.upper() for key in keys}


@pytest.fixture
def directory() -> Directory:
    return Directory()


def gathering_of(directory: Directory, most: int = MOST) -> Gathering[str, Mapping[str, str]]:
    return Gathering(directory.get, Unavailable, most)


async def under_way(directory: Directory, keys: str, turns: int) -> tuple[Gathering[str, Mapping[str, str]], list[Any]]:
    """A call for these keys, one for each task, so many turns after they have begun; the directory is silent."""
    gathering = gathering_of(directory)
    directory.open.clear()
    asking = [asyncio.create_task(gathering.ask([key])) for key in keys]
    for _ in range(turns):
        await asyncio.sleep(0)
    return gathering, asking


async def test_what_comes_together_is_asked_for_together(directory: Directory) -> None:
    gathering = gathering_of(directory)
    found = await asyncio.gather(*(gathering.ask(keys) for keys in (["b", "a"], ["a", "c"], ["d"])))
    assert found == [{"b": "B", "a": "A", "c": "C", "d": "D"}] * 3
    assert directory.asked == [["b", "a", "c", "d"]]
    assert await gathering.ask(["a"]) == {"a": "A"}
    assert directory.asked[1:] == [["a"]], "nothing is kept"


async def test_what_is_on_its_way_takes_nobody_along_any_more(directory: Directory) -> None:
    gathering = gathering_of(directory)
    directory.open.clear()
    first = asyncio.create_task(gathering.ask(["a"]))
    await directory.began.get()
    second = asyncio.create_task(gathering.ask(["b"]))
    await directory.began.get()
    directory.open.set()
    assert await asyncio.gather(first, second) == [{"a": "A"}, {"b": "B"}]


async def test_no_call_grows_beyond_its_bound_unless_one_asks_for_more(directory: Directory) -> None:
    gathering = gathering_of(directory)
    sizes = (MOST - 10, 10, 10, 2 * MOST, 1)
    asking = [[f"{number}-{n}" for n in range(size)] for number, size in enumerate(sizes)]
    for keys, found in zip(asking, await asyncio.gather(*map(gathering.ask, asking)), strict=True):
        assert found.keys() >= set(keys)
    assert sorted(map(len, directory.asked)) == [11, MOST, 2 * MOST]


async def test_with_a_bound_of_one_each_asks_alone(directory: Directory) -> None:
    gathering = gathering_of(directory, 1)
    await asyncio.gather(*(gathering.ask([key]) for key in "abc"))
    assert sorted(directory.asked) == [["a"], ["b"], ["c"]]


@pytest.mark.parametrize("spoiling", ["bad", "refused", "broken"])
async def test_who_asks_for_what_spoils_the_answer_has_it_alone(directory: Directory, spoiling: str) -> None:
    gathering = gathering_of(directory)
    good, spoilt, other = await asyncio.gather(
        gathering.ask(["a"]), gathering.ask([spoiling, "b"]), gathering.ask(["c"]), return_exceptions=True
    )
    assert (good, other) == ({"a": "A"}, {"c": "C"})
    assert type(spoilt) is FAILURES[spoiling]
    assert directory.asked[0] == ["a", spoiling, "b", "c"]
    assert sorted(directory.asked[1:]) == sorted([["a"], [spoiling, "b"], ["c"]])


async def test_who_asks_alone_is_told_at_once(directory: Directory) -> None:
    with pytest.raises(BadData):
        await gathering_of(directory).ask(["bad"])
    assert len(directory.asked) == 1


async def test_a_directory_that_is_gone_is_not_asked_again_by_each(directory: Directory) -> None:
    gathering = gathering_of(directory)
    asking = (gathering.ask([key]) for key in ("a", "gone", "b"))
    ended = await asyncio.gather(*asking, return_exceptions=True)
    assert [type(outcome) for outcome in ended] == [Unavailable] * 3
    assert len(directory.asked) == 1


@pytest.mark.parametrize("turns", [1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize("leaving", [(0,), (1,), (0, 1), (0, 2)])
async def test_a_call_belongs_to_nobody(directory: Directory, leaving: tuple[int, ...], turns: int) -> None:
    _, asking = await under_way(directory, "abc", turns)
    for number in leaving:
        asking[number].cancel()
    directory.open.set()
    ended = await asyncio.gather(*asking, return_exceptions=True)
    for number, (key, outcome) in enumerate(zip("abc", ended, strict=True)):
        if number in leaving:
            assert isinstance(outcome, asyncio.CancelledError)
        else:
            assert outcome[key] == key.upper()
    assert len(directory.asked) == 1


@pytest.mark.parametrize("turns", [1, 2, 3, 6])
async def test_when_all_have_gone_it_is_stopped_and_who_comes_then_asks_anew(directory: Directory, turns: int) -> None:
    gathering, asking = await under_way(directory, "ab", turns)
    for task in asking:
        task.cancel()
    late = asyncio.create_task(gathering.ask(["c"]))
    await asyncio.gather(*asking, return_exceptions=True)
    directory.open.set()
    assert await late == {"c": "C"}


asked_for = st.lists(st.sampled_from([*"abcdef", *FAILURES]), min_size=1, max_size=6, unique=True)


@given(st.lists(st.tuples(asked_for, st.integers(0, 6), st.booleans()), min_size=1, max_size=8), st.integers(1, 12))
def test_whoever_comes_and_goes_each_who_stays_gets_what_it_would_get_alone(
    asking: list[tuple[list[str], int, bool]], most: int
) -> None:
    async def one(gathering: Gathering[str, Mapping[str, str]], keys: list[str], turns: int) -> Mapping[str, str]:
        for _ in range(turns):
            await asyncio.sleep(0)
        return await gathering.ask(keys)

    async def outcome(call: asyncio.Future[Mapping[str, str]], keys: list[str]) -> object:
        try:
            found = await call
        except (SourceError, RuntimeError) as error:
            return type(error)
        return {key: found[key] for key in keys}

    async def run() -> None:
        gathering = gathering_of(Directory(), most)
        tasks = [asyncio.create_task(one(gathering, keys, turns)) for keys, turns, _ in asking]
        for task, (_, turns, leaves) in zip(tasks, asking, strict=True):
            if leaves:
                for _ in range(turns % 3):
                    await asyncio.sleep(0)
                task.cancel()
        common = any("gone" in keys for keys, _, _ in asking)
        for task, (keys, _, leaves) in zip(tasks, asking, strict=True):
            try:
                told = await outcome(task, keys)
            except asyncio.CancelledError:
                assert leaves
                continue
            alone = await outcome(asyncio.ensure_future(Directory().get(keys)), keys)
            assert told == alone or (common and told is Unavailable), "what is gone is gone for all who asked with it"

    asyncio.run(run())
