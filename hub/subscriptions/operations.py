"""Operations whose answers come one after the other, behind the same guards as those of /graphql."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import aclosing
from time import perf_counter
from typing import Any, Final

from graphql import OperationType
from starlette.types import Scope

from connectors.errors import SourceError
from hub.access.callers import Access
from hub.answers.documents import Documents
from hub.answers.question import of_parameters
from hub.answers.refusal import RequestRefused
from hub.execution import Engine, GraphQLRequest, GraphQLResult, Prepared, StreamFailed
from hub.limits.rates import Rates
from hub.limits.spending import spend, spent
from hub.observability.names import UNNAMED
from hub.observability.usage import Usage
from resolvers.access import UNAUTHENTICATED, Caller

NOT_ANY_MORE: Final = "This key opens nothing any more."


class Operations:
    """Runs operations of any type. `context` makes what the resolvers of one answer are given."""

    def __init__(
        self,
        engine: Engine,
        context: Callable[[Caller], object],
        access: Access,
        *,
        documents: Documents,
        rates: Rates,
        usage: Usage,
    ) -> None:
        self._access = access
        self._context = context
        self._documents = documents
        self._engine = engine
        self._rates = rates
        self._usage = usage

    def read(self, parameters: Mapping[str, Any]) -> GraphQLRequest:
        """The request that these parameters are; RequestRefused when they are none."""
        return of_parameters(parameters, self._documents).request

    async def results(
        self, request: GraphQLRequest, caller: Caller, scope: Scope, *, reading: bool = False
    ) -> AsyncGenerator[GraphQLResult, None]:
        """The results of an operation: one, or one for each event of a subscription, until one was not executed.

        `reading`: nothing may be changed so. RequestRefused, before the first, for what is not served, or now.
        """
        prepared = self._engine.prepare(request.query)
        if isinstance(prepared, GraphQLResult):
            yield prepared
            return
        cost = self._engine.cost(prepared, request)
        if isinstance(cost, GraphQLResult):
            yield cost
            return
        kind = prepared.kind(request.operation_name)
        if reading and kind is OperationType.MUTATION:
            raise RequestRefused(405, "GET never runs a mutation: use POST.")
        await spend(self._rates, scope, caller, cost)
        began = perf_counter()
        if kind is OperationType.SUBSCRIPTION:
            self._count(prepared, request, began, ())
            async with aclosing(self._subscribed(prepared, request, cost, caller, scope)) as results:
                async for result in results:
                    yield result
            return
        # it is done to its end, also for a client that leaves
        result = await asyncio.shield(self._engine.execute(prepared, request, self._context(caller), cost))
        self._count(prepared, request, began, result.errors)
        yield result

    async def arrived(self, caller: Caller, scope: Scope) -> None:
        """Count one message of a client. Raises RequestRefused."""
        await spend(self._rates, scope, caller, 1)

    async def _subscribed(
        self, prepared: Prepared, request: GraphQLRequest, cost: int, caller: Caller, scope: Scope
    ) -> AsyncGenerator[GraphQLResult, None]:
        try:
            async with aclosing(self._engine.events(prepared, request, self._context(caller))) as events:
                async for event in events:
                    if not self._is_still(caller):
                        yield refused(NOT_ANY_MORE, UNAUTHENTICATED)
                        return
                    yield await self._engine.execute(prepared, request, self._context(caller), cost, event)
                    # events are not lost to who asked for too much: they come when they may
                    await self._afford(caller, scope, cost)
        except StreamFailed as failed:
            yield failed.result

    async def _afford(self, caller: Caller, scope: Scope, cost: int) -> None:
        while True:
            allowance = await spent(self._rates, scope, caller, cost)
            if allowance.allowed:
                return
            await asyncio.sleep(allowance.retry_after)

    def _is_still(self, caller: Caller) -> bool:
        """Whether the caller is who it was when the subscription began."""
        if caller.account is None:
            return True
        try:
            return self._access.of_account(caller.account) == caller
        except SourceError:
            return False

    def _count(self, prepared: Prepared, request: GraphQLRequest, began: float, errors: Iterable[object]) -> None:
        use = self._usage.operation(prepared.document, request.query, request.operation_name)
        if use is not None:
            self._usage.count(use, UNNAMED, perf_counter() - began, kept=False, failed=any(True for _ in errors))


def refused(message: str, code: str) -> GraphQLResult:
    """The result of what is not executed."""
    return GraphQLResult(None, ({"message": message, "extensions": {"code": code}},), executed=False)


def refusal_of(error: RequestRefused) -> GraphQLResult:
    """A refusal as a result."""
    return refused(error.message, error.code)
