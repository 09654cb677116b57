"""How a message is signed (Standard Webhooks 1.0, "Webhook Headers" and "Signature scheme").

v1 is HMAC-SHA-256 over `id.timestamp.body`, in base64, by the secret of the webhook: "whsec_" and its bytes in base64.
"""

import hmac
from base64 import b64decode, b64encode
from hashlib import sha256
from secrets import token_bytes
from typing import Final

PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32


def new_secret() -> str:
    """A secret that nobody can guess."""
    return PREFIX + b64encode(token_bytes(SECRET_BYTES)).decode()


def headers(secret: str, message: str, at: int, body: bytes) -> dict[str, str]:
    """The headers of a message that is sent at a moment, in seconds since 1970."""
    key = b64decode(secret.removeprefix(PREFIX))
    signature = hmac.digest(key, b"%b.%d.%b" % (message.encode(), at, body), sha256)
    return {
        "content-type": "application/json",
        "webhook-id": message,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{b64encode(signature).decode()}",
    }
