"""An identity provider whose every answer can be made wrong: what a certified one never says."""

import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey
from serving import LOOPBACK, serving
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hub.access.oidc.attempts import Attempt, Login
from hub.access.oidc.provider import Provider
from hub.access.oidc.settings import ProviderConfig
from hub.config import Secret

CLIENT = "the hub"
SECRET = Secret("a&b:c")


def new_key(kid: str) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": "ES256"})


@dataclass
class Dishonest:
    """`metadata`, `claims`, `token`, `userinfo` are added to what is right; None takes a member away."""

    key: ECKey = field(default_factory=lambda: new_key("one"))
    published: list[Any] | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    token: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    signed: bool = False
    body: bytes | None = None
    id_token: str | None = None
    issuer: str = ""
    nonce: str = ""
    asked: list[tuple[str, dict[str, list[str]], str | None]] = field(default_factory=list)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.discovery),
                Route("/keys", self.keys),
                Route("/token", self.tokens, methods=["POST"]),
                Route("/me", self.me),
            ]
        )

    async def discovery(self, request: Request) -> Response:
        self.asked.append(("discovery", {}, None))
        right = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/auth?tenant=x",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/me",
            "end_session_endpoint": f"{self.issuer}/end",
        }
        return JSONResponse(changed(right, self.metadata))

    async def keys(self, request: Request) -> Response:
        self.asked.append(("keys", {}, None))
        own = [self.key.as_dict(private=False)] if self.published is None else self.published
        return JSONResponse({"keys": own})

    async def tokens(self, request: Request) -> Response:
        body = parse_qs((await request.body()).decode())
        self.asked.append(("token", body, request.headers.get("authorization")))
        right = {
            "access_token": "an access token",
            "token_type": "Bearer",
            "id_token": self.id_token or self.signed_id(),
        }
        return JSONResponse(changed(right, self.token))

    async def me(self, request: Request) -> Response:
        self.asked.append(("userinfo", {}, request.headers.get("authorization")))
        told = changed({"sub": "somebody", "name": "Dr\n  Ève Martin"}, self.userinfo)
        if self.body is not None:
            return Response(self.body, media_type="application/json")
        if not self.signed:
            return JSONResponse(told)
        token = jwt.encode({"alg": "ES256", "kid": self.key.kid}, told, self.key)
        return Response(token, media_type="application/jwt")

    def signed_id(self) -> str:
        now = int(time.time())
        half = urlsafe_b64encode(sha256(b"an access token").digest()[:16]).rstrip(b"=").decode()
        right = {
            "iss": self.issuer,
            "sub": "somebody",
            "aud": CLIENT,
            "iat": now,
            "exp": now + 60,
            "nonce": self.nonce,
            "at_hash": half,
        }
        header = changed({"alg": "ES256", "kid": self.key.kid}, self.header)
        return jwt.encode(header, changed(right, self.claims), self.key)


def changed(right: dict[str, Any], wrong: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in (right | wrong).items() if value is not None}


@asynccontextmanager
async def knowing(
    dishonest: Dishonest, *, secret: Secret | None = SECRET, clock: Any = time.monotonic, **settings: Any
) -> AsyncIterator[Provider]:
    """What the hub knows of this provider."""
    async with serving(dishonest.app()) as origin:
        dishonest.issuer = origin
        config = ProviderConfig(name="dishonest", label="X", issuer=origin, client_id=CLIENT, **settings)
        provider = Provider(config, secret, LOOPBACK, clock=clock)
        try:
            yield provider
        finally:
            await provider.aclose()


async def log_in(provider: Provider, dishonest: Dishonest) -> Login:
    """Go to the provider and come back at once with a code."""
    attempt = Attempt.new("dishonest", back="https://hub.example/back", then="/")
    asked = parse_qs(urlsplit(await provider.authorization_url(attempt)).query)
    dishonest.nonce = asked["nonce"][0]
    return await provider.redeem("a code", attempt)
