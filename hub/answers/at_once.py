"""Requests that have come whole, answered where they arrive: their response is written whole, without ASGI messages.

What is there already is given in the same turn of the event loop; the rest is made by the same endpoint as ever. What
an ordinary request meets on its way down is met here too: the gate, the rates, the observatory. A request for which any
of them has more to do than to let it pass goes the ordinary way.
"""

from collections.abc import Callable, Coroutine, Mapping
from contextlib import AbstractContextManager
from time import perf_counter
from typing import Any, Final, Protocol, TypeAlias

from starlette.types import Scope

from hub.answers.kept import Answers, Exact, exact_request
from hub.answers.reply import Reply
from hub.limits.arrival import Response
from hub.limits.gate import Gate
from hub.limits.rates import Rates
from hub.limits.spending import whence
from hub.observability.exchange import HIT, KEY, Exchange
from hub.observability.observatory import Observatory

COST: Final = 1
"""What a kept answer counts for, whatever it cost to make."""


class Endpoint(Protocol):
    """What answers the requests whose answer is not there."""

    def replies(self, scope: Scope, headers: Mapping[bytes, bytes]) -> bool:
        """Whether a request is one for data, to be answered whole."""
        ...

    async def reply(self, scope: Scope, headers: Mapping[bytes, bytes], body: bytes, exact: Exact | None) -> Reply:
        """The reply to such a request."""
        ...


class Serving(Protocol):
    """What serves, borrowed while an answer is made so that it stays open."""

    @property
    def endpoint(self) -> Endpoint:
        """What makes answers."""
        ...


Borrow: TypeAlias = Callable[[], AbstractContextManager[Serving]]
"""Gives what serves at the moment that it is called."""


class AtOnce:
    """See above. It answers what comes to `endpoint` by `paths`, in the same bytes.

    An answer that is made after the turn in which its request came is made by what serves then (`Borrow`).
    """

    def __init__(
        self,
        paths: tuple[str, ...],
        endpoint: Endpoint,
        answers: Answers,
        gate: Gate,
        rates: Rates,
        observatory: Observatory,
    ) -> None:
        self._paths = paths
        self._endpoint = endpoint
        self._answers = answers
        self._gate = gate
        self._rates = rates
        self._observatory = observatory

    def __call__(self, scope: Scope, body: bytes, borrow: Borrow) -> Response | Coroutine[Any, Any, Response] | None:
        """The response to a whole request, now or awaited; None when it must go the ordinary way."""
        if scope["path"] not in self._paths:
            return None
        began = perf_counter()
        headers = dict(scope["headers"])
        exact = exact_request(scope, headers, body)
        found = self._answers.exact(exact) if exact else None
        scope = self._gate.seen(scope)
        if self._gate.refusal(scope) is not None:
            return None
        exchange = Exchange(scope, began)
        if found is None or not self._spent(scope):
            if len(headers) < len(scope["headers"]) or not self._endpoint.replies(scope, headers):
                return None
            return self._later(scope, headers, body, exact, exchange, borrow)
        answer, form, left = found
        if answer.execution is not None:
            exchange.given(answer.execution, HIT)
        reply = Reply.of(form, left, headers.get(b"if-none-match"))
        exchange.status = reply.status
        self._observatory.end(exchange)
        return self._response(reply, scope, exchange)

    async def _later(
        self,
        scope: Scope,
        headers: Mapping[bytes, bytes],
        body: bytes,
        exact: Exact | None,
        exchange: Exchange,
        borrow: Borrow,
    ) -> Response:
        scope[KEY] = exchange
        with borrow() as serving, self._observatory.observing(exchange):
            reply = await serving.endpoint.reply(scope, headers, body, exact)
            exchange.status = reply.status
        return self._response(reply, scope, exchange)

    def _response(self, reply: Reply, scope: Scope, exchange: Exchange) -> Response:
        lines = (reply.lines, self._gate.lines(scope), b"%b: %b\r\n" % exchange.header)
        return Response(reply.status, lines, reply.body)

    def _spent(self, scope: Scope) -> bool:
        allowance = self._rates.spend_now(whence(scope), COST)
        return allowance is not None and allowance.allowed
