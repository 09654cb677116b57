"""Answers that are there already, given where the request arrives: without a task, a send, or anything to wait for.

What an ordinary request meets on its way down is met here too: the gate, the rates, the observatory. A request about
which any of them has more to say than yes goes the ordinary way, and is told there.
"""

from time import perf_counter
from typing import Final

from starlette.types import Scope

from hub.answers.answer import unchanged
from hub.answers.kept import Answers, exact_request
from hub.limits.arrival import Response
from hub.limits.gate import Gate
from hub.limits.rates import Rates
from hub.limits.spending import whence
from hub.observability.exchange import HIT, Exchange
from hub.observability.observatory import Observatory

OK: Final = 200
NOT_MODIFIED: Final = 304

COST: Final = 1
"""What a kept answer counts for, whatever it cost to make."""


class AtOnce:
    """See above. It answers what the endpoint of `paths` has answered before, in the same bytes."""

    def __init__(
        self, paths: tuple[str, ...], answers: Answers, gate: Gate, rates: Rates, observatory: Observatory
    ) -> None:
        self._paths = paths
        self._answers = answers
        self._gate = gate
        self._rates = rates
        self._observatory = observatory

    def __call__(self, scope: Scope, body: bytes) -> Response | None:
        """The response to a whole request, None when it must go the ordinary way."""
        if scope["path"] not in self._paths:
            return None
        began = perf_counter()
        headers = dict(scope["headers"])
        exact = exact_request(scope, headers, body)
        found = self._answers.exact(exact) if exact else None
        if found is None:
            return None
        scope = self._gate.seen(scope)
        if self._gate.refusal(scope) is not None or not self._spent(scope):
            return None
        answer, form, left = found
        exchange = Exchange(scope, began)
        if answer.execution is not None:
            exchange.given(answer.execution, HIT)
        same = headers.get(b"if-none-match")
        if same is not None and form.etag and unchanged(same, form.etag):
            status, lines, content = NOT_MODIFIED, form.unchanged_lines(left), b""
        else:
            status, lines, content = OK, form.lines(left), form.body["body"]
        exchange.status = status
        self._observatory.end(exchange)
        return Response(status, (lines, self._gate.lines(scope), b"%b: %b\r\n" % exchange.header), content)

    def _spent(self, scope: Scope) -> bool:
        allowance = self._rates.spend_now(whence(scope), COST)
        return allowance is not None and allowance.allowed
