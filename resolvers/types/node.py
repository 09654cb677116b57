"""Relay's Node: anything that can be asked again by its id."""

import strawberry


@strawberry.interface(description="Anything that has an id of its own (Relay, Global Object Identification).")
class Node:
    id: strawberry.ID = strawberry.field(description="Global id, opaque; the same for ever.")
