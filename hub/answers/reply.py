"""A whole reply to one request: the form of an answer, and how it is sent."""

from http import HTTPStatus
from typing import Final, NamedTuple

from starlette.types import Message

from hub.answers.answer import Form, Headers, unchanged
from hub.limits.arrival import header_lines

OK: Final = int(HTTPStatus.OK)
NOT_MODIFIED: Final = int(HTTPStatus.NOT_MODIFIED)
NO_CONTENT: Final[Message] = {"type": "http.response.body", "body": b""}


class Reply(NamedTuple):
    """`left`: for how many seconds more it is true; `more`: headers besides those of the form.

    `content`: whether the form's bytes are sent; they are not to a client that has them, and for HEAD.
    """

    status: int
    form: Form
    left: float = 0.0
    more: Headers = []  # noqa: RUF012  # never changed
    content: bool = True

    @classmethod
    def of(cls, form: Form, left: float, if_none_match: bytes | None) -> "Reply":
        """A form that is public, unless the client has it already."""
        if if_none_match is not None and form.etag and unchanged(if_none_match, form.etag):
            return cls(NOT_MODIFIED, form, left, content=False)
        return cls(OK, form, left)

    @property
    def messages(self) -> tuple[Message, Message]:
        """What is sent by ASGI."""
        return self._start(), self.form.body if self.content else NO_CONTENT

    @property
    def lines(self) -> bytes:
        """The lines of its head, but for the first one."""
        if self.status == NOT_MODIFIED:
            return self.form.unchanged_lines(self.left)
        return header_lines(self._start()["headers"]) if self.more else self.form.lines(self.left)

    @property
    def body(self) -> bytes:
        """The bytes after the head."""
        return bytes(self.form.body["body"]) if self.content else b""

    def _start(self) -> Message:
        if self.status == NOT_MODIFIED:
            return self.form.unchanged(self.left)
        if self.status == OK and not self.more:
            return self.form.start(self.left)
        return self.form.start_private(self.status, self.more)
