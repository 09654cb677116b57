"""Calls of the FHIR API of the Annuaire Santé: searches, opaque page links, look-ups by technical id."""

import asyncio
import re
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar
from urllib.parse import urlencode

from msgspec import Struct

from connectors.annuaire_sante import fhir
from connectors.errors import BadData, Unavailable
from connectors.http import HttpDoor, NotFound

T = TypeVar("T")

IDS_PER_CALL = 49
"""The documentation asks for fewer than 50 `_id` a call."""

LONGEST_QUERY = 1_500
"""Characters; a longer query goes by POST `[type]/_search`."""

LONGEST_LINK = 8_000
"""Characters; no server would take a longer address back."""

PRACTITIONER = "Practitioner"
ORGANIZATION = "Organization"

_REFERENCE = re.compile(r"(?:^|/)(Practitioner|Organization)/([A-Za-z0-9.-]{1,64})(?:/_history/[^/]+)?$")


class Search(Struct, frozen=True):
    """A search: the type of resource and its parameters."""

    resource: str
    params: tuple[tuple[str, str], ...]


class Answer(Struct, frozen=True):
    """A page of an answer; `next` is the opaque link to the next one."""

    resources: fhir.Resources
    next: str | None = None


def _is_long(params: Iterable[tuple[str, str]]) -> bool:
    """Whether a query is too long for an address. A character becomes one to three: few have to be encoded to tell."""
    plain = sum(len(name) + len(value) + 2 for name, value in params) - 1
    return plain > LONGEST_QUERY or (3 * plain > LONGEST_QUERY and len(urlencode([*params])) > LONGEST_QUERY)


class FhirApi:
    """The directory's searches, through one HTTP door. Every method raises only `SourceError`."""

    def __init__(self, door: HttpDoor, page_size: int) -> None:
        self._door = door
        self._page_size = page_size

    async def search(self, search: Search) -> Answer:
        """The first page of a search."""
        params = (*search.params, ("_count", str(self._page_size)))
        if _is_long(params):
            call = self._door.post_form(f"{search.resource}/_search", fhir.Bundle, form=params)
        else:
            call = self._door.get(search.resource, fhir.Bundle, params=params)
        return self._read(await self._found(call))

    async def follow(self, link: str) -> Answer:
        """The page behind a `next` link, taken as it is. A stale link is Unavailable."""
        if len(link) > LONGEST_LINK or " " in link or not link.isprintable():
            raise BadData(self._door.source, "a link is not an address", detail=repr(link[:200]))
        return self._read(await self._found(self._door.follow(link, fhir.Bundle)))

    async def all(self, search: Search) -> fhir.Resources:
        """All pages of a search."""
        answer = await self.search(search)
        found, seen = answer.resources, set[str]()
        while answer.next:
            if answer.next in seen:
                raise BadData(self._door.source, "its pages go round in circles")
            seen.add(answer.next)
            answer = await self.follow(answer.next)
            found |= answer.resources
        return found

    async def by_id(self, resource: str, ids: Iterable[str]) -> fhir.Resources:
        """The active resources of these technical ids, in as few calls as allowed, made at the same time."""
        wanted = sorted(set(ids))
        batches = [wanted[i : i + IDS_PER_CALL] for i in range(0, len(wanted), IDS_PER_CALL)]
        searches = [Search(resource, (("_id", ",".join(b)), ("active", "true"))) for b in batches]
        found = fhir.Resources()
        for answer in await together(self.all(search) for search in searches):
            found |= answer
        return found

    async def _found(self, call: Coroutine[Any, Any, fhir.Bundle]) -> fhir.Bundle:
        """The answer of a call; a search always exists: its 404 is a known passing fault of the gateway."""
        try:
            return await call
        except NotFound as error:
            message = "answers that it cannot serve now"
            raise Unavailable(self._door.source, message, detail=error.detail) from error

    def _read(self, bundle: fhir.Bundle) -> Answer:
        if bundle.resource_type != "Bundle":
            detail = f"{bundle.resource_type!r}: {bytes(bundle.issue)[:500]!r}"
            raise BadData(self._door.source, "answers something else than a list", detail=detail)
        return Answer(fhir.read_entries(bundle.entry), bundle.next)


def id_in(reference: fhir.Reference, resource: str) -> str | None:
    """The technical id that a reference to a resource of this type holds, relative or absolute."""
    match = _REFERENCE.search(reference.reference or "")
    return match[2] if match and match[1] == resource else None


async def together(calls: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """The results of calls made at the same time; the first failure cancels the others and is raised."""
    started = [*calls]
    if len(started) <= 1:
        return [await call for call in started]
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(call) for call in started]
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]
