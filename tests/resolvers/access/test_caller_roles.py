"""What roles stand for, and what a caller without one is told."""

import pytest
from graphql import GraphQLError

from resolvers.access import Caller, Role
from resolvers.batching import batched
from resolvers.request import Info
from resolvers.restricted import restricted


@pytest.mark.parametrize(
    ("role", "roles"),
    [
        (Role.ANONYMOUS, ""),
        (Role.REGISTRANT, "REGISTRANT"),
        (Role.PARTNER, "REGISTRANT PARTNER"),
        (Role.MODERATOR, "REGISTRANT MODERATOR"),
        (Role.ADMIN, "REGISTRANT PARTNER MODERATOR ADMIN"),
    ],
)
def test_what_a_role_stands_for(role: Role, roles: str) -> None:
    caller = Caller(role, "key-x")

    assert [r for r in Role if caller.is_a(r)] == roles.split()
    for one in Role:
        if caller.is_a(one):
            assert caller.needs(one) == "key-x"
        else:
            with pytest.raises(GraphQLError) as refused:
                caller.needs(one)
            assert refused.value.extensions == {"code": "FORBIDDEN"}


def test_a_role_without_an_account_is_nobody_s() -> None:
    with pytest.raises(
        GraphQLError, match=r"the role of a partner or an admin: send Authorization: Bearer <key>\."
    ) as e:
        Caller(Role.ADMIN).needs(Role.PARTNER, Role.ADMIN)
    assert e.value.extensions == {"code": "UNAUTHENTICATED"}


def test_callers_are_equal_when_every_answer_is() -> None:
    one = Caller(Role.PARTNER, "key-x", "Caf", frozenset({"a"}))

    assert hash(one) == hash(Caller(Role.PARTNER, "key-x", "Caf", frozenset({"a"})))
    for other in (
        Caller(Role.PARTNER, "key-x", "Caf", frozenset({"b"})),
        Caller(Role.PARTNER, "key-y", "Caf", frozenset({"a"})),
        Caller(Role.MODERATOR, "key-x", "Caf", frozenset({"a"})),
    ):
        assert one != other


def test_a_batch_is_not_guarded_by_its_field_and_is_refused() -> None:
    async def batch(roots: list[object], info: Info) -> list[str | Exception]:
        return ["x" for _ in roots]

    with pytest.raises(TypeError, match="check the caller in it"):
        restricted(Role.ADMIN, resolver=batched(batch), description="A field.")
