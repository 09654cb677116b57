"""The forms of an answer: codings, entity tags, and what caches are told."""

import gzip
import json

import pytest
import zstandard
from starlette.types import Message

from hub.answers.answer import CODED_ASIDE, WORTH_CODING, Answer, Wanted, unchanged
from hub.media import JSON, RESPONSE_JSON, coding

SMALL = b'{"data":null}'
LARGE = json.dumps({"data": ["une crèche"] * 500}).encode()
HUGE = LARGE * (1 + CODED_ASIDE // len(LARGE))


@pytest.mark.parametrize("body", [LARGE, HUGE])
async def test_codings(body: bytes) -> None:
    answer = Answer(body, executed=True, until=60.0)
    coded = {
        name: (await answer.make_form(Wanted(JSON, name, public=True))).body["body"] for name in ("zstd", "gzip", None)
    }

    assert coded[None] is body
    assert gzip.decompress(coded["gzip"]) == body
    assert zstandard.ZstdDecompressor().decompress(coded["zstd"]) == body
    assert len(coded["gzip"]) < len(body) / 10
    again = await answer.make_form(Wanted(RESPONSE_JSON, "gzip", public=False))
    assert again.body["body"] is coded["gzip"], "compressed once"


async def test_a_small_answer_is_not_compressed() -> None:
    assert len(SMALL) < WORTH_CODING
    form = await Answer(SMALL, executed=True).make_form(Wanted(JSON, "gzip", public=False))

    assert form.body["body"] == SMALL
    assert "content-encoding" not in headers_of(form.start(0))


def headers_of(start: Message) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in start["headers"]}


async def test_each_representation_has_its_own_tag_and_says_how_long_it_holds() -> None:
    answer = Answer(LARGE, executed=True, until=60.0)
    forms = [
        await answer.make_form(Wanted(type_, name, public=True))
        for type_ in (JSON, RESPONSE_JSON)
        for name in (None, "gzip", "zstd")
    ]

    assert len({form.etag for form in forms}) == 6
    for form in forms:
        for left, seconds in ((59.9, 59), (58.0, 58), (58.9, 58), (0.4, 0)):
            headers = headers_of(form.start(left))
            assert headers["cache-control"] == f"public, max-age={seconds}"
            assert headers["etag"] == form.etag.decode()
            assert headers["etag"].startswith('"')
            assert headers["vary"] == "accept, accept-encoding, authorization"
            assert headers["content-length"] == str(len(form.body["body"]))
        assert form.unchanged(59.9)["status"] == 304
        assert headers_of(form.unchanged(59.9)) == {
            "etag": headers["etag"], "cache-control": "public, max-age=59", "vary": headers["vary"],
        }  # fmt: skip


async def test_the_tag_is_of_the_bytes_alone() -> None:
    wanted = Wanted(JSON, None, public=True)
    answers = [Answer(body, executed=True, until=until) for body in (SMALL, LARGE) for until in (1.0, 2.0)]

    assert len({(await answer.make_form(wanted)).etag for answer in answers}) == 2


async def test_what_is_not_public_is_not_to_be_stored() -> None:
    form = await Answer(LARGE, executed=True, until=60.0).make_form(Wanted(JSON, None, public=False))

    assert form.etag == b""
    for start in (form.start(60), form.start_private(400)):
        headers = headers_of(start)
        assert headers["cache-control"] == "no-store"
        assert set(headers) == {"content-type", "content-length", "cache-control", "vary"}


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None), ("", None), ("identity", None), ("br", None), ("gzip", "gzip"), ("GZIP", "gzip"),
        ("gzip, zstd", "zstd"), ("gzip;q=1.0, zstd;q=0.5", "gzip"), ("gzip;q=0", None), ("*", "zstd"), ("*;q=0", None),
        ("zstd;q=0, *", "gzip"), ("gzip;q=0.5, identity", None), ("gzip;q=0.5, identity;q=0.5", "gzip"),
        ("gzip;q=0.2, *;q=0.1", "gzip"), ("gzip;q=x", None), ("gzip, deflate, br, zstd", "zstd"), (";,;;", None),
    ],
)  # fmt: skip
def test_codings_that_clients_ask_for(header: str | None, expected: str | None) -> None:
    assert coding(None if header is None else header.encode()) == expected


@pytest.mark.parametrize(
    ("header", "same"),
    [
        (b'"a"', True), (b'W/"a"', True), (b'"b"', False), (b'"b", "a"', True), (b"*", True),
        (b'"b", *', False), (b"a", False), (b'"A"', False), (b"", False),
    ],
)  # fmt: skip
def test_what_a_client_has_already(header: bytes, same: bool) -> None:
    assert unchanged(header, b'"a"') is same
