"""Who asks: a role, told by the hub from the request; what a role may do is said where it is done."""

from enum import StrEnum
from typing import Final

from graphql import GraphQLError

UNAUTHENTICATED: Final = "UNAUTHENTICATED"


class Role(StrEnum):
    """What a client may do: everybody reads, moderators decide about links."""

    ANONYMOUS = "ANONYMOUS"
    MODERATOR = "MODERATOR"


class Caller:
    """Who asks. `name` is what decisions are signed with; None for anybody."""

    __slots__ = ("name", "role")

    def __init__(self, role: Role = Role.ANONYMOUS, name: str | None = None) -> None:
        self.role = role
        self.name = name

    def moderates(self) -> str:
        """The moderator's name; a GraphQL error UNAUTHENTICATED for anybody else."""
        if self.role is Role.MODERATOR and self.name:
            return self.name
        raise GraphQLError(
            "This needs the role of a moderator: send Authorization: Bearer <token>.",
            extensions={"code": UNAUTHENTICATED},
        )
