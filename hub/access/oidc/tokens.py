"""What a provider signed, checked: the signature by its published keys, and the claims (OpenID Connect Core §3.1.3.7).

The claims are judged by authlib, the signature by joserfc; both know nothing of HTTP here.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from hub.access.oidc.attempts import NotBelieved

ALGORITHMS: Final = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA"
)  # fmt: skip
"""Signatures that are believed: by a private key of the provider, never "none", never by a secret that is shared."""

LEEWAY: Final = 60
"""Seconds by which two clocks may differ."""

MAX_TOKEN: Final = 64 * 1024
"""Characters of a token; a longer one is not read."""

Claims = Mapping[str, Any]


class UnknownKeyId(NotBelieved):
    """A signature by a key that was not published when the keys were read: they may have changed since."""


def verified(token: str, keys: KeySet) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a signed token. Raises `UnknownKeyId` and `NotBelieved`."""
    if len(token) > MAX_TOKEN:
        raise NotBelieved("a token is too long")
    try:
        read = jwt.decode(token, keys, algorithms=ALGORITHMS)
    except InvalidKeyIdError as error:
        raise UnknownKeyId("a token is signed by a key that is not published") from error
    except (JoseError, ValueError, TypeError) as error:
        raise NotBelieved(f"a token cannot be believed: {type(error).__name__}") from error
    return dict(read.header), dict(read.claims)


def check_id_token(
    header: Claims,
    claims: Claims,
    *,
    issuer: str,
    client_id: str,
    nonce: str,
    access_token: str,
    acr_values: Collection[str],
    now: int,
) -> None:
    """Raise `NotBelieved` unless an id token is of this issuer, for this client, this login and this access token."""
    wanted = {"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": client_id}}
    asked = {"client_id": client_id, "nonce": nonce, "access_token": access_token}
    try:
        CodeIDToken(claims, header, wanted, asked).validate(now, LEEWAY)
    except (JoseError, ValueError, TypeError) as error:
        raise NotBelieved(f"an id token is not for this login: {error}") from error
    check_subject(claims)
    if acr_values and claims.get("acr") not in acr_values:
        raise NotBelieved("the level of authentication is none of acr_values")


def check_subject(claims: Claims) -> None:
    """Raise `NotBelieved` unless claims are about somebody (§2: a subject has at most 255 ASCII characters)."""
    subject = claims.get("sub")
    if not (isinstance(subject, str) and 0 < len(subject) <= 255 and subject.isascii()):
        raise NotBelieved("a subject is missing or no subject")


def check_userinfo(claims: Claims, *, issuer: str, client_id: str, now: int, signed: bool) -> None:
    """Raise `NotBelieved` when signed user information is of another issuer or for another client (Core §5.3.2)."""
    if not signed:
        return
    audience = claims.get("aud")
    if claims.get("iss") != issuer or client_id not in (audience if isinstance(audience, list) else [audience]):
        raise NotBelieved("user information is signed by or for somebody else")
    expires = claims.get("exp")
    if expires is not None and not (isinstance(expires, int | float) and expires > now - LEEWAY):
        raise NotBelieved("user information is of another time")
