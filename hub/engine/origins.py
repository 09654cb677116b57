"""Where the value of a field comes from: the schema's way to resolve it, as the plan says it.

A field that Strawberry made has its own definition: an attribute, or a resolver with the arguments that it names. Any
other field resolves as graphql-core says: its function, or the entry or attribute of its name. A field with Strawberry
extensions or permission classes has no origin: they run in graphql-core only, so its documents stay there.
"""

from collections.abc import Callable, Mapping
from functools import cache
from inspect import iscoroutinefunction
from keyword import iskeyword
from typing import Any, Final

from graphql import GraphQLField
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

from hub.engine.plan import Attribute, Call, Given, Origin, When
from hub.engine.reasons import Fallback, Reason
from hub.engine.values import STRAWBERRY
from resolvers.lasting import LASTING, PATH

BATCH: Final = "batch"
"""The attribute of a resolver that holds its batch form (see resolvers/batching.py)."""


def origin(name: str, field: GraphQLField, arguments: int | None) -> Origin:
    """The origin of a field; Fallback when programs cannot resolve it. `arguments`: their number in the table."""
    definition = field.extensions.get(STRAWBERRY)
    if isinstance(definition, StrawberryField):
        return _of_strawberry(definition, arguments)
    resolve = field.resolve or _member(name)
    when = When.AWAITED if iscoroutinefunction(resolve) else When.NOW
    return Call(resolve, when, (Given.PARENT, Given.INFO), (), arguments)


def _of_strawberry(field: StrawberryField, arguments: int | None) -> Origin:
    if field.extensions or field.permission_classes:
        raise Fallback(Reason.EXTENSION)
    if type(field) is not StrawberryField or field.default_resolver is not getattr:
        raise Fallback(Reason.RESOLVER)
    if field.base_resolver:
        return _call(field.base_resolver, arguments)
    if not field.python_name.isidentifier() or iskeyword(field.python_name):
        raise Fallback(Reason.RESOLVER)
    return Attribute(field.python_name)


def _call(resolver: StrawberryResolver[Any], arguments: int | None) -> Attribute | Call:
    function = resolver.wrapped_func
    if not callable(function):
        raise Fallback(Reason.RESOLVER)
    batch = getattr(function, BATCH, None)
    if batch is not None:
        return Call(batch, When.BATCHED, (Given.PARENTS, Given.INFO), (), arguments)
    given = (
        (resolver.parent_parameter, Given.PARENT),
        (resolver.root_parameter, Given.PARENT),
        (resolver.info_parameter, Given.INFO),
    )
    named = tuple((parameter.name, value) for parameter, value in given if parameter)
    positional = (Given.PARENT,) if resolver.self_parameter else ()
    path = getattr(function, PATH, None)
    if path is not None and arguments is None:
        return Attribute(path)
    when = When.AWAITED if iscoroutinefunction(function) else When.NOW
    return Call(function, when, positional, named, arguments, getattr(function, LASTING, False))


@cache  # as many as a schema has names
def _member(name: str) -> Callable[..., Any]:
    """What graphql-core's default resolver does for a field of this name."""

    def resolve(source: Any, info: Any, **arguments: Any) -> Any:
        value = source.get(name) if isinstance(source, Mapping) else getattr(source, name, None)
        return value(info, **arguments) if callable(value) else value

    return resolve
