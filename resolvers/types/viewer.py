"""Who asks, and the API keys of programs, as the API shows them."""

from datetime import datetime
from typing import Annotated

import strawberry

from resolvers.access import Role
from resolvers.accounts import Accounts, KeyRefused, NewKey
from resolvers.accounts import ApiKey as KeyValue
from resolvers.errors import BadInput
from resolvers.request import Info
from resolvers.types.enums import describe
from resolvers.types.source import Source, source_of

describe(
    Role,
    "Role",
    "What an account may do. Each reads all that is public, and looks after entries of its own.",
    {
        "ANONYMOUS": "Nobody in particular: reads what is public.",
        "REGISTRANT": "Looks after entries of its own.",
        "PARTNER": "Looks after the links and the webhooks of its own sources as well.",
        "MODERATOR": "Decides about registrations and links.",
        "ADMIN": "May do all of it, and gives keys to others.",
    },
)


@strawberry.type(description="What an account may ask for: the cost of its questions, in a time.")
class Quota:
    limit: int = strawberry.field(description="Cost that may be spent in that time; 0 for no bound.")
    seconds: int = strawberry.field(description="That time.")
    left: int = strawberry.field(description="What is left of it now, this question counted.")


def _sources(root: "Viewer", info: Info) -> list[Source]:
    sources = info.context.federation.sources
    return [source_of(sources[id_]) for id_ in sorted(info.context.caller.sources) if id_ in sources]


async def _quota(root: "Viewer", info: Info) -> Quota:
    info.context.used.keep(0)
    quota = await accounts_of(info).quota(str(root.account))
    return Quota(limit=quota.limit, seconds=quota.seconds, left=quota.left)


@strawberry.type(description="Who asks.")
class Viewer:
    account: strawberry.ID = strawberry.field(description="A stable id, which tells nothing else.")
    name: str | None = strawberry.field(description="How the account is called: of the key, or of the person.")
    role: Role = strawberry.field(description="What the account may do.")
    sources: list[Source] = strawberry.field(resolver=_sources, description="The sources that a partner looks after.")
    quota: Quota = strawberry.field(resolver=_quota, description="What may be asked for still.")


def viewer(info: Info) -> Viewer | None:
    """Who asks; None for anybody."""
    caller = info.context.caller
    if caller.account is None:
        return None
    return Viewer(account=strawberry.ID(caller.account), name=caller.name, role=caller.role)


@strawberry.type(description="An API key, without its secret.")
class ApiKey:
    id: strawberry.ID = strawberry.field(description="Its id, which is part of the key.")
    name: str = strawberry.field(description="Whose it is, in words.")
    role: Role = strawberry.field(description="What it may do.")
    source_ids: list[strawberry.ID] = strawberry.field(description="Ids of the sources that a partner looks after.")
    created_at: datetime = strawberry.field(description="When it was made.")
    created_by: str = strawberry.field(description="Account of who made it, or « command line ».")
    expires_at: datetime | None = strawberry.field(description="From when on it opens nothing; null for never.")
    revoked_at: datetime | None = strawberry.field(description="When it was revoked.")
    revoked_by: str | None = strawberry.field(description="Account of who revoked it, or « command line ».")
    last_used_at: datetime | None = strawberry.field(description="When it was last used, to the minute.")


@strawberry.input(description="An API key as it is wanted.")
class ApiKeyInput:
    name: str = strawberry.field(description="Whose it is, in words: 1 to 100 characters.")
    role: Role = strawberry.field(description="What it may do.")
    sources: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Ids of the sources that a partner looks after, one at least."
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="From when on it opens nothing; never without it."
    )


@strawberry.type(description="A key that was made.")
class ApiKeyCreated:
    key: ApiKey = strawberry.field(description="The key, as it is listed.")
    secret: str = strawberry.field(
        description="The whole key, for Authorization: Bearer. It is shown here and never again."
    )


@strawberry.type(description="A key that opens nothing any more.")
class ApiKeyRevoked:
    key: ApiKey = strawberry.field(description="The key.")


Wanted = Annotated[ApiKeyInput, strawberry.argument(description="The key.")]
KeyId = Annotated[strawberry.ID, strawberry.argument(description="Id of a key.")]


async def api_keys(info: Info) -> list[ApiKey]:
    """All keys, oldest first."""
    info.context.used.keep(0)
    return [_shown(key) for key in await accounts_of(info).keys()]


async def create_api_key(info: Info, input: Wanted) -> ApiKeyCreated:
    """Make a key."""
    wanted = NewKey(
        role=input.role,
        name=input.name,
        sources=frozenset(map(str, input.sources)),
        expires_at=input.expires_at,
    )
    try:
        key, secret = await accounts_of(info).create_key(wanted, _account(info))
    except KeyRefused as refusal:
        raise BadInput(f"input.{refusal}") from None
    return ApiKeyCreated(key=_shown(key), secret=secret)


async def revoke_api_key(info: Info, id: KeyId) -> ApiKeyRevoked:
    """Make a key open nothing any more."""
    key = await accounts_of(info).revoke_key(str(id), _account(info))
    if key is None:
        raise BadInput("id: there is no such key")
    return ApiKeyRevoked(key=_shown(key))


def accounts_of(info: Info) -> Accounts:
    """The accounts of the hub that answers."""
    accounts = info.context.accounts
    if accounts is None:
        raise LookupError("no accounts are kept where this is asked")
    return accounts


def _account(info: Info) -> str:
    return info.context.caller.needs(Role.ADMIN)


def _shown(key: KeyValue) -> ApiKey:
    return ApiKey(
        id=strawberry.ID(key.id),
        name=key.name,
        role=key.role,
        source_ids=[strawberry.ID(id_) for id_ in sorted(key.sources)],
        created_at=key.created_at,
        created_by=key.created_by,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        revoked_by=key.revoked_by,
        last_used_at=key.last_used_at,
    )
