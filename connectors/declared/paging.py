"""Three ways in which lists come in pages, and how far a walk has come.

    offset    offset and limit (Opendatasoft Explore)
    page      number of the page (HSDS, fastapi-pagination)
    next      a link to the next page (data.gouv Tabular, Django REST framework)

An answer ends where the directory says so: by its total, its number of pages or a missing link; where it says
nothing, with an empty page, never with a short one, since a directory may give fewer than it is asked for.
"""

import re
from typing import Annotated, Any, TypeAlias

from msgspec import Meta, Struct

from connectors.declared.values import at, count

MAX_PAGES = 2_000
"""A walk that is longer is taken not to end."""

Size = Annotated[int, Meta(ge=1, le=10_000)]


class ByOffset(Struct, frozen=True, forbid_unknown_fields=True, tag_field="style", tag="offset"):
    """`offset` and `limit`: names of the parameters. `size`: entries asked at once.

    `most`: the directory answers while offset + limit is at most this (10,000 at Opendatasoft); what lies beyond
    is told as unreadable.
    """

    offset: str = "offset"
    limit: str = "limit"
    size: Size = 100
    most: Annotated[int, Meta(ge=1)] = 10_000


class ByPage(Struct, frozen=True, forbid_unknown_fields=True, tag_field="style", tag="page"):
    """`page` and `limit`: names of the parameters ("" for a limit that is not sent). `first`: number of the first page.

    `pages`: path to the number of pages in an answer, "" where it is not told.
    """

    page: str = "page"
    limit: str = "per_page"
    size: Size = 50
    first: Annotated[int, Meta(ge=0, le=1)] = 1
    pages: str = "total_pages"


class ByLink(Struct, frozen=True, forbid_unknown_fields=True, tag_field="style", tag="next"):
    """`next`: path to the link in an answer, "" for a list that comes whole. `limit`: name of a parameter, or ""."""

    next: str = "links.next"
    limit: str = "page_size"
    size: Size = 50


Paging: TypeAlias = ByOffset | ByPage | ByLink


class Progress(Struct, frozen=True):
    """How far a walk has come: pages and entries read, and the link that the last page gave."""

    pages: int = 0
    entries: int = 0
    link: str = ""

    @property
    def token(self) -> str:
        """This progress as a text; `progress` reads it."""
        return f"{self.pages}.{self.entries} {self.link}".rstrip()


def progress(token: str) -> Progress | None:
    """The progress that a token tells; None when it is not one."""
    found = re.fullmatch(r"([0-9]{1,9})\.([0-9]{1,9})(?: (.+))?", token, re.DOTALL)
    return Progress(int(found[1]), int(found[2]), found[3] or "") if found else None


def parameters(paging: Paging, now: Progress) -> dict[str, str]:
    """The parameters that ask for the next page."""
    size = min(paging.size, max(1, paging.most - now.entries)) if isinstance(paging, ByOffset) else paging.size
    found = {paging.limit: str(size)}
    match paging:
        case ByOffset(offset=name):
            found[name] = str(now.entries)
        case ByPage(page=name):
            found[name] = str(paging.first + now.pages)
    return {name: value for name, value in found.items() if name}


def following(paging: Paging, now: Progress, answer: Any, *, given: int, total: int | None) -> Progress | None:
    """The progress after a page of `given` entries; None when it was the last."""
    read = now.entries + given
    after = Progress(now.pages + 1, read)
    match paging:
        case ByLink():
            link = at(answer, paging.next) if paging.next else None
            return Progress(after.pages, read, link) if isinstance(link, str) and link else None
        case ByPage() if paging.pages and (pages := count(at(answer, paging.pages))) is not None:
            return after if given and after.pages < pages else None
        case ByOffset() if read >= paging.most:
            return None
    return after if given and (total is None or read < total) else None


def out_of_reach(paging: Paging, now: Progress, *, given: int, total: int | None) -> int:
    """How many entries the last page leaves unread, of a total that is told; at least 1 where `most` cut it off."""
    read = now.entries + given
    if total is not None:
        return max(0, total - read)
    return int(isinstance(paging, ByOffset) and given > 0 and read >= paging.most)
