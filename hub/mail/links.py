"""Links that confirm an address: signed, for a while, and good once.

The link holds the id of the registration and a keyed digest of the address, so that addresses are in no log; a link
is good only while that address is still the registration's.
"""

import hmac
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final, NamedTuple

from itsdangerous import BadSignature, URLSafeSerializer

from hub.mail.letters import DAYS

LIFE: Final = DAYS * 86_400
MAX_TOKEN: Final = 400


class Fault(StrEnum):
    """Why a link confirms nothing."""

    WRONG = "WRONG"
    EXPIRED = "EXPIRED"


class Bound(NamedTuple):
    """What a link is about. `expires_at`: seconds since 1970."""

    registration: str
    address: str
    expires_at: int


class Links:
    """Makes and reads links with a key of this hub alone."""

    def __init__(self, key: bytes, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._key = hmac.digest(key, b"addresses in links", sha256)
        self._signer = URLSafeSerializer(key, salt="confirm an address", signer_kwargs={"digest_method": sha256})
        self._clock = clock

    def token(self, registration: str, address: str) -> str:
        """What a link to confirm this address holds."""
        expires_at = int(self._clock().timestamp()) + LIFE
        return str(self._signer.dumps([registration, self.digest(address), expires_at]))

    def read(self, token: str) -> Bound | Fault:
        """What a token is about; the address is its digest."""
        if len(token) > MAX_TOKEN or not token.isascii():
            return Fault.WRONG
        try:
            bound = Bound(*self._signer.loads(token))
        except (BadSignature, ValueError):
            return Fault.WRONG
        return bound if self._clock().timestamp() < bound.expires_at else Fault.EXPIRED

    def digest(self, address: str) -> str:
        """What stands for an address."""
        return hmac.digest(self._key, address.encode(), sha256).hex()[:32]
