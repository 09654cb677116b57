"""Answers kept from one request to the next: for as long as they stay true, and made once for all who ask at once.

An answer is true until its life is over or something that it rests on changes. What changes is told by tag
(`invalidate`), or seen: `versions` gives for a tag a number that is another one after each change, also of other
processes, and is looked at every `look_every` seconds at least while answers are given. An answer that was begun
before a change of what it rests on is never given once the change was told or seen, whether it was made before,
meanwhile or later.

Callers never share an answer, but for all who are anonymous: the caller is part of the key. Tags are few (one for each
source, and "links").

Requests of which every byte that matters was seen before (`Exact`) find their answer without being read; they belong
to the answer, count in its size and go with it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from time import monotonic
from typing import Final, TypeAlias

from cachetools import LRUCache
from starlette.types import Scope

from connectors.errors import SourceError
from hub.answers.answer import Answer, Form, Wanted
from hub.observability.snapshot import CacheFigures
from resolvers.access import Caller

MAX_LIFE: Final = 300.0
"""Seconds that any answer is kept at most, also one that rests on nothing that changes."""

LARGEST_SHARE: Final = 8
"""An answer that would take more than this part of all the room is not kept."""

LOOK_EVERY: Final = 0.02
"""Seconds after which a change by another process is seen at the latest; one of this process is told at once."""

LONGEST_EXACT: Final = 16 * 1024
"""Bytes of a request; one that is longer is always read."""

_SIZE_OF_EXACT: Final = 700
"""What a request takes in memory besides its bytes, about."""

MOST_EXACT: Final = 64
"""Ways of asking that are remembered of one answer: the same question can be written in any number of ways."""

Key: TypeAlias = tuple[bytes, Caller]
Exact: TypeAlias = tuple[bytes | str | None, ...]
"""All that an answer to anybody depends on, as it came."""

Versions: TypeAlias = Mapping[str, Callable[[], int]]


def exact_request(scope: Scope, headers: Mapping[bytes, bytes], body: bytes) -> Exact | None:
    """A whole request as `Exact`; None for one that is not anybody's, or has a header twice."""
    if b"authorization" in headers or b"cookie" in headers or len(headers) != len(scope["headers"]):
        return None
    return (
        scope["method"],
        scope["query_string"],
        body,
        headers.get(b"content-type"),
        headers.get(b"accept"),
        headers.get(b"accept-encoding"),
    )


