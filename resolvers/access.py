"""Who asks: a role and an account, told by the hub from the request; which field needs which role is said at the field.

Roles include one another: whoever has an account may look after entries of its own, admins may everything. Whose entry
or whose source something is, is for the resolver to look at: a role alone says only what sort of things somebody does.
"""

from enum import StrEnum
from typing import Final

from graphql import GraphQLError
from msgspec import Struct

UNAUTHENTICATED: Final = "UNAUTHENTICATED"
FORBIDDEN: Final = "FORBIDDEN"
CODES: Final = (UNAUTHENTICATED, FORBIDDEN)


class Role(StrEnum):
    """What a client may do."""

    ANONYMOUS = "ANONYMOUS"
    REGISTRANT = "REGISTRANT"
    PARTNER = "PARTNER"
    MODERATOR = "MODERATOR"
    ADMIN = "ADMIN"


_INCLUDED: Final[dict[Role, frozenset[Role]]] = {
    Role.ANONYMOUS: frozenset(),
    Role.REGISTRANT: frozenset({Role.REGISTRANT}),
    Role.PARTNER: frozenset({Role.PARTNER, Role.REGISTRANT}),
    Role.MODERATOR: frozenset({Role.MODERATOR, Role.REGISTRANT}),
    Role.ADMIN: frozenset({Role.ADMIN, Role.MODERATOR, Role.PARTNER, Role.REGISTRANT}),
}
"""For each role, the roles that it stands for."""


class Caller(Struct, frozen=True):
    """Who asks; two callers are equal when every answer is the same to them.

    `account`: a stable opaque id ("key-…" or "person-…"), None for anybody. `name`: how the account is called, for
    itself and for admins only. `sources`: those whose links and records a partner looks after.
    """

    role: Role = Role.ANONYMOUS
    account: str | None = None
    name: str | None = None
    sources: frozenset[str] = frozenset()

    def is_a(self, *roles: Role) -> bool:
        """Whether the caller may do what one of these roles may."""
        return not _INCLUDED[self.role].isdisjoint(roles)

    def needs(self, *roles: Role) -> str:
        """The caller's account; a GraphQL error UNAUTHENTICATED or FORBIDDEN without any of these roles."""
        if self.account is not None and self.is_a(*roles):
            return self.account
        needed = f"This needs {role_words(roles)}"
        if self.account is None:
            raise GraphQLError(f"{needed}: send Authorization: Bearer <key>.", extensions={"code": UNAUTHENTICATED})
        raise GraphQLError(f"{needed}.", extensions={"code": FORBIDDEN})

    @property
    def signature(self) -> str:
        """What a decision is signed with: the role, for everybody to see, and the account, for moderators only."""
        return f"{self.role.lower()} {self.account}"


def role_words(roles: tuple[Role, ...]) -> str:
    """Roles in words: "the role of a partner or an admin"."""
    named = [f"an {role.lower()}" if role is Role.ADMIN else f"a {role.lower()}" for role in roles]
    return f"the role of {' or '.join(named)}"
