"""How pages ask the API: by operations in GraphQL, as who is in front of the browser. So no rule is written twice.

The operations are the hub's own, in `operations.graphql`, so that the bounds of documents of others are not for them;
what is asked counts for whoever asks, as it does at /graphql.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson
from graphql import GraphQLSchema
from starlette.requests import Request

from hub.access.sessions import Sessions
from hub.execution import Engine, GraphQLRequest, GraphQLResult, Prepared
from hub.limits.rates import RATE_LIMITED, Rates
from hub.limits.settings import DocumentLimits
from hub.limits.spending import spent
from hub.web.pages import MAX_FORM, Unshown
from resolvers.access import Caller
from resolvers.errors import INTERNAL
from resolvers.request import RequestContext

OPERATIONS: Final = Path(__file__).parent / "operations.graphql"
LIMITS: Final = DocumentLimits(source=65_536, tokens=10_000, aliases=200, text=MAX_FORM)

Data = dict[str, Any]


class Api:
    """Asks the API. `context` makes what the resolvers of one request are given."""

    def __init__(
        self, schema: GraphQLSchema, context: Callable[[Caller], RequestContext], sessions: Sessions, rates: Rates
    ) -> None:
        self._engine = Engine(schema, LIMITS)
        self._context = context
        self._sessions = sessions
        self._rates = rates
        self._kept: Prepared | None = None

    async def ask(self, request: Request, operation: str, **variables: Any) -> Data:
        """The data of an operation. Raises `Unshown` with the code of the first error."""
        prepared = self._kept = self._kept or self._prepare()
        asked = GraphQLRequest(operations(), variables, operation)
        cost = self._engine.cost(prepared, asked)
        if isinstance(cost, GraphQLResult):
            raise Unshown(_code(cost))
        caller = self._sessions.caller(request)
        allowance = await spent(self._rates, request.scope, caller, cost)
        if not allowance.allowed:
            raise Unshown(RATE_LIMITED, allowance.headers())
        result = await self._engine.execute(prepared, asked, self._context(caller), cost)
        if result.errors or result.data is None:
            raise Unshown(_code(result))
        data: Data = orjson.loads(orjson.dumps(result.data))  # parts of it may be JSON already
        return data

    def _prepare(self) -> Prepared:
        prepared = self._engine.prepare(operations())
        if isinstance(prepared, GraphQLResult):
            raise TypeError(f"the operations of the pages do not fit the schema: {prepared.errors}")
        return prepared


@cache
def operations() -> str:
    """The document that holds all operations of the pages."""
    return OPERATIONS.read_text(encoding="utf-8")


def _code(result: GraphQLResult) -> str:
    for error in result.errors:
        return str(error["extensions"]["code"])
    return INTERNAL