class Answers:
    """Kept answers, in at most `most_bytes` bytes; with 0 nothing is kept, and questions asked at once share still."""

    def __init__(
        self,
        most_bytes: int,
        versions: Versions,
        *,
        look_every: float = LOOK_EVERY,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.clock = clock
        self._look_every = look_every
        self._look_at = clock() + look_every
        self._most = most_bytes
        self._kept = _Kept(max(most_bytes, 1), getsizeof=lambda answer: answer.size)
        self._making: dict[tuple[Key, int], list[asyncio.Future[Answer | None]]] = {}
        self._versions = tuple(versions.items())
        self._seen = {tag: _told(version) for tag, version in self._versions}
        self._changes = 0
        self._changed: dict[str, int] = {}

    @property
    def size(self) -> int:
        """Bytes that the kept answers take, about."""
        return int(self._kept.currsize)

    def figures(self) -> CacheFigures:
        """What is kept; how often it served is counted request by request."""
        return CacheFigures(len(self._kept), self.size)

    def invalidate(self, tag: str) -> None:
        """Answers that rest on this are not true any more."""
        self._changes += 1
        self._changed[tag] = self._changes

    def exact(self, request: Exact) -> tuple[Answer, Form, float] | None:
        """What this very request was answered with, if it is still true, and for how many seconds more it will be."""
        now = self.clock()
        if now >= self._look_at:
            self._look(now)
        found = self._kept.exact.get(request)
        if found is None:
            return None
        answer, form = found
        left = answer.until - now
        return (answer, form, left) if left > 0 and (answer.checked == self._changes or self._holds(answer)) else None

    def get(self, key: Key) -> Answer | None:
        """The kept answer, if it is still true."""
        now = self.clock()
        if now >= self._look_at:
            self._look(now)
        answer = self._kept.get(key)
        return answer if answer is not None and answer.until > now and self._holds(answer) else None

    async def share(self, key: Key, make: Callable[[int], Awaitable[Answer]]) -> Answer:
        """The answer that `make` gives, or is giving already to someone else who asked since the last change.

        `make` gets the number of that change. When whoever makes it goes away, another one who waits makes it.
        """
        began = self._changes
        while (waiting := self._making.get((key, began))) is not None:
            told: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()
            waiting.append(told)
            if (answer := await told) is not None:
                return answer
        waiting = self._making[key, began] = []
        outcome: Answer | Exception | None = None
        try:
            outcome = await make(began)
        except Exception as error:
            outcome = error
            raise
        finally:
            del self._making[key, began]
            for told in waiting:
                _settle(told, outcome)
        if outcome.until > 0:
            self._keep(key, outcome)
        return outcome

    async def form(self, key: Key, answer: Answer, wanted: Wanted, exact: Exact | None = None) -> Form:
        """A form of an answer; what it takes counts, if the answer is kept. `exact`: the request that it answers."""
        form = answer.form(wanted) or await answer.make_form(wanted)
        if self._kept.get(key) is answer:
            self._keep(key, answer)
            if exact is not None:
                self._remember(exact, key, answer, form)
        return form

    def _remember(self, exact: Exact, key: Key, answer: Answer, form: Form) -> None:
        """Find the form by the bytes of the request from now on, if that takes no more than its share."""
        size = _SIZE_OF_EXACT + sum(len(part) for part in exact if part is not None)
        fits = (answer.size + size) * LARGEST_SHARE <= self._most
        if fits and size <= LONGEST_EXACT and len(answer.exact) < MOST_EXACT:
            answer.size += size
            self._keep(key, answer)
            answer.exact.append(exact)
            self._kept.exact[exact] = answer, form

    def _keep(self, key: Key, answer: Answer) -> None:
        if self._kept.get(key) is not answer:
            self._kept.pop(key, None)
        if answer.size * LARGEST_SHARE <= self._most:
            self._kept[key] = answer
        else:
            self._kept.pop(key, None)

    def _look(self, now: float) -> None:
        """See what has changed; then not again for a moment: a look costs a tenth of an answer."""
        self._look_at = now + self._look_every
        for tag, version in self._versions:
            if (seen := _told(version)) != self._seen[tag]:
                self._seen[tag] = seen
                self.invalidate(tag)

    def _holds(self, answer: Answer) -> bool:
        """Whether nothing that an answer rests on has changed since it was begun."""
        if answer.checked != self._changes:
            if any(self._changed.get(tag, 0) > answer.began for tag in answer.tags):
                return False
            answer.checked = self._changes
        return True


class _Kept(LRUCache[Key, Answer]):
    """The kept answers, and the requests that are answered with them."""

    def __init__(self, maxsize: float, getsizeof: Callable[[Answer], float]) -> None:
        super().__init__(maxsize, getsizeof)
        self.exact: dict[Exact, tuple[Answer, Form]] = {}

    def __delitem__(self, key: Key) -> None:
        answer = self[key]
        super().__delitem__(key)
        for request in answer.exact:
            self.exact.pop(request, None)
        answer.exact.clear()


def _settle(told: asyncio.Future[Answer | None], outcome: Answer | Exception | None) -> None:
    """Tell one who waits what came of it; None: nothing, who made it went away."""
    if told.done():
        return  # they went away themselves
    if isinstance(outcome, Exception):
        told.set_exception(outcome)
    else:
        told.set_result(outcome)


def _told(version: Callable[[], int]) -> int | object:
    """A version; from a database that cannot tell one, something that is never the same again."""
    try:
        return version()
    except SourceError:
        return object()
