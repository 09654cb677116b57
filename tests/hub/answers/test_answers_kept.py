"""Kept answers: for how long, for whom, and what makes them untrue."""

import asyncio
from collections.abc import Callable, Iterable

import pytest
from clocks import Clock

from connectors.errors import Unavailable
from hub.answers.answer import OVERHEAD, Answer, Wanted
from hub.answers.kept import LONGEST_EXACT, MOST_EXACT, Answers, Exact
from resolvers.access import Role

KEY = (b"a question", Role.ANONYMOUS)
OTHER = (b"another question", Role.ANONYMOUS)
PLAIN = Wanted("application/json", None, public=False)
GZIP = Wanted("application/json", "gzip", public=False)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def answers(clock: Clock) -> Answers:
    return Answers(1_000_000, {}, clock=clock)


def making(
    answers: Answers, body: bytes = b"{}", *, life: float = 10.0, tags: Iterable[str] = ()
) -> Callable[[int], asyncio.Future[Answer]]:
    async def make(began: int) -> Answer:
        until = answers.clock() + life if life else 0.0
        return Answer(body, executed=True, until=until, tags=tags, began=began)

    return make


async def test_an_answer_is_kept_until_its_life_is_over(answers: Answers, clock: Clock) -> None:
    made = await answers.share(KEY, making(answers))

    assert answers.get(KEY) is made
    clock.now += 9.9
    assert answers.get(KEY) is made
    clock.now += 0.1
    assert answers.get(KEY) is None


async def test_an_answer_without_a_life_is_not_kept(answers: Answers) -> None:
    await answers.share(KEY, making(answers, life=0.0))

    assert answers.get(KEY) is None
    assert answers.size == 0


async def test_what_changed_makes_untrue_what_rests_on_it_and_nothing_else(answers: Answers) -> None:
    linked = await answers.share(KEY, making(answers, tags=["links", "source:x"]))
    other = await answers.share(OTHER, making(answers, tags=["source:x"]))
    assert (answers.get(KEY), answers.get(OTHER)) == (linked, other)

    answers.invalidate("links")

    assert (answers.get(KEY), answers.get(OTHER)) == (None, other)
    assert (answers.get(KEY), answers.get(OTHER)) == (None, other)
    again = await answers.share(KEY, making(answers, tags=["links"]))
    assert answers.get(KEY) is again


async def test_an_answer_begun_before_a_change_is_never_given_after_it(answers: Answers) -> None:
    reached, go = asyncio.Event(), asyncio.Event()

    async def make(began: int) -> Answer:
        reached.set()
        await go.wait()
        return Answer(b"old", executed=True, until=answers.clock() + 10.0, tags=["links"], began=began)

    early = asyncio.create_task(answers.share(KEY, make))
    await reached.wait()
    answers.invalidate("links")
    late = await answers.share(KEY, making(answers, b"new", tags=["links"]))
    assert late.body == b"new"
    go.set()

    assert (await early).body == b"old", "who asked before the change may get what was so then"
    assert answers.get(KEY) in {None, late}


async def test_changes_of_databases_are_seen_before_an_answer_is_given(clock: Clock) -> None:
    version = [7]
    answers = Answers(1_000_000, {"links": lambda: version[0]}, look_every=0.5, clock=clock)
    made = await answers.share(KEY, making(answers, tags=["links"]))
    other = await answers.share(OTHER, making(answers))
    assert answers.get(KEY) is made

    version[0] = 3

    clock.now += 0.4
    assert answers.get(KEY) is made, "not looked at again yet"
    clock.now += 0.1
    assert (answers.get(KEY), answers.get(OTHER)) == (None, other)


async def test_nothing_is_given_of_a_database_that_cannot_tell(clock: Clock) -> None:
    broken = False

    def version() -> int:
        if broken:
            raise Unavailable("links", "gone")
        return 1

    answers = Answers(1_000_000, {"links": version}, look_every=0, clock=clock)
    await answers.share(KEY, making(answers, tags=["links"]))
    other = await answers.share(OTHER, making(answers))
    broken = True

    assert (answers.get(KEY), answers.get(OTHER)) == (None, other)
    broken = False
    assert answers.get(KEY) is None, "it may have changed meanwhile"


async def test_roles_share_nothing(answers: Answers) -> None:
    await answers.share(KEY, making(answers))

    assert answers.get((KEY[0], Role.MODERATOR)) is None


async def test_who_asks_at_once_shares_one_making(answers: Answers) -> None:
    made = 0

    async def make(began: int) -> Answer:
        nonlocal made
        made += 1
        await asyncio.sleep(0)
        return Answer(b"{}", executed=True, began=began)

    found = await asyncio.gather(*(answers.share(KEY, make) for _ in range(500)))

    assert made == 1
    assert len({id(answer) for answer in found}) == 1
    await answers.share(KEY, make)
    assert made == 2, "nothing was kept, so that the next one makes it again"


