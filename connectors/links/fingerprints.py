"""Fingerprints: whether a record still describes the place that it described when a link was decided.

A fingerprint says "the same as then" or "not the same", nothing else: how far a record has moved is for the
comparison of the records themselves, which are at hand whenever it matters. So 16 bits are enough (one change in
65,536 goes unseen), and short is what makes it useless to anybody else: of all the names that exist, one in 65,536
gives the same fingerprint. The key is of one database and keeps fingerprints of two hubs from being compared, and
tables from being made beforehand; it lies beside them so that a copy of the file stays whole. Telephones are left
out: they may change while the place stays.
"""

import hashlib
import hmac

import msgspec

from connectors.gazetteer import fold
from connectors.records import StructureRecord


class Fingerprints:
    """Makes fingerprints with the key of one database."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, record: StructureRecord) -> str:
        """Four hexadecimal digits that stand for the name, the commune and the postal code.

        Case, accents, punctuation and the order of words do not count.
        """
        address = record.address
        commune = address and (address.insee or fold(address.city or ""))
        postal_code = address and address.postal_code
        said = (sorted(fold(record.name).split()), commune or "", postal_code or "")
        return hmac.digest(self._key, msgspec.json.encode(said), hashlib.sha256)[:2].hex()
