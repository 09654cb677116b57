"""Fields that need a role: declared once, where the field is, for its check, its description and the tests alike.

A field without this is public. What only the owner of an entry may see needs a role here, and a look at the owner in
its resolver.
"""

from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, Final

import strawberry
from graphql import GraphQLField
from strawberry.types.field import StrawberryField

from resolvers.access import Role, role_words
from resolvers.request import Info

ROLES: Final = "roles"
_DEFINITION: Final = "strawberry-definition"


def restricted(*roles: Role, resolver: Callable[..., Any], description: str) -> Any:
    """A field (or mutation) for callers with one of these roles; its description says so.

    The resolver has a parameter `info` and is called only for them: `Caller.needs` raises for all others.
    """
    return strawberry.field(
        resolver=_guarded(resolver, roles),
        description=f"{description} Needs {role_words(roles)}.",
        metadata={ROLES: roles},
    )


def roles_of(field: GraphQLField) -> tuple[Role, ...]:
    """The roles, one of which a field needs; none for a public one."""
    definition = field.extensions.get(_DEFINITION)
    return tuple(definition.metadata.get(ROLES, ())) if isinstance(definition, StrawberryField) else ()


def _guarded(resolver: Callable[..., Any], roles: tuple[Role, ...]) -> Callable[..., Any]:
    # both executors give `info` by its name, as Strawberry does
    if hasattr(resolver, "batch"):
        raise TypeError("a batch is called for many parents at once: check the caller in it")

    if iscoroutinefunction(resolver):

        @wraps(resolver)
        async def later(*args: Any, info: Info, **kwargs: Any) -> Any:
            info.context.caller.needs(*roles)
            return await resolver(*args, info=info, **kwargs)

        return later

    @wraps(resolver)
    def now(*args: Any, info: Info, **kwargs: Any) -> Any:
        info.context.caller.needs(*roles)
        return resolver(*args, info=info, **kwargs)

    return now
