"""Identity providers in the configuration, and what their claims are worth."""

import sys
from pathlib import Path
from typing import Any

import pytest
from hubs import configuration, site

from hub.access.oidc.people import account_of, person_of
from hub.access.oidc.settings import RoleRule
from hub.composition import open_hub
from hub.config import ConfigError
from resolvers.access import Role

PSC = """
[[oidc]]
name = "psc"
label = "Pro Santé Connect"
issuer = "https://auth.esw.esante.gouv.fr/auth/realms/esante-wallet"
client_id = "hub"
scopes = ["openid", "scope_all"]
acr_values = ["eidas1"]

[[oidc.roles]]
claim = "SubjectRefPro.exercices.codeProfession"
value = "50"
role = "MODERATOR"
"""


def test_a_provider(tmp_path: Path) -> None:
    config = configuration(tmp_path, PSC, {"HUB1000_OIDC_PSC": " hush "})

    (provider,) = config.oidc
    assert (provider.config.name, provider.secret) == ("psc", "hush")
    assert provider.config.roles[0].role is Role.MODERATOR
    assert "hush" not in repr(config)
    assert configuration(tmp_path).oidc == ()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("[[oidc]]", "[oidc]"), r"oidc: tables are wanted"),
        (('issuer = "https:', 'issuer = "http:'), r"line \d+: oidc.*issuer: an https address is wanted"),
        (("esante-wallet", "esante-wallet?x=1"), r"issuer: an address without a query"),
        (
            ("https://auth.esw.esante.gouv.fr/auth/realms/esante-wallet", "https://"),
            r"issuer: an address without a query",
        ),
        (('"openid", ', ""), r"scopes: openid is one of them"),
        (("scope_all", "scope all"), r"scopes: openid is one of them, and none has spaces"),
        (('"psc"', '"Psc"'), r"oidc.name"),
        (("client_id", "client"), r"there is no such key"),
        (('role = "MODERATOR"', 'role = "ANONYMOUS"'), r"role: who logs in is not anonymous"),
        (('role = "MODERATOR"', 'role = "PARTNER"'), r"sources: a partner has at least one"),
        (('role = "MODERATOR"', 'role = "MODERATOR"\nsources = ["x"]'), r"sources: a partner has at least one"),
        (("", PSC), r"there are two providers psc"),
    ],
)
def test_what_is_wrong_stops_the_start(tmp_path: Path, change: tuple[str, str], why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        configuration(tmp_path, PSC.replace(*change, 1))


async def test_without_the_extra_the_start_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "hub.access.oidc.provider", None)
    hub = open_hub(configuration(tmp_path, PSC))

    with pytest.raises(ConfigError, match="the extra `oidc` of hub-1000-jours is not installed"):
        site(hub)
    await hub.aclose()


def test_a_secret_of_nobody_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="HUB1000_OIDC_OTHER: there is no identity provider other"):
        configuration(tmp_path, PSC, {"HUB1000_OIDC_OTHER": "x"})


@pytest.mark.parametrize("issuer", ["http://localhost:3000", "http://127.0.0.1", "http://[::1]:3000"])
def test_a_provider_on_this_machine_needs_no_https(tmp_path: Path, issuer: str) -> None:
    found = configuration(tmp_path, PSC.replace("https://auth.esw.esante.gouv.fr/auth/realms/esante-wallet", issuer))

    assert found.oidc[0].config.issuer == issuer


@pytest.mark.parametrize("url", ["hub.example.org", "https://hub.example.org/", "https://a@b", "ftp://hub.example.org"])
def test_the_public_address_is_scheme_and_host(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigError, match=r"server.public_url"):
        configuration(tmp_path, f'[server]\npublic_url = "{url}"')


RULES = (
    RoleRule(claim="realm.roles", value="chief", role=Role.ADMIN),
    RoleRule(claim="jobs.code", value="50", role=Role.MODERATOR),
    RoleRule(claim="email", value="a@caf.example", role=Role.PARTNER, sources=frozenset({"monenfant"})),
)


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        ({}, Role.REGISTRANT),
        ({"realm": {"roles": ["other", "chief"]}}, Role.ADMIN),
        ({"realm": {"roles": "chief"}}, Role.ADMIN),
        ({"realm": {"roles": ["chiefs"]}}, Role.REGISTRANT),
        ({"realm": {"roles": {"chief": True}}}, Role.REGISTRANT),
        ({"realm": "roles"}, Role.REGISTRANT),
        ({"realm": {"roles": [["chief"]]}}, Role.ADMIN),
        ({"jobs": [{"code": "10"}, {"code": "50"}]}, Role.MODERATOR),
        ({"jobs": [{"code": 50}]}, Role.REGISTRANT),
        ({"jobs": [{"code": "50"}], "realm": {"roles": ["chief"]}}, Role.ADMIN),
        ({"email": "a@caf.example"}, Role.PARTNER),
    ],
)
def test_roles_are_read_from_claims(claims: dict[str, Any], role: Role) -> None:
    person = person_of({"iss": "i", "sub": "s", **claims}, RULES, b"k" * 32)

    assert person.role is role
    assert person.sources == ({"monenfant"} if role is Role.PARTNER else frozenset())


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"name": "  Dr\n Ève\x00Martin "}, "Dr Ève Martin"),
        ({"given_name": "Ève", "family_name": "Martin", "usual_name": "Durand"}, "Ève Durand"),
        ({"given_name": "Ève", "family_name": "Martin"}, "Ève Martin"),
        ({"family_name": "Martin"}, "Martin"),
        ({"name": 7, "email": "eve@example.org"}, None),
        ({"name": "x" * 200}, "x" * 100),
    ],
)
def test_names_are_one_short_line(claims: dict[str, Any], name: str | None) -> None:
    assert person_of({"iss": "i", "sub": "s", **claims}, (), b"k" * 32).name == name


def test_an_account_tells_nothing_and_belongs_to_one_issuer_and_hub() -> None:
    accounts = {
        account_of(issuer, subject, key)
        for issuer in ("https://a", "https://b")
        for subject in ("899700366240", "899700366241")
        for key in (b"k" * 32, b"l" * 32)
    }

    assert len(accounts) == 8
    assert account_of("https://a", "1", b"k" * 32) == account_of("https://a", "1", b"k" * 32)
