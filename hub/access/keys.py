"""What an API key looks like: `hub1000_<id>_<secret>`, with a checksum at its end.

    hub1000_k7f3m2p9qa_…43 characters of secret, 6 of checksum…      hub1000_[0-9a-z]{10}_[0-9A-Za-z]{49}

The prefix and the checksum (CRC-32, as in the tokens of GitHub) let scanners of repositories and logs tell a key that
leaked from any other text, and a slip of the keyboard from a key that was revoked. One word for a double click.

Only the SHA-256 of the secret is stored. That is right here, and would be wrong for a password: a slow hash (Argon2,
bcrypt) buys time against guessing, and 256 random bits cannot be guessed however fast a guess is; what it costs would
be paid at every request.
"""

import re
import secrets
import zlib
from hashlib import sha256
from typing import Final

from msgspec import Struct

PREFIX: Final = "hub1000"
ID_ALPHABET: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
ID_LENGTH: Final = 10
SECRET_LENGTH: Final = 43
"""Digits of base 62 that hold 256 bits."""
CHECKSUM_LENGTH: Final = 6
"""Digits of base 62 that hold 32 bits."""

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_FORM: Final = re.compile(
    rf"{PREFIX}_(?P<id>[0-9a-z]{{{ID_LENGTH}}})_(?P<secret>[0-9A-Za-z]{{{SECRET_LENGTH}}})"
    rf"(?P<sum>[0-9A-Za-z]{{{CHECKSUM_LENGTH}}})"
)


class KeyText(Struct, frozen=True):
    """A key that has the form of one; whether it opens anything is for the database to say."""

    id: str
    secret: str

    def __repr__(self) -> str:
        return f"KeyText({self.id!r}, '***')"

    def __str__(self) -> str:
        text = f"{PREFIX}_{self.id}_{self.secret}"
        return text + _checksum(text)

    def digest(self) -> bytes:
        """What is stored of the secret."""
        return sha256(self.secret.encode()).digest()


def new_key() -> KeyText:
    """A key that there never was."""
    id_ = "".join(secrets.choice(ID_ALPHABET) for _ in range(ID_LENGTH))
    return KeyText(id_, _base62(secrets.randbits(256), SECRET_LENGTH))


def read_key(text: str) -> KeyText | None:
    """The key that a text is; None for what is none, or was mistyped."""
    found = _FORM.fullmatch(text)
    if found is None or found["sum"] != _checksum(text[:-CHECKSUM_LENGTH]):
        return None
    return KeyText(found["id"], found["secret"])


def _checksum(text: str) -> str:
    return _base62(zlib.crc32(text.encode()), CHECKSUM_LENGTH)


def _base62(number: int, length: int) -> str:
    digits = ""
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits = _DIGITS[digit] + digits
    return digits
