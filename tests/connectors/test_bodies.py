"""Bodies: read piece by piece, never beyond the room there is, which is given back."""

import gzip
import zlib

import pytest

from connectors.bodies import STEP, Body, Room, TooLarge

TEXT = b'{"a": "' + b"x" * 50_000 + b'"}'


def read(encoding: str, room: Room, wire: bytes) -> bytes:
    with Body(encoding, room) as body:
        for piece in pieces(wire):
            body.add(piece)
        return body.whole()


def pieces(whole: bytes, size: int = 1000) -> list[bytes]:
    return [whole[i : i + size] for i in range(0, len(whole), size)]


@pytest.mark.parametrize(("encoding", "wire"), [("", TEXT), ("identity", TEXT), ("gzip", gzip.compress(TEXT, mtime=0))])
def test_a_body_is_its_pieces(encoding: str, wire: bytes) -> None:
    room = Room(100_000)

    with Body(encoding, room) as body:
        for piece in pieces(wire, 7):
            body.add(piece)
        assert room.taken == len(TEXT)
        assert body.whole() == TEXT

    assert room.taken == 0


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_there_is_no_more_than_the_room(encoding: str) -> None:
    room = Room(len(TEXT) - 1)
    wire = gzip.compress(TEXT) if encoding else TEXT

    with pytest.raises(TooLarge):
        read(encoding, room, wire)

    assert room.taken == 0


def test_a_bomb_is_not_unpacked_beyond_the_room() -> None:
    room = Room(10_000)
    bomb = gzip.compress(b" " * 50_000_000)

    with pytest.raises(TooLarge), Body("gzip", room) as body:
        body.add(bomb)

    assert room.taken == 0


def test_bodies_at_the_same_time_share_it() -> None:
    room = Room(60_000)
    with Body("", room) as one, Body("", room) as other:
        one.add(TEXT)
        with pytest.raises(TooLarge):
            other.add(TEXT)
        assert one.whole() == TEXT
    assert room.left == 60_000


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "gzip, gzip", "x" * 1000])
def test_other_codings_are_not_read(encoding: str) -> None:
    with pytest.raises(ValueError, match="content-encoding"):
        Body(encoding, Room(1))


def test_what_is_cut_or_not_of_its_coding() -> None:
    with pytest.raises(zlib.error, match="the end is missing"):
        read("gzip", Room(100_000), gzip.compress(TEXT)[:-9])
    with pytest.raises(zlib.error):
        read("gzip", Room(100_000), b"no")


@pytest.mark.parametrize("more", [-259, -2, -1, 0, 1, 2, 259])
def test_steps_lose_nothing(more: int) -> None:
    text = b"x" * (2 * STEP + more)

    with Body("gzip", Room(10**7)) as body:
        for piece in pieces(gzip.compress(text), 100):
            body.add(piece)
        assert body.whole() == text
