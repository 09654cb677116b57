"""Guards: a connector around a connector changes nothing but its policy."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from connectors.contract import Connector, Everywhere, Kind, Page, Query, Record, SourceInfo, SourceKind
from connectors.errors import BadData, SourceError, Unavailable
from connectors.guards.deadline import Deadline
from connectors.guards.observed import Observed

INFO = SourceInfo(id="here", name="Here", kind=SourceKind.PARTNER_DIRECTORY)


class Scripted:
    """Does what it is told: answers, fails, or is silent until cancelled."""

    def __init__(self, failure: SourceError | None = None, *, silent: bool = False) -> None:
        self.failure = failure
        self.silent = silent
        self.cancelled = 0
        self.closed = 0

    @property
    def info(self) -> SourceInfo:
        return INFO

    async def _answer(self) -> None:
        if self.failure:
            raise self.failure
        if self.silent:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.cancelled += 1
                raise

    async def get(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, Record]:
        await self._answer()
        return {}

    async def search(self, query: Query) -> Page:
        await self._answer()
        return Page(records=(), total=3)

    async def ping(self) -> None:
        await self._answer()

    async def aclose(self) -> None:
        self.closed += 1


CALLS = {
    "get": lambda c: c.get(Kind.STRUCTURE, ["a"]),
    "search": lambda c: c.search(Query(where=Everywhere())),
    "ping": lambda c: c.ping(),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("guard", [lambda c: Deadline(c, 60), Observed])
async def test_answers_and_failures_pass_through(guard, call: str) -> None:
    inner = Scripted()
    guarded: Connector = guard(inner)
    assert guarded.info is INFO
    plain = await CALLS[call](inner)
    assert await CALLS[call](guarded) == plain

    inner.failure = BadData("here", "nonsense")
    with pytest.raises(BadData):
        await CALLS[call](guarded)
    await guarded.aclose()
    assert inner.closed == 1


@pytest.mark.parametrize("call", CALLS)
async def test_silence_ends_at_the_deadline_and_the_call_is_cancelled(call: str) -> None:
    inner = Scripted(silent=True)

    with pytest.raises(Unavailable, match=r"no answer within 0\.01 s"):
        await CALLS[call](Deadline(inner, 0.01))

    assert inner.cancelled == 1


@pytest.mark.parametrize("call", CALLS)
async def test_what_was_seen_is_remembered(call: str, caplog: pytest.LogCaptureFixture) -> None:
    inner = Scripted()
    observed = Observed(inner)
    assert (observed.observations.last_answer_at, observed.observations.failure) == (None, None)

    await CALLS[call](observed)
    answered = observed.observations.last_answer_at
    assert answered is not None

    inner.failure = Unavailable("here", "gone", detail="for the log")
    with pytest.raises(Unavailable):
        await CALLS[call](observed)
    assert observed.observations.failure is inner.failure
    assert observed.observations.last_answer_at == answered
    assert "for the log" in caplog.text

    inner.failure = None
    await CALLS[call](observed)
    assert observed.observations.failure is None
