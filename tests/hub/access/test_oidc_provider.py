"""What a provider says is believed only when it signed it for this login: every part is made wrong once."""

import hmac
import time
from base64 import b64decode, urlsafe_b64encode
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
from clocks import Clock
from dishonest_provider import CLIENT, SECRET, Dishonest, knowing, log_in, new_key

from connectors.errors import BadData, SourceError
from hub.access.oidc.attempts import Attempt, NotBelieved


def now() -> int:
    return int(time.time())


def part(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def forged(dishonest: Dishonest, header: dict[str, str]) -> str:
    claims = {"iss": dishonest.issuer, "sub": "somebody", "aud": CLIENT, "iat": now(), "exp": now() + 600}
    return f"{part(orjson.dumps(header))}.{part(orjson.dumps(claims | {'nonce': dishonest.nonce}))}"


def unsigned(dishonest: Dishonest) -> str:
    return forged(dishonest, {"alg": "none"}) + "."


def by_a_shared_secret(dishonest: Dishonest) -> str:
    """What is public, the text of the key, taken for a secret."""
    signed = forged(dishonest, {"alg": "HS256", "kid": "one"})
    return f"{signed}.{part(hmac.digest(dishonest.key.as_pem(private=False), signed.encode(), 'sha256'))}"


@pytest.mark.parametrize("signed", [False, True])
async def test_what_is_right_is_believed(signed: bool) -> None:
    dishonest = Dishonest(signed=signed, claims={"acr": "eidas2"})
    async with knowing(dishonest, acr_values=("eidas1", "eidas2")) as provider:
        if signed:
            dishonest.userinfo = {"iss": dishonest.issuer, "aud": [CLIENT, "another"], "exp": now() + 60}
        login = await log_in(provider, dishonest)

    assert (login.claims["sub"], login.claims["name"]) == ("somebody", "Dr\n  Ève Martin")
    assert dishonest.asked[-1] == ("userinfo", {}, "Bearer an access token")


async def test_what_is_asked_of_it() -> None:
    dishonest = Dishonest()
    attempt = Attempt.new("dishonest", back="https://hub.example/back?x=1", then="/")
    async with knowing(dishonest, scopes=("openid", "profile"), acr_values=("a", "b")) as provider:
        address = urlsplit(await provider.authorization_url(attempt))
        dishonest.nonce, dishonest.claims = attempt.nonce, {"acr": "b"}
        await provider.redeem("a code", attempt)
        farewell = parse_qs(urlsplit(await provider.logout_url("an id token", "https://hub.example/login") or "").query)

    asked = parse_qs(address.query)
    assert asked.pop("code_challenge")[0] != attempt.verifier
    assert asked == {
        "tenant": ["x"],
        "response_type": ["code"],
        "client_id": [CLIENT],
        "redirect_uri": [attempt.back],
        "scope": ["openid profile"],
        "state": [attempt.state],
        "nonce": [attempt.nonce],
        "code_challenge_method": ["S256"],
        "acr_values": ["a b"],
    }
    (_, form, authorization) = next(asked for asked in dishonest.asked if asked[0] == "token")
    assert form == {
        "grant_type": ["authorization_code"],
        "code": ["a code"],
        "redirect_uri": [attempt.back],
        "code_verifier": [attempt.verifier],
    }
    assert b64decode((authorization or "").removeprefix("Basic ")) == b"the%20hub:a%26b%3Ac"
    assert farewell["id_token_hint"] == ["an id token"]
    assert "a&b:c" not in repr((provider.config, SECRET))


@pytest.mark.parametrize(("secret", "more"), [(SECRET, {"client_secret": ["a&b:c"]}), (None, {})])
async def test_other_ways_to_say_who_the_hub_is(secret: Any, more: dict[str, list[str]]) -> None:
    dishonest = Dishonest(metadata={"token_endpoint_auth_methods_supported": ["client_secret_post"]})
    async with knowing(dishonest, secret=secret) as provider:
        await log_in(provider, dishonest)

    (_, form, authorization) = next(asked for asked in dishonest.asked if asked[0] == "token")
    assert authorization is None
    assert {name: form.get(name) for name in ("client_id", *more)} == {"client_id": [CLIENT], **more}


@pytest.mark.parametrize(
    "wrong",
    [
        {"claims": {"iss": "https://elsewhere.example"}},
        {"claims": {"aud": "another"}},
        {"claims": {"aud": [CLIENT, "another"]}},
        {"claims": {"aud": [CLIENT, "another"], "azp": "another"}},
        {"claims": {"azp": "another"}},
        {"claims": {"exp": now() - 120}},
        {"claims": {"exp": None}},
        {"claims": {"iat": now() + 600}},
        {"claims": {"nonce": "another"}},
        {"claims": {"nonce": None}},
        {"claims": {"at_hash": "another"}},
        {"claims": {"sub": None}},
        {"claims": {"sub": ""}},
        {"claims": {"sub": "x" * 256}},
        {"claims": {"sub": 7}},
        {"claims": {"x": "y" * 70_000}},
        {"userinfo": {"sub": "another"}},
        {"userinfo": {"sub": None}},
        {"userinfo": {"iss": "https://elsewhere.example", "aud": CLIENT}, "signed": True},
        {"userinfo": {"aud": CLIENT}, "signed": True},
        {"token": {"token_type": "mac"}},
        {"token": {"id_token": "x.y.z"}},
        {"header": {"kid": "nobody's"}},
    ],
)
async def test_what_is_wrong_is_not_believed(wrong: dict[str, Any]) -> None:
    dishonest = Dishonest(**wrong)
    async with knowing(dishonest) as provider:
        with pytest.raises(NotBelieved) as refused:
            await log_in(provider, dishonest)

    assert "somebody" not in str(refused.value).replace("somebody else", "")


@pytest.mark.parametrize("audience", ["another", ["another"], None])
async def test_user_information_signed_for_somebody_else(audience: Any) -> None:
    dishonest = Dishonest(signed=True)
    async with knowing(dishonest) as provider:
        dishonest.userinfo = {"iss": dishonest.issuer, "aud": audience}
        with pytest.raises(NotBelieved, match="by or for somebody else"):
            await log_in(provider, dishonest)
        dishonest.userinfo = {"iss": dishonest.issuer, "aud": CLIENT, "exp": now() - 600}
        with pytest.raises(NotBelieved, match="of another time"):
            await log_in(provider, dishonest)


@pytest.mark.parametrize("forge", [unsigned, by_a_shared_secret])
async def test_signatures_that_anybody_can_make(forge: Any) -> None:
    dishonest = Dishonest()
    async with knowing(dishonest) as provider:
        attempt = Attempt.new("dishonest", back="https://hub.example/back", then="/")
        dishonest.nonce = attempt.nonce
        dishonest.id_token = forge(dishonest)
        with pytest.raises(NotBelieved):
            await provider.redeem("a code", attempt)


async def test_a_key_of_the_same_name_that_is_not_the_published_one() -> None:
    dishonest = Dishonest()
    dishonest.published = [new_key("one").as_dict(private=False)]
    async with knowing(dishonest) as provider:
        with pytest.raises(NotBelieved, match="BadSignatureError"):
            await log_in(provider, dishonest)


async def test_keys_are_read_again_for_a_new_one_but_not_at_every_call() -> None:
    clock = Clock()
    dishonest = Dishonest()
    async with knowing(dishonest, clock=clock) as provider:
        await log_in(provider, dishonest)
        dishonest.key = new_key("two")
        for _ in range(3):
            with pytest.raises(NotBelieved):
                await log_in(provider, dishonest)
        assert [name for name, *_ in dishonest.asked].count("keys") == 1
        clock.now += 31
        await log_in(provider, dishonest)
        await log_in(provider, dishonest)
        assert [name for name, *_ in dishonest.asked].count("keys") == 2
        clock.now += 3601
        await log_in(provider, dishonest)

    asked = [name for name, *_ in dishonest.asked]
    assert (asked.count("keys"), asked.count("discovery")) == (3, 2)


async def test_keys_of_other_kinds_are_left_out() -> None:
    dishonest = Dishonest()
    own = dishonest.key.as_dict(private=False)
    dishonest.published = [{"kty": "new", "kid": "x"}, {**own, "use": "enc", "kid": "y"}, "nonsense", own]
    async with knowing(dishonest) as provider:
        await log_in(provider, dishonest)
    dishonest.published = [{"kty": "new"}]
    async with knowing(dishonest) as provider:
        with pytest.raises(BadData, match="publishes no key"):
            await log_in(provider, dishonest)


@pytest.mark.parametrize(
    "wrong",
    [
        {"metadata": {"issuer": "https://elsewhere.example"}},
        {"metadata": {"token_endpoint": "ftp://elsewhere.example"}},
        {"metadata": {"jwks_uri": None}},
        {"metadata": {"token_endpoint": "http://192.0.2.1/token"}},
        {"token": {"id_token": None}},
    ],
)
async def test_a_provider_that_makes_no_sense(wrong: dict[str, Any]) -> None:
    dishonest = Dishonest(**wrong)
    async with knowing(dishonest) as provider:
        with pytest.raises(SourceError):
            await log_in(provider, dishonest)


async def test_a_provider_that_tells_nothing_besides() -> None:
    dishonest = Dishonest(metadata={"userinfo_endpoint": None, "end_session_endpoint": None})
    async with knowing(dishonest) as provider:
        login = await log_in(provider, dishonest)
        assert "name" not in login.claims
        assert await provider.logout_url(login.id_token, "https://hub.example/login") is None


async def test_user_information_that_is_not_about_anybody() -> None:
    dishonest = Dishonest()
    async with knowing(dishonest) as provider:
        dishonest.metadata = {"userinfo_endpoint": f"{dishonest.issuer}/keys"}
        with pytest.raises(NotBelieved, match="a subject is missing"):
            await log_in(provider, dishonest)


async def test_user_information_that_is_no_object() -> None:
    dishonest = Dishonest(body=b'{"sub": ')
    async with knowing(dishonest) as provider:
        with pytest.raises(BadData, match="user information is no JSON object"):
            await log_in(provider, dishonest)


@pytest.mark.parametrize(
    ("supported", "told", "believed"),
    [(True, "own", True), (True, None, False), (True, "x", False), (False, None, True), (False, "x", False)],
)
async def test_whose_answer_it_is(supported: bool, told: str | None, believed: bool) -> None:
    dishonest = Dishonest(metadata={"authorization_response_iss_parameter_supported": supported})
    async with knowing(dishonest) as provider:
        told = dishonest.issuer if told == "own" else told
        if believed:
            await provider.check_issuer(told)
        else:
            with pytest.raises(NotBelieved, match="another issuer"):
                await provider.check_issuer(told)
