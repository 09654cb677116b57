"""One identity provider: what it publishes, where somebody is sent to log in, and what it then says of them."""

import asyncio
import re
import time
from base64 import b64encode
from collections.abc import Callable
from secrets import token_urlsafe
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

import msgspec
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from msgspec import Struct

from connectors.addresses import Outgoing
from connectors.errors import BadData
from connectors.http import JSON_TYPES, HttpDoor
from hub.access.oidc.attempts import Attempt, Login, NotBelieved
from hub.access.oidc.settings import ProviderConfig
from hub.access.oidc.tokens import Claims, UnknownKeyId, check_id_token, check_subject, check_userinfo, verified
from hub.config import Secret

DISCOVERY: Final = ".well-known/openid-configuration"
KEPT: Final = 3600.0
"""Seconds for which what a provider publishes is kept."""
KEYS_AGAIN: Final = 30.0
"""Seconds before a provider is asked for its keys again because a token names one that is not among them."""
TYPES: Final = re.compile(rf"{JSON_TYPES.pattern}|application/jwt\b", re.IGNORECASE)


class Metadata(Struct, frozen=True):
    """What a provider publishes of itself (OpenID Connect Discovery §3, RFC 9207, RP-Initiated Logout §2.1)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    end_session_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class TokenResponse(Struct, frozen=True):
    """What the token endpoint gives for a code."""

    access_token: str
    token_type: str
    id_token: str


class Provider:
    """Speaks to one identity provider; `clock` gives steady seconds, `now` those since 1970.

    It raises `SourceError` when the provider gives no proper answer, and `NotBelieved` for what is not to be believed.
    """

    def __init__(
        self,
        config: ProviderConfig,
        secret: Secret | None,
        outgoing: Outgoing,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.config = config
        self._secret = secret
        self._door = HttpDoor(config.name, config.issuer, types=TYPES, outgoing=outgoing)
        self._clock = clock
        self._now = now
        self._turn = asyncio.Lock()
        self._metadata: tuple[float, Metadata] | None = None
        self._keys: tuple[float, KeySet] | None = None

    async def metadata(self) -> Metadata:
        """What the provider publishes of itself."""
        async with self._turn:
            if self._metadata is None or self._clock() - self._metadata[0] > KEPT:
                found = await self._door.get(DISCOVERY, Metadata)
                self._check(found)
                self._metadata = self._clock(), found
            return self._metadata[1]

    async def authorization_url(self, attempt: Attempt) -> str:
        """Where somebody is sent to log in."""
        metadata = await self.metadata()
        asked = {
            "response_type": "code",
            "client_id": self.config.client_id,
            "redirect_uri": attempt.back,
            "scope": " ".join(self.config.scopes),
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": create_s256_code_challenge(attempt.verifier),
            "code_challenge_method": "S256",
        }
        if self.config.acr_values:
            asked["acr_values"] = " ".join(self.config.acr_values)
        return _with(metadata.authorization_endpoint, asked)

    async def check_issuer(self, told: str | None) -> None:
        """Raise `NotBelieved` when an answer says that it is of another issuer, or says nothing though it ought to."""
        metadata = await self.metadata()
        if told is None and not metadata.authorization_response_iss_parameter_supported:
            return
        if told != metadata.issuer:
            raise NotBelieved("the answer is of another issuer (RFC 9207)")

    async def redeem(self, code: str, attempt: Attempt) -> Login:
        """Who logged in, for the code that they came back with."""
        metadata = await self.metadata()
        tokens = await self._tokens(metadata, code, attempt)
        header, claims = await self._verified(metadata, tokens.id_token)
        check_id_token(
            header,
            claims,
            issuer=self.config.issuer,
            client_id=self.config.client_id,
            nonce=attempt.nonce,
            access_token=tokens.access_token,
            acr_values=self.config.acr_values,
            now=int(self._now()),
        )
        about = await self._userinfo(metadata, tokens.access_token)
        if about is not None and about.get("sub") != claims["sub"]:
            raise NotBelieved("user information is about somebody else")
        return Login({**(about or {}), **claims}, tokens.id_token)

    async def logout_url(self, id_token: str, back: str) -> str | None:
        """Where somebody is sent to end their session at the provider too (OpenID Connect RP-Initiated Logout)."""
        metadata = await self.metadata()
        if metadata.end_session_endpoint is None:
            return None
        asked = {
            "id_token_hint": id_token,
            "client_id": self.config.client_id,
            "post_logout_redirect_uri": back,
            "state": token_urlsafe(16),  # ProConnect wants one; who comes back is logged out, whatever it is
        }
        return _with(metadata.end_session_endpoint, asked)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._door.aclose()

    def _check(self, metadata: Metadata) -> None:
        """Raise `BadData` for metadata of another issuer (Discovery §4.3), or that lead away from HTTPS."""
        if metadata.issuer != self.config.issuer:
            raise BadData(self.config.name, "says that it is another issuer")
        secure = urlsplit(self.config.issuer).scheme == "https"
        for address in (
            metadata.authorization_endpoint,
            metadata.token_endpoint,
            metadata.jwks_uri,
            metadata.userinfo_endpoint,
            metadata.end_session_endpoint,
        ):
            if address is not None and urlsplit(address).scheme not in ({"https"} if secure else {"http", "https"}):
                raise BadData(self.config.name, "has an address without HTTPS")

    async def _tokens(self, metadata: Metadata, code: str, attempt: Attempt) -> TokenResponse:
        form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", attempt.back),
            ("code_verifier", attempt.verifier),
        ]
        headers = {}
        if self._secret is None:
            form.append(("client_id", self.config.client_id))
        elif "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            pair = f"{quote(self.config.client_id, safe='')}:{quote(self._secret, safe='')}"  # RFC 6749 §2.3.1
            headers["authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        else:
            form += [("client_id", self.config.client_id), ("client_secret", str(self._secret))]
        tokens = await self._door.post_form(metadata.token_endpoint, TokenResponse, form=form, headers=headers)
        if tokens.token_type.lower() != "bearer":
            raise NotBelieved("the access token is of an unknown type")
        return tokens

    async def _userinfo(self, metadata: Metadata, access_token: str) -> Claims | None:
        """What the provider tells of somebody besides, in JSON or signed (Core §5.3.2); None when it tells nothing."""
        if metadata.userinfo_endpoint is None:
            return None
        headers = {"authorization": f"Bearer {access_token}", "accept": "application/json, application/jwt"}
        body = await self._door.read(metadata.userinfo_endpoint, headers=headers)
        signed = not body.lstrip().startswith(b"{")
        if signed:
            _, claims = await self._verified(metadata, body.decode("ascii", "replace").strip())
        else:
            claims = _object(self.config.name, body)
        check_userinfo(
            claims, issuer=self.config.issuer, client_id=self.config.client_id, now=int(self._now()), signed=signed
        )
        check_subject(claims)
        return claims

    async def _verified(self, metadata: Metadata, token: str) -> tuple[Claims, Claims]:
        """Header and claims of a token; the keys are read again when it is signed by one that is new."""
        keys = await self._key_set(metadata, KEPT)
        try:
            return verified(token, keys)
        except UnknownKeyId:
            return verified(token, await self._key_set(metadata, KEYS_AGAIN))

    async def _key_set(self, metadata: Metadata, age: float) -> KeySet:
        """The published keys, no older than `age` seconds."""
        async with self._turn:
            if self._keys is None or self._clock() - self._keys[0] > age:
                body = await self._door.get(metadata.jwks_uri, dict[str, Any])
                self._keys = self._clock(), _key_set(self.config.name, body)
            return self._keys[1]


def _key_set(name: str, body: dict[str, Any]) -> KeySet:
    """The keys that signatures are made with; those of kinds that are not known here are left out (RFC 7517 §5)."""
    keys = []
    for key in body.get("keys", ()):
        try:
            keys += [k for k in KeySet.import_key_set({"keys": [key]}) if key.get("use", "sig") == "sig"]
        except (JoseError, ValueError, TypeError, KeyError, AttributeError):
            continue
    if not keys:
        raise BadData(name, "publishes no key that can be used")
    return KeySet(keys)


def _object(name: str, body: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadData(name, "user information is no JSON object", detail=type(error).__name__) from error


def _with(address: str, asked: dict[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"