async def test_who_goes_away_takes_nothing_from_the_others(answers: Answers) -> None:
    made: asyncio.Queue[int] = asyncio.Queue()
    go = asyncio.Event()

    async def make(began: int) -> Answer:
        made.put_nowait(began)
        await go.wait()
        return Answer(b"{}", executed=True, began=began)

    first = asyncio.create_task(answers.share(KEY, make))
    await made.get()
    gone, *others = (asyncio.create_task(answers.share(KEY, make)) for _ in range(3))
    await asyncio.sleep(0)
    gone.cancel()
    first.cancel()
    await made.get()  # another one makes it
    go.set()

    one, other = await asyncio.gather(*others)
    assert one is other
    assert one.body == b"{}"
    assert first.cancelled()
    assert gone.cancelled()
    assert made.empty()


async def test_a_failure_is_everybodys_and_is_forgotten(answers: Answers) -> None:
    async def fail(began: int) -> Answer:
        raise ZeroDivisionError

    found = await asyncio.gather(answers.share(KEY, fail), answers.share(KEY, fail), return_exceptions=True)
    assert [type(error) for error in found] == [ZeroDivisionError, ZeroDivisionError]

    assert (await answers.share(KEY, making(answers))).body == b"{}"


async def test_answers_are_bounded_in_bytes(clock: Clock) -> None:
    room = 40 * (OVERHEAD + 1000)
    answers = Answers(room, {}, clock=clock)
    for i in range(100):
        await answers.share((b"%d" % i, Role.ANONYMOUS), making(answers, b"x" * 1000))
        assert answers.size <= room
    assert answers.get((b"0", Role.ANONYMOUS)) is None
    assert answers.get((b"99", Role.ANONYMOUS)) is not None

    await answers.share(KEY, making(answers, b"x" * (room // 4)))
    assert answers.get(KEY) is None, "one answer never takes the room of many"


async def test_the_forms_of_an_answer_count_and_are_made_once(answers: Answers) -> None:
    answer = await answers.share(KEY, making(answers, b"x" * 5000))
    before = answers.size

    plain = await answers.form(KEY, answer, PLAIN)
    coded = await answers.form(KEY, answer, GZIP)

    assert answers.size == before + 2 * OVERHEAD + len(coded.body["body"])
    assert await answers.form(KEY, answer, GZIP) is coded
    assert await answers.form(KEY, answer, PLAIN) is plain
    assert answers.size == before + 2 * OVERHEAD + len(coded.body["body"])


async def test_an_answer_that_outgrows_its_share_is_let_go(clock: Clock) -> None:
    answers = Answers(8 * (2 * OVERHEAD), {}, clock=clock)
    answer = await answers.share(KEY, making(answers))
    assert answers.get(KEY) is answer
    for media_type in ("application/json", "application/graphql-response+json"):
        await answers.form(KEY, answer, Wanted(media_type, None, public=True))

    assert answers.get(KEY) is None
    assert answers.size == 0


def exactly(body: bytes) -> Exact:
    return ("POST", b"", body, b"application/json", None, None)


async def test_a_request_seen_before_finds_its_form_while_the_answer_is_true(clock: Clock) -> None:
    answers = Answers(1_000_000, {}, clock=clock)
    answer = await answers.share(KEY, making(answers, tags=["links"]))
    form = await answers.form(KEY, answer, PLAIN, exactly(b"a"))
    clock.now += 4.0

    assert answers.exact(exactly(b"a")) == (answer, form, 6.0)
    assert answers.exact(exactly(b"b")) is None
    answers.invalidate("source:x")
    assert answers.exact(exactly(b"a")) == (answer, form, 6.0)
    answers.invalidate("links")
    assert answers.exact(exactly(b"a")) is None

    again = await answers.share(KEY, making(answers, tags=["links"]))
    assert answers.exact(exactly(b"a")) is None, "it went with the answer that it belonged to"
    form = await answers.form(KEY, again, PLAIN, exactly(b"a"))
    assert answers.exact(exactly(b"a")) == (again, form, 10.0)
    clock.now += 10.0
    assert answers.exact(exactly(b"a")) is None


async def test_requests_are_bounded_with_their_answers(clock: Clock) -> None:
    room = 100 * (OVERHEAD + 1000)
    answers = Answers(room, {}, clock=clock)
    asked = []
    for i in range(100):
        key = (b"%d" % i, Role.ANONYMOUS)
        answer = await answers.share(key, making(answers, b"x" * 1000))
        for request in (exactly(b"%d %d" % (i, n)) for n in range(3)):
            await answers.form(key, answer, PLAIN, request)
            asked.append(request)
        assert answers.size <= room
    known = [request for request in asked if answers.exact(request)]
    assert asked[-1] in known
    assert asked[0] not in known
    assert len(known) <= 200

    answer = await answers.share(KEY, making(answers))
    written = [exactly(b"%d" % n) for n in range(MOST_EXACT + 10)]
    for request in (exactly(b"x" * (LONGEST_EXACT + 1)), *written):
        await answers.form(KEY, answer, PLAIN, request)
    assert answers.exact(exactly(b"x" * (LONGEST_EXACT + 1))) is None
    assert 0 < sum(answers.exact(request) is not None for request in written) <= MOST_EXACT


async def test_without_room_nothing_is_kept(clock: Clock) -> None:
    answers = Answers(0, {}, clock=clock)

    await answers.share(KEY, making(answers))

    assert answers.get(KEY) is None
