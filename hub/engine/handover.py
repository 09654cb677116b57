"""Where graphql-core goes on with an operation that a program has given up: what was resolved is not asked again.

A resolver is a function of its parent, its arguments and the context; so what it gave is known by the parent object,
the field, and the arguments' number in the document's table. Where it was called several times alike (aliases), each
value is given once: it may be an iterator. What was awaited is given back as an awaitable, so that
graphql-core orders errors as if every awaitable had just been completed.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Generator, Iterable, Mapping
from typing import Any

from graphql import GraphQLResolveInfo

from hub.engine.runtime import Resolved


class Memory:
    """A middleware of graphql-core that answers for resolvers whose values are known.

    `numbers`: the arguments' number of each field node that has some, by the id of the node.
    """

    def __init__(self, kept: Iterable[Resolved], numbers: Mapping[int, int]) -> None:
        self._numbers = numbers
        self._kept = list(kept)  # keeps the parents alive, so that their ids stay theirs
        self._known: defaultdict[tuple[int, str, int | None], deque[tuple[Any, bool]]] = defaultdict(deque)
        for resolved in self._kept:
            for parent, value in zip(resolved.parents, resolved.values, strict=True):
                known = self._known[id(parent), resolved.field, resolved.arguments]
                known.append((value, resolved.awaited))

    def resolve(
        self, following: Callable[..., Any], source: object, info: GraphQLResolveInfo[Any], **arguments: Any
    ) -> Any:
        """What is known for this field of this object, else what its resolver gives."""
        number = self._numbers.get(id(info.field_nodes[0]))
        known = self._known.get((id(source), info.field_name, number))
        if not known:
            return following(source, info, **arguments)
        value, awaited = known.popleft()
        return Given(value) if awaited else value


class Given:
    """An awaitable that ends at once, with a value or by raising it."""

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        self._value = value

    def __await__(self) -> Generator[None, None, Any]:
        if isinstance(self._value, BaseException):
            raise self._value
        return self._value
        yield  # a generator, as `await` wants one
