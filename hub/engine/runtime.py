"""What programs call: columns of values taken apart on the way down, and put together on the way up.

A column is the list of one field's values, one for each parent. On the way down nulls are left out (`present`) and
lists are laid end to end (`flat`), so that whatever is below sees one column of objects; on the way up the same
shape is given back (`with_nulls`, `regrouped`, `chosen`). Objects that keep JSON of theirs are shown from there
(`kept`): what comes out may hold fragments of it. What cannot be told at sight raises, and graphql-core takes over.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, Final, Protocol

import orjson
from graphql import GraphQLSchema
from graphql.pyutils import is_awaitable

from hub.engine.reasons import Fallback, Reason

LISTS: Final = frozenset({list, tuple})
"""What may be read as a list more than once; graphql-core takes any iterable."""


MOST_FRAGMENTS: Final = 4
"""Ways of showing it that an object keeps: applications send the same few documents again and again."""

LONGEST_FRAGMENT: Final = 8_192
"""Bytes; what is longer is made each time."""


class Kinds(Protocol):
    """What finds the runtime type of an object (see values.py)."""

    def kind(self, value: Any, info: "ResolverInfo") -> str:
        """The name of the type."""
        ...


class ResolverInfo:
    """The `info` of resolvers in a program: the context. Asking it for anything else hands over to graphql-core."""

    __slots__ = ("context", "schema")

    is_awaitable = staticmethod(is_awaitable)

    def __init__(self, context: object, schema: GraphQLSchema) -> None:
        self.context = context
        self.schema = schema

    def __getattr__(self, name: str) -> Any:
        raise Fallback(Reason.INFO)


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a field's resolver gave for each of its parents; where an awaited one failed, its exception.

    `arguments` is the number of its arguments in the document's table, None without arguments.
    """

    field: str
    arguments: int | None
    parents: Sequence[object]
    values: Sequence[Any]
    awaited: bool


class Run:
    """One run of a program. `kept` is what was resolved so far, for graphql-core if it must go on."""

    __slots__ = ("arguments", "info", "kept")

    def __init__(self, info: ResolverInfo, arguments: Sequence[Mapping[str, Any]]) -> None:
        self.info = info
        self.arguments = arguments
        self.kept: list[Resolved] = []

    def keep(self, field: str, arguments: int | None, parents: Sequence[object], values: list[Any]) -> list[Any]:
        """The values themselves, kept."""
        self.kept.append(Resolved(field, arguments, parents, values, awaited=False))
        return values

    async def ask(
        self,
        field: str,
        arguments: int | None,
        parents: Sequence[object],
        asked: Sequence[Coroutine[Any, Any, Any]],
    ) -> list[Any]:
        """Await one resolver for all parents. All of them end, and are kept, before a failure is raised."""
        if len(asked) == 1:
            try:
                values = [await asked[0]]
            except Exception as error:  # noqa: BLE001  # raised below, once kept
                values = [error]
        else:
            values = await asyncio.gather(*asked, return_exceptions=True)
        return self._kept(Resolved(field, arguments, parents, values, awaited=True))

    async def ask_batch(
        self, field: str, arguments: int | None, parents: Sequence[object], batch: Awaitable[Sequence[Any]]
    ) -> list[Any]:
        """Await a batch resolver: its own failure is that of every parent."""
        try:
            values = list(await batch)
            if len(values) != len(parents):
                raise ValueError(f"{field}: {len(parents)} parents, {len(values)} values")  # noqa: TRY301
        except Exception as error:  # noqa: BLE001  # raised below, once kept
            values = [error] * len(parents)
        return self._kept(Resolved(field, arguments, parents, values, awaited=True))

    def _kept(self, resolved: Resolved) -> list[Any]:
        self.kept.append(resolved)
        for value in resolved.values:
            if isinstance(value, BaseException):
                raise value
        return list(resolved.values)


def kept(run: Run, parents: list[Any], key: str, tell: Callable[[Run, Any], Any]) -> list[Any]:
    """What `tell` makes of each object, as JSON that they keep by this key.

    It is kept from the second time on: most objects are shown once, and what nobody asks for again is not worth making.
    """
    return [
        fragments.get(key) or _told(run, parent, fragments, key, tell)
        for parent in parents
        for fragments in (parent.fragments,)
    ]


def kept_one(run: Run, parent: Any, key: str, tell: Callable[[Run, Any], Any]) -> Any:
    """The same of one object."""
    return parent.fragments.get(key) or _told(run, parent, parent.fragments, key, tell)


def _told(
    run: Run, parent: Any, fragments: dict[str, orjson.Fragment | None], key: str, tell: Callable[[Run, Any], Any]
) -> Any:
    told = tell(run, parent)
    if key not in fragments:
        if len(fragments) >= MOST_FRAGMENTS:
            fragments.clear()
        fragments[key] = None
        return told
    text = orjson.dumps(told)
    fragment = orjson.Fragment(text)
    if len(text) <= LONGEST_FRAGMENT:
        fragments[key] = fragment
    return fragment


async def together(*columns: Awaitable[list[Any]]) -> list[list[Any]]:
    """Columns that wait, side by side. All end before a failure is raised, so that nothing is asked again."""
    done = await asyncio.gather(*columns, return_exceptions=True)
    for column in done:
        if isinstance(column, BaseException):
            raise column
    return done  # type: ignore[return-value]  # no exception is left in it


def present(column: list[Any]) -> list[Any]:
    """The column without its nulls."""
    return [value for value in column if value is not None]


def with_nulls(column: list[Any], done: list[Any]) -> list[Any]:
    """What became of `present(column)`, with the nulls in their places again."""
    if len(done) == len(column):
        return done
    rest = iter(done)
    return [None if value is None else next(rest) for value in column]


def one_of(run: Run, value: Any, kinds: "Kinds", tell: Mapping[str, Callable[[Run, Any], Any]]) -> Any:
    """What becomes of an object of an abstract type."""
    return tell[kinds.kind(value, run.info)](run, value)


def listed(value: Any) -> Any:
    """The value itself, when it is a list."""
    if type(value) not in LISTS:
        raise Fallback(Reason.VALUE)
    return value


def flat(column: list[Any]) -> list[Any]:
    """The items of a column of lists, end to end."""
    if not LISTS.issuperset(map(type, column)):
        raise Fallback(Reason.VALUE)
    return list(chain.from_iterable(column))


def regrouped(column: list[Any], done: list[Any]) -> list[list[Any]]:
    """What became of `flat(column)`, as lists of the same lengths again."""
    if len(column) == 1:
        return [done]
    rest = iter(done)
    return [list(islice(rest, len(items))) for items in column]


def chosen(kinds: Iterable[str], done: Mapping[str, list[Any]]) -> list[Any]:
    """What became of the objects of an abstract type, in the order of their `kinds` again."""
    rests = {kind: iter(values) for kind, values in done.items()}
    return [next(rests[kind]) for kind in kinds]


def settled(value: Any) -> Any:
    """A value that is none of those that graphql-core treats apart: an exception is raised, an awaitable left to it."""
    if isinstance(value, Exception):
        raise value
    if is_awaitable(value):
        raise Fallback(Reason.VALUE)
    return value
