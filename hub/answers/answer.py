"""An answer as bytes, in the forms that clients take it in: media type, content coding, and the HTTP headers.

A form is made once and kept with its answer. Only forms that anybody may see and that stay true for a while can be
kept by others too (RFC 9111): they say for how many seconds more, and carry a strong ETag.
"""

import asyncio
import gzip
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable
from hashlib import blake2b
from typing import Final, NamedTuple

import zstandard
from starlette.types import Message

from hub.limits.arrival import header_lines
from hub.media import RESPONSE_JSON
from hub.observability.exchange import Execution

WORTH_CODING: Final = 1_024
"""Bytes from which an answer is compressed."""

CODED_ASIDE: Final = 128 * 1024
"""Bytes from which compressing would hold up others, and is done in a thread."""

OVERHEAD: Final = 1_500
"""What an answer takes in memory besides its bytes, about; a form takes as much, and a request that it answers."""

Headers = list[tuple[bytes, bytes]]

VARY: Final = (b"vary", b"accept, accept-encoding, authorization")
NO_STORE: Final = (b"cache-control", b"no-store")


class Wanted(NamedTuple):
    """The form that a client wants. `public`: caches of others may keep it."""

    media_type: str
    coding: str | None
    public: bool


class Form:
    """What is sent. `etag` is empty for a form that is not public; `status` is that of an answer that was executed."""

    __slots__ = ("_content", "_left", "_lines", "_start", "_unchanged", "body", "etag")

    def __init__(self, content: Headers, body: bytes, etag: bytes) -> None:
        self.body: Message = {"type": "http.response.body", "body": body}
        self.etag = etag
        self._content = content
        self._left = -1
        self._start = self.start_private(200)
        self._lines = header_lines(self._start["headers"])
        self._unchanged = b""

    def start_private(self, status: int, more: Iterable[tuple[bytes, bytes]] = ()) -> Message:
        """The start of a response that nobody else may keep."""
        return _start(status, [*self._content, NO_STORE, VARY, *more])

    def start(self, left: float) -> Message:
        """The start of a response that is true for so many seconds more, if the form is public."""
        if self.etag and int(left) != self._left:
            kept = self._kept(left)
            self._left = int(left)
            self._start = _start(200, [*self._content, *kept])
            self._lines = header_lines(self._start["headers"])
            self._unchanged = header_lines(kept)
        return self._start

    def lines(self, left: float) -> bytes:
        """The header lines of `start`."""
        self.start(left)
        return self._lines

    def unchanged_lines(self, left: float) -> bytes:
        """The header lines of `unchanged`."""
        self.start(left)
        return self._unchanged

    def unchanged(self, left: float) -> Message:
        """The start of a response to a client that has this form already: it has no content."""
        return _start(304, self._kept(left))

    def _kept(self, left: float) -> Headers:
        return [(b"cache-control", b"public, max-age=%d" % left), (b"etag", self.etag), VARY]


class Answer:
    """The bytes of an answer. `executed`: it is of an execution, not of a request error.

    `until`: until when it stays true, on the clock of whoever keeps it; 0 when it is not to be kept. `tags`: what
    it rests on. `began`: the number of the last change that it can know of. `exact`: the requests answered with it.
    `execution`: how it was made, None for a request error.
    """

    __slots__ = ("_forms", "began", "body", "checked", "exact", "executed", "execution", "size", "tags", "until")

    def __init__(
        self,
        body: bytes,
        *,
        executed: bool,
        until: float = 0.0,
        tags: Iterable[str] = (),
        began: int = 0,
        execution: Execution | None = None,
    ) -> None:
        self.body = body
        self.executed = executed
        self.execution = execution
        self.until = until
        self.tags = frozenset(tags)
        self.began = began
        self.checked = began
        self.exact: list[tuple[bytes | str | None, ...]] = []
        self.size = OVERHEAD + len(body)
        self._forms: dict[Wanted, Form] = {}

    def form(self, wanted: Wanted) -> Form | None:
        """The form, if it was made before."""
        return self._forms.get(wanted)

    async def make_form(self, wanted: Wanted) -> Form:
        """Make the form and keep it; `size` grows by what it takes."""
        coding = wanted.coding if len(self.body) >= WORTH_CODING else None
        body = self.body if coding is None else await self._coded(coding)
        content = [
            (b"content-type", f"{wanted.media_type}; charset=utf-8".encode()),
            (b"content-length", b"%d" % len(body)),
        ]
        if coding is not None:
            content.append((b"content-encoding", coding.encode()))
        form = Form(content, body, self._etag(wanted.media_type, coding) if wanted.public else b"")
        if wanted not in self._forms:
            self._forms[wanted] = form
            self.size += OVERHEAD + (0 if body is self.body else len(body))
        return form

    async def _coded(self, coding: str) -> bytes:
        """The bytes in a coding: those of another form, or made now."""
        for wanted, form in self._forms.items():
            if wanted.coding == coding:
                return bytes(form.body["body"])
        if len(self.body) < CODED_ASIDE:
            return _ENCODERS[coding](self.body)
        return await asyncio.to_thread(_ENCODERS[coding], self.body)

    def _etag(self, media_type: str, coding: str | None) -> bytes:
        """Each representation has its own: a strong one stands for these very bytes and their type (RFC 9110 §8.8)."""
        digest = urlsafe_b64encode(blake2b(self.body, digest_size=15).digest()).decode()
        return f'"{digest}-{"g" if media_type == RESPONSE_JSON else "j"}-{coding or "plain"}"'.encode()


def unchanged(if_none_match: bytes, etag: bytes) -> bool:
    """Whether a client has this representation already (RFC 9110 §13.1.2: compared without regard to weakness)."""
    if if_none_match == etag:
        return True
    had = [tag.strip().removeprefix(b"W/") for tag in if_none_match.split(b",")]
    return etag in had or had == [b"*"]


def _start(status: int, headers: Headers) -> Message:
    return {"type": "http.response.start", "status": status, "headers": headers}


def _zstd(body: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=3).compress(body)


def _gzip(body: bytes) -> bytes:
    return gzip.compress(body, compresslevel=6, mtime=0)


_ENCODERS: Final[dict[str, Callable[[bytes], bytes]]] = {"zstd": _zstd, "gzip": _gzip}
