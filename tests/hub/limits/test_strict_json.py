"""JSON of requests: what is taken, and what is refused with a text instead of failing later."""

import orjson
import pytest

from hub.limits.strict_json import MAX_DEPTH, MAX_EXACT, BadJson, parse


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        "é\u2028😀",
        {"query": "{ a }", "variables": {"n": 1, "f": -1.5, "b": True, "l": [1, [2], {}], "none": None}},
        MAX_EXACT,
        -MAX_EXACT,
        {"literally": "\\u0000", "nul": "u0000"},
    ],
)
def test_what_is_taken(value: object) -> None:
    assert parse(orjson.dumps(value)) == value


def test_of_a_name_that_comes_twice_the_last_value_holds() -> None:
    assert parse(b'{"a": 1, "b": 2, "a": 3}') == {"a": 3, "b": 2}


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"{} {}", "not JSON"),
        (b"[NaN]", "not JSON"),
        (b"[Infinity]", "not JSON"),
        (b"[1e999]", "not JSON"),
        (b"9" * 10_000, "not JSON"),
        (b'"\xff"', "UTF-8"),
        (b'"\xed\xa0\x80"', "UTF-8"),
        ('{"a":1}'.encode("utf-16"), "not JSON"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (rb'"\ud800"', "surrogate"),
        (rb'"\udc00\ud800"', "surrogate"),
        (b'"a\x00b"', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (rb'"a\u0000b"', "NUL"),
        (rb'{"a":[{"b":"\u0000"}]}', "NUL"),
        (rb'{"\u0000":1}', "NUL"),
        (b"18446744073709551616", "number"),
        (b'{"n":[9007199254740992]}', "number"),
        (b"-1e300", "number"),
        (b"[" * 33 + b"]" * 33, "deeper"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, "deeper"),
    ],
)
def test_what_is_refused(raw: bytes, why: str) -> None:
    with pytest.raises(BadJson, match=why):
        parse(raw)


def test_depth_at_the_bound() -> None:
    assert parse(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
