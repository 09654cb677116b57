"""The messages of graphql-transport-ws (https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md)."""

from typing import Annotated, Any, Final, TypeAlias

import msgspec
import orjson
from msgspec import Meta, Struct

from hub.execution import GraphQLResult
from hub.limits import strict_json

PROTOCOL: Final = "graphql-transport-ws"

MAX_ID: Final = 128
"""Characters of the id of an operation."""

Id: TypeAlias = Annotated[str, Meta(min_length=1, max_length=MAX_ID)]


class ConnectionInit(Struct, frozen=True, tag="connection_init"):
    """The first message: who asks."""

    payload: dict[str, Any] | None = None


class Ping(Struct, frozen=True, tag="ping"):
    """Are you there?"""


class Pong(Struct, frozen=True, tag="pong"):
    """Yes."""


class Subscribe(Struct, frozen=True, tag="subscribe"):
    """Begin an operation, whatever its type."""

    id: Id
    payload: dict[str, Any]


class Complete(Struct, frozen=True, tag="complete"):
    """End an operation."""

    id: Id


Received: TypeAlias = ConnectionInit | Ping | Pong | Subscribe | Complete


class BadMessage(Exception):
    """Not a message of the protocol; the text says why, and may be shown."""


def read(text: str) -> Received:
    """The message that a text is; BadMessage when it is none."""
    try:
        given: Received = msgspec.convert(strict_json.parse(text.encode()), Received)
    except strict_json.BadJson as error:
        raise BadMessage(str(error)) from None
    except msgspec.ValidationError as error:
        raise BadMessage(f"not a message of {PROTOCOL}: {error}") from None
    return given


ACKNOWLEDGED: Final = '{"type":"connection_ack"}'
PONG: Final = '{"type":"pong"}'


def following(id_: str, result: GraphQLResult) -> str:
    """One result of an operation, and more may come."""
    return _written({"id": id_, "type": "next", "payload": result.payload()})


def failed(id_: str, result: GraphQLResult) -> str:
    """What was not executed: the operation has ended."""
    return _written({"id": id_, "type": "error", "payload": result.errors})


def completed(id_: str) -> str:
    """The operation has ended."""
    return _written({"id": id_, "type": "complete"})


def _written(message: dict[str, Any]) -> str:
    return orjson.dumps(message).decode()
