"""Fingerprints of what was erased: enough to know it again when it comes back, and nothing that can be read.

They are HMAC-SHA-256 by a key of this database only (RFC 2104), so that those of two hubs cannot be compared and no
table can be made beforehand. Official numbers are few enough to be tried one by one by whoever has the database file:
that file is as private as the registrations in it.
"""

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from connectors.nomenclature import IdentifierScheme as Scheme
from connectors.records import ActionRecord, Identifier, StructureRecord

PERSONAL: Final = frozenset({Scheme.SIRET, Scheme.FINESS, Scheme.RPPS})
"""The numbers that name a place or a person; those of a legal entity name too much."""

KEPT: Final = 65_536
"""Fingerprints held in memory."""


class Fingerprints:
    """Makes fingerprints with the key of one database."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._of = lru_cache(KEPT)(self._make)  # the same places are asked for over and over

    def of_id(self, id_: str) -> bytes:
        """That of a record's id (`source--key`)."""
        return self._of("id", id_)

    def of_number(self, identifier: Identifier) -> bytes:
        """That of an official number."""
        return self._of(identifier.scheme.value, identifier.value)

    def of_record(self, record: StructureRecord | ActionRecord) -> Iterator[bytes]:
        """Those that a record can be known by."""
        yield self.of_id(record.id)
        if isinstance(record, StructureRecord):
            yield from map(self.of_number, naming(record.identifiers))
            yield from map(self.of_id, record.same_as)  # what says that it is them is theirs
        elif record.carrier is not None:  # what somebody does goes with them
            yield self.of_id(f"{record.source}--{record.carrier}")

    def _make(self, what: str, value: str) -> bytes:
        return hmac.digest(self._key, f"{what}\0{value}".encode(), hashlib.sha256)


def naming(identifiers: Iterable[Identifier]) -> list[Identifier]:
    """The numbers that name whom a record is of: a professional's RPPS, not the numbers of the place beside it."""
    numbers = [number for number in identifiers if number.scheme in PERSONAL]
    persons = [number for number in numbers if number.scheme is Scheme.RPPS]
    return persons or numbers
