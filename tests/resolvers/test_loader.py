"""Loaders: who is asked for what together, and what becomes of it when somebody goes away."""

import asyncio

import pytest

from resolvers.loader import Loader


class Directory:
    """Gives each key in capitals, but for those that it fails on; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.began: asyncio.Queue[list[str]] = asyncio.Queue()
        self.open = asyncio.Event()
        self.open.set()

    async def batch(self, keys: list[str]) -> list[str | Exception]:
        self.asked.append(list(keys))
        self.began.put_nowait(keys)
        await self.open.wait()
        if "broken" in keys:
            raise RuntimeError("broken")
        return [KeyError(key) if key.startswith("no") else key.upper() for key in keys][
            : 1 if "short" in keys else None
        ]


@pytest.fixture
def directory() -> Directory:
    return Directory()


async def test_what_is_asked_in_one_turn_is_one_batch_and_each_key_is_asked_for_once(directory: Directory) -> None:
    loader = Loader(directory.batch)
    found = await asyncio.gather(loader.load("a"), loader.load_many(["b", "a", "b"]), loader.outcomes(["c"]))
    assert found == ["A", ["B", "A", "B"], ["C"]]
    assert directory.asked == [["a", "b", "c"]]
    assert await loader.load_many(["c", "d"]) == ["C", "D"]
    assert directory.asked == [["a", "b", "c"], ["d"]]


async def test_what_is_being_loaded_is_waited_for(directory: Directory) -> None:
    loader = Loader(directory.batch)
    directory.open.clear()
    first = asyncio.create_task(loader.load("a"))
    await directory.began.get()
    second = asyncio.create_task(loader.load_many(["a", "b"]))
    await directory.began.get()
    directory.open.set()
    assert await asyncio.gather(first, second) == ["A", ["A", "B"]]
    assert directory.asked == [["a"], ["b"]]


async def test_an_exception_is_the_outcome_of_its_own_key(directory: Directory) -> None:
    loader = Loader(directory.batch)
    good, bad = await loader.outcomes(["a", "no"])
    assert good == "A"
    assert isinstance(bad, KeyError)
    with pytest.raises(KeyError):
        await loader.load("no")
    with pytest.raises(KeyError):
        await loader.load_many(["a", "no"])
    assert directory.asked == [["a", "no"]]


@pytest.mark.parametrize(("key", "error"), [("broken", RuntimeError), ("short", ValueError)])
async def test_a_batch_that_fails_fails_for_every_key(directory: Directory, key: str, error: type[Exception]) -> None:
    loader = Loader(directory.batch)
    assert [type(outcome) for outcome in await loader.outcomes(["a", key])] == [error, error]


async def test_when_the_one_that_loads_is_stopped_another_does_it(directory: Directory) -> None:
    loader = Loader(directory.batch)
    directory.open.clear()
    leader = asyncio.create_task(loader.load("a"))
    others = [asyncio.create_task(loader.load_many(keys)) for keys in (["a", "b"], ["b"])]
    await directory.began.get()
    leader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leader
    directory.open.set()
    assert await asyncio.gather(*others) == [["A", "B"], ["B"]]
    assert directory.asked == [["a", "b"], ["a", "b"]]


async def test_one_that_waits_and_is_stopped_takes_nothing_from_the_others(directory: Directory) -> None:
    loader = Loader(directory.batch)
    directory.open.clear()
    leader, follower = (asyncio.create_task(loader.load(key)) for key in "ab")
    await directory.began.get()
    follower.cancel()
    directory.open.set()
    assert await leader == "A"
    assert await loader.load("b") == "B"
    assert directory.asked == [["a", "b"]]


async def test_what_is_forgotten_is_asked_for_again(directory: Directory) -> None:
    loader = Loader(directory.batch)
    await loader.load("a")
    loader.clear_all()
    await loader.load("a")
    assert directory.asked == [["a"], ["a"]]
