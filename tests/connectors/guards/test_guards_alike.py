"""Guards: a connector around a connector changes nothing but its policy."""

import asyncio
from collections.abc import Callable

import pytest
from scripted_directory import CALLS, INFO, Directory
from virtual_time import in_virtual_time, now

from connectors.contract import Connector
from connectors.errors import BadData, Unavailable
from connectors.guards.breaker import Breaker
from connectors.guards.bulkhead import Bulkhead
from connectors.guards.cache import Cached
from connectors.guards.circuit import Circuit
from connectors.guards.deadline import Deadline
from connectors.guards.keeping import Keeping
from connectors.guards.ledger import Ledger
from connectors.guards.observed import Observed
from connectors.guards.retry import Retry

GUARDS: dict[str, Callable[[Connector, Ledger], Connector]] = {
    "deadline": lambda c, ledger: Deadline(c, 60, ledger),
    "observed": Observed,
    "retry": lambda c, ledger: Retry(c, ledger, within=1),
    "bulkhead": lambda c, ledger: Bulkhead(c, Circuit(c.info, ledger), ledger),
    "breaker": lambda c, ledger: Breaker(c, Circuit(c.info, ledger), late=1),
    "cached": lambda c, ledger: Cached(c, ledger, Keeping()),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("guard", GUARDS)
@in_virtual_time
async def test_answers_and_failures_pass_through(guard: str, call: str) -> None:
    inner = Directory()
    guarded = GUARDS[guard](inner, Ledger("here"))
    assert guarded.info is INFO
    plain = await CALLS[call](inner)
    assert await CALLS[call](guarded) == plain

    guarded = GUARDS[guard](inner, Ledger("here"))
    inner.failure = BadData("here", "nonsense")
    with pytest.raises(BadData):
        await CALLS[call](guarded)
    await guarded.aclose()
    assert inner.closed == 1


@pytest.mark.parametrize("call", CALLS)
@in_virtual_time
async def test_silence_ends_at_the_deadline_and_the_call_is_cancelled(call: str) -> None:
    inner, ledger = Directory(), Ledger("here")
    inner.gate.clear()

    with pytest.raises(Unavailable, match=r"no answer within 1\.5 s"):
        await CALLS[call](Deadline(inner, 1.5, ledger))

    assert (inner.cancelled, now()) == (1, 1.5)
    assert ledger.tally.held_back == {"deadline": 1}


@pytest.mark.parametrize("call", CALLS)
@in_virtual_time
async def test_calls_are_counted_and_failures_logged(call: str, caplog: pytest.LogCaptureFixture) -> None:
    inner, ledger = Directory(), Ledger("here")
    observed = Observed(inner, ledger)

    await CALLS[call](observed)
    inner.failure = Unavailable("here", "gone", detail="for the log")
    with pytest.raises(Unavailable):
        await CALLS[call](observed)
    inner.gate.clear()
    waiting = asyncio.ensure_future(CALLS[call](observed))
    await asyncio.sleep(1)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    assert ledger.tally.calls == {call: {"answered": 1, "unavailable": 1, "cancelled": 1}}
    assert caplog.text.count("for the log") == 1
