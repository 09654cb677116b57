"""Ledgers and trails: what is counted of a source's calls, in all and in one request."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import msgspec
import pytest
from clocks import Clock

from connectors.errors import BadData, Refused, Unavailable
from connectors.guards.durations import BOUNDS, Durations
from connectors.guards.ledger import MINUTES, Ledger, Tally
from connectors.guards.trail import CURRENT, UNTRACED, Span, Trail, covered, upstream


@pytest.fixture
def clock() -> Clock:
    return Clock(1_000_000.0)


@pytest.fixture
def ledger(clock: Clock) -> Ledger:
    return Ledger("monenfant", clock=clock, timer=clock)


@pytest.fixture
def trail() -> Iterator[Trail]:
    mine = Trail("abc-1")
    token = CURRENT.set(mine)
    yield mine
    CURRENT.reset(token)


def call(ledger: Ledger, clock: Clock, seconds: float, error: BaseException | None = None) -> None:
    with ledger.calling("search"):
        clock.now += seconds
        if error:
            raise error


def test_an_answer_is_counted_with_its_time(ledger: Ledger, clock: Clock) -> None:
    call(ledger, clock, 0.03)
    call(ledger, clock, 0.2)

    tally = ledger.tally
    assert tally.calls == {"search": {"answered": 2}}
    assert tally.answered == 2
    assert tally.failed == 0
    assert tally.durations.count == 2
    assert tally.durations.total == pytest.approx(0.23)
    assert tally.last_answer_at == clock.now
    assert tally.last_failure is None


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (Unavailable("monenfant", "no answer in time", detail="secret"), "unavailable", "no answer in time"),
        (Refused("monenfant", "refuses our key", detail="secret"), "refused", "refuses our key"),
        (BadData("monenfant", "the answer is not in its format", detail="secret"), "bad_data", None),
        (ZeroDivisionError("secret"), "internal", "internal error"),
    ],
)
def test_a_failure_is_counted_by_kind_and_told_without_its_detail(
    ledger: Ledger, clock: Clock, error: Exception, kind: str, message: str | None
) -> None:
    with pytest.raises(type(error)):
        call(ledger, clock, 0.5, error)

    failure = ledger.tally.last_failure
    assert failure
    assert (failure.kind, failure.at) == (kind, clock.now)
    assert message in {None, failure.message}
    assert "secret" not in failure.message
    assert ledger.tally.calls == {"search": {kind: 1}}
    assert ledger.tally.failed == 1
    assert ledger.tally.last_answer_at is None


def test_a_call_that_nobody_waits_for_any_more_is_no_failure(ledger: Ledger, clock: Clock) -> None:
    with pytest.raises(asyncio.CancelledError):
        call(ledger, clock, 0.5, asyncio.CancelledError())

    assert ledger.tally.calls == {"search": {"cancelled": 1}}
    assert ledger.tally.failed == 0
    assert ledger.tally.last_failure is None
    assert sum(minute.failed for minute in ledger.tally.minutes.values()) == 0


def test_the_course_of_an_hour_is_kept(ledger: Ledger, clock: Clock) -> None:
    clock.now = 60.0 * 10_000
    for _ in range(3 * MINUTES):
        call(ledger, clock, 20.0)
        call(ledger, clock, 40.0)

    minutes = ledger.tally.minutes
    assert len(minutes) == MINUTES
    assert max(minutes) == 10_000 + 3 * MINUTES
    # each pair ends at 20 s and at 60 s of its minute: the second falls into the next
    assert {(minute.calls, minute.longest) for minute in list(minutes.values())[1:-1]} == {(2, 40.0)}


def test_what_guards_do_is_counted_in_all_and_in_the_request(ledger: Ledger, clock: Clock, trail: Trail) -> None:
    call(ledger, clock, 0.1)
    with pytest.raises(Unavailable):
        call(ledger, clock, 0.3, Unavailable("monenfant", "down"))
    ledger.retried()
    ledger.looked_up(hits=3, misses=1)
    ledger.looked_up(stale=2)
    ledger.held_back("breaker")
    ledger.breaker_is("open")
    ledger.breaker_is("open")
    ledger.breaker_is("half_open")

    tally = ledger.tally
    assert (tally.retries, tally.hits, tally.misses, tally.stale) == (1, 3, 1, 2)
    assert tally.held_back == {"breaker": 1}
    assert (tally.breaker, tally.opened) == ("half_open", 1)
    asked = trail.asked["monenfant"]
    assert (asked.calls, asked.hits, asked.misses, asked.stale) == (2, 3, 1, 2)
    assert asked.seconds == pytest.approx(0.4)
    assert asked.longest == pytest.approx(0.3)
    assert asked.outcomes == {"unavailable": 1, "breaker": 1}


async def test_a_task_goes_on_noting_for_the_request_that_began_it(ledger: Ledger, trail: Trail) -> None:
    async def fetch() -> None:
        with ledger.calling("get"):
            await asyncio.sleep(0)

    task = asyncio.create_task(fetch())
    token = CURRENT.set(Trail("another"))
    await task
    CURRENT.reset(token)

    assert trail.asked["monenfant"].calls == 1


def test_without_a_request_only_the_source_counts(ledger: Ledger, clock: Clock) -> None:
    call(ledger, clock, 0.1)
    ledger.looked_up(hits=1)
    ledger.held_back("queue")
    covered([("monenfant", "COMPLETE")])

    assert (ledger.tally.answered, ledger.tally.hits, ledger.tally.held_back) == (1, 1, {"queue": 1})


def test_of_several_coverages_of_a_source_the_worst_is_told(trail: Trail) -> None:
    for status in ("COMPLETE", "PARTIAL", "COMPLETE"):
        covered([("monenfant", status)])
    covered([("registry", "COMPLETE")])

    assert trail.coverage == {"monenfant": "PARTIAL", "registry": "COMPLETE"}


def test_tallies_of_processes_add_up(clock: Clock) -> None:
    tallies = []
    for breaker in ("closed", "open"):
        ledger = Ledger("monenfant", clock=clock, timer=clock)
        clock.now += 60
        call(ledger, clock, 0.1)
        with pytest.raises(Refused):
            call(ledger, clock, 2.0, Refused("monenfant", f"no ({breaker})"))
        ledger.looked_up(hits=1, misses=2, stale=3)
        ledger.retried()
        ledger.held_back("breaker")
        ledger.breaker_is(breaker)
        tallies.append(ledger.tally)

    total = Tally()
    for tally in tallies:
        total.merge(msgspec.msgpack.decode(msgspec.msgpack.encode(tally), type=Tally))

    assert total.calls == {"search": {"answered": 2, "refused": 2}}
    assert (total.answered, total.failed) == (2, 2)
    assert (total.hits, total.misses, total.stale, total.retries, total.opened) == (2, 4, 6, 2, 1)
    assert total.held_back == {"breaker": 2}
    assert total.breaker == "open"
    assert total.durations.count == 4
    assert sum(minute.calls for minute in total.minutes.values()) == 4
    assert total.last_failure
    assert total.last_failure.message == "no (open)"
    assert total.last_answer_at == max(tally.last_answer_at or 0 for tally in tallies)
    earlier = Tally()
    earlier.merge(total)
    earlier.merge(tallies[0])
    assert earlier.last_failure == total.last_failure


def test_durations_tell_quantiles_and_means() -> None:
    durations = Durations()
    assert (durations.mean, durations.quantile(0.5), durations.count) == (0.0, 0.0, 0)
    for _ in range(90):
        durations.add(0.002)
    for _ in range(10):
        durations.add(20.0)

    assert durations.count == 100
    assert durations.mean == pytest.approx(2.0018)
    assert durations.quantile(0.5) == 0.0025
    assert durations.quantile(0.95) == 20.0
    assert durations.longest == 20.0
    assert len(durations.counts) == len(BOUNDS) + 1
    one = Durations()
    one.add(0.0001)
    assert one.quantile(0.5) == 0.0001


class Noted:
    """A tracer that remembers what it was told."""

    def __init__(self) -> None:
        self.spans: list[tuple[str, bool, Mapping[str, str | int]]] = []
        self.ended: list[tuple[str, type[BaseException] | None]] = []

    @contextmanager
    def span(self, name: str, *, client: bool, facts: Mapping[str, str | int]) -> Iterator[Span]:
        self.spans.append((name, client, facts))
        failed = None
        try:
            yield UNTRACED
        except BaseException as error:
            failed = type(error)
            raise
        finally:
            self.ended.append((name, failed))


def test_a_traced_request_has_a_span_for_each_call(ledger: Ledger, clock: Clock) -> None:
    tracer = Noted()
    token = CURRENT.set(Trail("abc-1", tracer))
    try:
        with ledger.calling("search"), upstream("GET", "api.example.org", "/fhir"):
            clock.now += 1
        with pytest.raises(Refused):
            call(ledger, clock, 0.1, Refused("monenfant", "no"))
    finally:
        CURRENT.reset(token)

    assert tracer.spans == [
        ("search monenfant", False, {"hub.source": "monenfant"}),
        ("GET", True, {"http.request.method": "GET", "server.address": "api.example.org", "url.path": "/fhir"}),
        ("search monenfant", False, {"hub.source": "monenfant"}),
    ]
    assert tracer.ended == [("GET", None), ("search monenfant", None), ("search monenfant", Refused)]


@pytest.mark.parametrize("trail", [None, Trail("abc-1")])
def test_what_is_not_traced_costs_one_look(trail: Trail | None) -> None:
    token = CURRENT.set(trail)
    try:
        with upstream("GET", "api.example.org", "/") as span:
            span.told("http.response.status_code", 200)
            assert span.headers == {}
        assert upstream("GET", "api.example.org", "/") is UNTRACED
    finally:
        CURRENT.reset(token)
