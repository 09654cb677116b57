"""Who a client is, behind no proxy, one, two, and with whatever it writes itself."""

from typing import Any

import pytest

from hub.limits.proxies import MAX_CHAIN, Proxies, subscriber
from hub.limits.settings import CallerLimits

OURS = ("10.0.0.0/8", "fd00::/8")


def scope(peer: str | None, *headers: tuple[str, str], scheme: str = "http") -> dict[str, Any]:
    raw = [(name.encode(), value.encode()) for name, value in headers]
    return {"type": "http", "client": peer and (peer, 5), "headers": raw, "scheme": scheme}


def client(peer: str | None, *chain: str, forwarded: str = "x-forwarded-for", proxies: tuple[str, ...] = OURS) -> str:
    limits = CallerLimits(proxies=proxies, forwarded=forwarded)  # type: ignore[arg-type]
    return Proxies(limits).client(scope(peer, *((forwarded, value) for value in chain)))


@pytest.mark.parametrize(
    ("peer", "chain", "expected"),
    [
        # nobody believes a client about itself
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        # what stands left of the first address that is not ours was written by the client
        ("10.0.0.1", ["1.1.1.1, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["1.1.1.1, 198.51.100.1, 10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", ["1.1.1.1", "198.51.100.1", "10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        # a proxy that does not know says so: then it is the best that is known
        ("10.0.0.1", ["1.1.1.1, unknown"], "10.0.0.1"),
        ("10.0.0.1", ["1.1.1.1, , 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1:4711"], "198.51.100.1"),
        ("10.0.0.1", ["[2001:db8::1]:4711"], "2001:db8::1"),
        ("10.0.0.1", ["2001:db8::1"], "2001:db8::1"),
        ("fd00::1", ["2001:db8::1"], "2001:db8::1"),
        ("::ffff:10.0.0.1", ["::ffff:198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["'); drop table--, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["x" * (2 * MAX_CHAIN) + ", 198.51.100.1"], "198.51.100.1"),
        (None, ["198.51.100.1"], ""),
    ],
)
def test_x_forwarded_for(peer: str | None, chain: list[str], expected: str) -> None:
    assert client(peer, *chain) == expected


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        (["for=198.51.100.1"], "198.51.100.1"),
        (['For="[2001:db8::1]:4711";proto=https;by=10.0.0.1'], "2001:db8::1"),
        (["for=1.1.1.1, proto=https; for=198.51.100.1, for=10.0.0.2"], "198.51.100.1"),
        (["for=1.1.1.1, for=_hidden"], "10.0.0.1"),
        (["by=10.0.0.3"], "10.0.0.1"),
    ],
)
def test_forwarded(chain: list[str], expected: str) -> None:
    assert client("10.0.0.1", *chain, forwarded="forwarded") == expected


def test_only_the_header_that_the_proxies_set_is_read() -> None:
    proxies = Proxies(CallerLimits(proxies=OURS))
    headers = (("forwarded", "for=1.1.1.1"), ("x-forwarded-for", "198.51.100.1"))

    assert proxies.client(scope("10.0.0.1", *headers)) == "198.51.100.1"
    assert client("10.0.0.1", "198.51.100.1", proxies=()) == "10.0.0.1"


def test_the_scheme_is_told_by_our_proxies_only() -> None:
    proxies = Proxies(CallerLimits(proxies=OURS))
    https = ("x-forwarded-proto", "https")

    assert proxies.scheme(scope("10.0.0.1", https)) == "https"
    assert proxies.scheme(scope("203.0.113.9", https)) == "http"
    assert proxies.scheme(scope("10.0.0.1", ("x-forwarded-proto", "gopher"))) == "http"
    assert proxies.scheme(scope("10.0.0.1", scheme="https")) == "https"
    assert proxies.scheme(scope(None, https)) == "http"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("198.51.100.1", "198.51.100.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("::ffff:198.51.100.1", "198.51.100.1"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_an_ipv6_subscriber_is_one_whatever_address_they_choose(address: str, expected: str) -> None:
    assert subscriber(address) == expected
