"""Bounds of what stays open: the table [subscriptions] of hub.toml."""

from typing import Annotated

from msgspec import Meta, Struct

from hub.limits.settings import Count, Seconds


class SubscriptionsConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """WebSockets and event streams together, in each process.

    `connections`: open at a time; `per_address`: of one subscriber. `operations`: under way in one WebSocket.
    `message_bytes`: of one message that a client sends. `ping_seconds`: after which an idle client is asked whether it
    is there; it has as long to answer. `init_seconds`: for a WebSocket to say who it is.
    """

    connections: Count = 300
    per_address: Count = 30
    operations: Count = 20
    message_bytes: Annotated[int, Meta(ge=1_024, le=1_048_576)] = 65_536
    ping_seconds: Seconds = 20
    init_seconds: Seconds = 10
