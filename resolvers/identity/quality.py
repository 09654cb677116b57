"""How well places are told to be the same: the figures of the benchmark (tests/bench/linking.py), shipped with it."""

from datetime import date
from functools import cache
from importlib.resources import files

import msgspec
from msgspec import Struct


class Quality(Struct, frozen=True, forbid_unknown_fields=True):
    """One data set's figures at the threshold from which links are made without a person."""

    data_set: str
    measured_on: date
    threshold: float
    precision: float
    recall: float
    f1: float


@cache
def qualities() -> tuple[Quality, ...]:
    """The figures, one for each data set."""
    text = (files("resolvers.identity") / "quality.json").read_bytes()
    return msgspec.json.decode(text, type=tuple[Quality, ...])
