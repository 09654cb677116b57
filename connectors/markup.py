"""HTML of a directory's text fields, as the plain text that its reader would see.

Read with one pattern, in time linear in the text: Python's own parser begins again at each "<" that nothing ends, which
takes a minute for 50,000 characters of them. What is no markup is text.
"""

import re
from html import unescape
from typing import Any, Final

MAX_HTML: Final = 50_000
"""Characters of a text that are read: longer ones are cut."""

_PASSES: Final = 8
_BLOCKS: Final = frozenset(
    {
        *("address", "article", "blockquote", "br", "div", "dl", "dt", "dd", "hr", "li", "ol", "p", "section"),
        *("table", "tr", "ul"),
        *(f"h{level}" for level in range(1, 7)),
    }
)
_UNSEEN: Final = frozenset({"script", "style"})

_COMMENT: Final = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG: Final = re.compile(
    r"""
    <(?:
        (?P<end>/?)(?P<name>[a-z][^\s/<>]*+)
        (?: (?: [^<>"']++ | "[^"<]*+" | '[^'<]*+' )*+  # its attributes, of which a value may hold ">"
          | [^<>]*+ )
      | [/?][^<>]*+
    )>
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""A tag, or what is to be read as one. Nothing in it goes beyond the next "<", where another one may begin, and nothing
that was read is given back ("*+"): so the whole is linear."""


def plain_text(value: Any) -> str | None:
    """The text of a piece of HTML, one line a paragraph; scripts and styles are dropped.

    HTML that was escaped ("&lt;p&gt;") is HTML too.
    """
    if not isinstance(value, str):
        return None
    found = value[:MAX_HTML]
    for _ in range(_PASSES):
        stripped = _stripped(found)
        if stripped == found:
            break
        found = stripped
    return found or None


def _stripped(html: str) -> str:
    html = _without_declarations(_COMMENT.sub(" ", html))
    pieces: list[str] = []
    unseen, start = "", 0
    for tag in _TAG.finditer(html):
        if not unseen:
            pieces.append(unescape(html[start : tag.start()]))
        start = tag.end()
        name, ends = (tag["name"] or "").lower(), bool(tag["end"])
        if unseen:
            unseen = "" if ends and name == unseen else unseen
        elif name in _UNSEEN and not ends:
            unseen = name
        elif name in _BLOCKS:
            pieces.append("\n")
    if not unseen:
        pieces.append(unescape(html[start:]))
    lines = (" ".join(line.split()) for line in "".join(pieces).splitlines())
    return "\n".join(line for line in lines if line)


def _without_declarations(html: str) -> str:
    """Without "<!…>"; a "<!" that nothing ends is text. By hand, since a pattern looks for each end again and again."""
    *ended, rest = html.split(">")
    pieces = (piece.partition("<!") for piece in ended)
    return "".join(before + (" " if declared else ">") for before, declared, _ in pieces) + rest
