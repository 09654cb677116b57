"""A record in the hub's hands."""

from datetime import datetime
from typing import Generic

from msgspec import Struct
from typing_extensions import TypeVar

from connectors.records import StructureRecord

R = TypeVar("R", default=StructureRecord)


class Held(Struct, Generic[R], frozen=True, gc=False):
    """A record, when it was had from its directory, and whether for this very request.

    `cached`: it was held already; `stale`: past its time.
    """

    record: R
    retrieved_at: datetime
    cached: bool = False
    stale: bool = False
