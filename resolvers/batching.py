"""Batch resolvers: a field told for many parents at once, declared once for both executors.

A batch resolver is `async (roots, info, **arguments) -> [value or exception, one for each root]`. `batched` makes of it
the resolver of one parent that Strawberry wants, with the batch itself as its attribute `batch`. A compiled program
calls the batch once for all parents of a level; graphql-core calls the resolver for each parent, and a loader of the
request gathers those that ask in the same turn of the event loop with the same arguments. Most batches are told from
what one of the request's loaders gives: `loaded`.
"""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from itertools import islice
from types import UnionType
from typing import Any, Concatenate, ParamSpec, TypeVar, Union, cast, get_args, get_origin

from strawberry.dataloader import DataLoader

from resolvers.loader import Loader
from resolvers.request import Info

R = TypeVar("R")
T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")
P = ParamSpec("P")


def batched(
    batch: Callable[Concatenate[Sequence[R], Info, P], Awaitable[list[T | Exception]]],
) -> Callable[Concatenate[R, Info, P], Awaitable[T]]:
    """The resolver of one parent that a batch resolver stands for. Its arguments must be hashable values."""

    async def resolve(root: R, info: Info, **arguments: Any) -> T:
        key = (batch, *sorted(arguments.items()))
        loader = info.context.batches.get(key)
        if loader is None:
            # roots compare by value and are not hashable: each is its own key, and none is kept
            load = partial(_values, batch, info, arguments)
            loader = info.context.batches[key] = DataLoader(load_fn=load, cache=False)
        value: T = await loader.load(root)
        return value

    resolve.batch = batch  # type: ignore[attr-defined]
    resolve.__name__ = batch.__name__
    resolve.__qualname__ = batch.__qualname__
    resolve.__module__ = batch.__module__
    resolve.__doc__ = batch.__doc__
    resolve.__signature__ = _signature(batch)  # type: ignore[attr-defined]
    return cast(Callable[Concatenate[R, Info, P], Awaitable[T]], resolve)


async def _values(batch: Callable[..., Any], info: Info, arguments: dict[str, Any], roots: list[Any]) -> Sequence[Any]:
    values: Sequence[Any] = await batch(roots, info, **arguments)
    return values


def _signature(batch: Callable[..., Any]) -> inspect.Signature:
    """That of the resolver of one parent, for Strawberry to read the arguments and the type of the field."""
    signature = inspect.signature(batch)
    _roots, *rest = signature.parameters.values()
    root = inspect.Parameter("root", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=object)
    return inspect.Signature([root, *rest], return_annotation=_value(signature.return_annotation))


def _value(outcomes: Any) -> Any:
    """The type of a value, from the annotation `list[value | Exception]`."""
    (outcome,) = get_args(outcomes)
    if get_origin(outcome) not in (Union, UnionType):
        return outcome
    return Union[tuple(kind for kind in get_args(outcome) if kind is not Exception)]  # noqa: UP007  # not static


async def loaded(
    loader: Loader[K, V],
    roots: Sequence[R],
    keys: Callable[[R], Sequence[K]],
    tell: Callable[[R, list[V]], T],
) -> list[T | Exception]:
    """What `tell` makes of each root and of what a loader gives for its `keys`; all keys are asked for together.

    What `keys`, the loader or `tell` raises is the outcome of that root alone.
    """
    asked = [_outcome(keys, root) for root in roots]
    every = [key for some in asked if not isinstance(some, Exception) for key in some]
    found = iter(await loader.outcomes(every))
    outcomes: list[T | Exception] = []
    for root, some in zip(roots, asked, strict=True):
        if isinstance(some, Exception):
            outcomes.append(some)
            continue
        values = list(islice(found, len(some)))
        failures = [value for value in values if isinstance(value, Exception)]
        outcomes.append(failures[0] if failures else _outcome(tell, root, values))
    return outcomes


def _outcome(function: Callable[..., T], *arguments: object) -> T | Exception:
    try:
        return function(*arguments)
    except Exception as error:  # noqa: BLE001  # the outcome of one root: the executor raises it in its place
        return error
