"""The Annuaire Santé as a connector."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from connectors.annuaire_sante import fhir
from connectors.annuaire_sante.api import ORGANIZATION, PRACTITIONER, Answer, FhirApi, Search, id_in, together
from connectors.annuaire_sante.identifiers import parse_key
from connectors.annuaire_sante.questions import Question, organizations, practitioners, question_of
from connectors.annuaire_sante.records import (
    is_liberal,
    nature_of,
    organization_record,
    professional_record,
)
from connectors.contract import Kind, Page, Query, SourceInfo
from connectors.errors import Refused
from connectors.http import HttpDoor
from connectors.nomenclature import StructureKind
from connectors.records import StructureRecord

Places = Mapping[str, StructureRecord]
"""Records of Organizations by technical id."""

Links = tuple[str | None, ...]
"""Where each search of a question goes on; None where it is finished."""


class AnnuaireSante:
    """The health establishments and professionals of sante.fr (see `connectors.contract.Connector`)."""

    def __init__(self, info: SourceInfo, door: HttpDoor, *, page_size: int = 200) -> None:
        self._info = info
        self._door = door
        self._api = FhirApi(door, page_size)

    @property
    def info(self) -> SourceInfo:
        """What the source is and can; constant."""
        return self._info

    async def ping(self) -> None:
        """One practitioner: the cheapest documented search."""
        await FhirApi(self._door, 1).search(Search(PRACTITIONER, ()))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._door.aclose()

    async def get(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, StructureRecord]:
        """The records of these keys: at most one search of Organizations and one of Practitioners."""
        parsed = {key: known for key in keys if (known := parse_key(key))}
        if kind is not Kind.STRUCTURE or not parsed:
            return {}
        searches = [organizations(dict.fromkeys(key.place for key in parsed.values()))]
        if rpps := dict.fromkeys(key.rpps for key in parsed.values() if key.rpps):
            searches.append(practitioners(rpps))
        found = fhir.Resources()
        for answer in await together(self._api.all(search) for search in searches):
            found |= answer
        places, _ = self._places(found.organizations.values())
        professionals, _ = _professionals(found.roles.values(), found.practitioners, places)
        records = _by_key([*places.values(), *professionals])
        return {key: records[key] for key in parsed if key in records}

    async def search(self, query: Query) -> Page:
        """One page: a page of each search the query comes down to, completed with what these refer to."""
        if query.kind is not Kind.STRUCTURE:
            return Page(records=())
        question = question_of(query)
        if question is None:
            raise Refused(self._info.id, "cannot be asked this", detail=type(query.where).__name__)
        answers = await self._answers(question, query.after)
        found = fhir.Resources()
        for answer in answers:
            if answer:
                found |= answer.resources
        records, unreadable = await self._records(question, found)
        return Page(
            records=records,
            after=_pack(tuple(answer.next if answer else None for answer in answers)),
            unreadable=unreadable,
        )

    async def _answers(self, question: Question, after: str | None) -> list[Answer | None]:
        """The first page of each search, or the one that `after` says; None for a search that is finished."""
        if after is None:
            return [*await together(self._api.search(search) for search in question.searches)]
        links = self._unpack(after, len(question.searches))
        pages = iter(await together(self._api.follow(link) for link in links if link))
        return [next(pages) if link else None for link in links]

    async def _records(self, question: Question, page: fhir.Resources) -> tuple[tuple[StructureRecord, ...], int]:
        """The records of a page, each key once, and how many entries could not be read.

        A page may refer to Organizations and Practitioners that are not on it: they are fetched. An
        Organization fetched so is on another page of the answer too, which gives it: it is not given here.
        """
        roles = [r for r in page.roles.values() if _wanted(r, question)]
        absent = {i for r in roles if (i := id_in(r.organization, ORGANIZATION))} - page.organizations.keys()
        further = await self._api.by_id(ORGANIZATION, absent)
        places, unreadable = self._places((page | further).organizations.values())
        places = {i: record for i, record in places.items() if question.place(record)}
        given = [
            record
            for i, record in places.items()
            if question.establishments and i in page.organizations
            if not question.perimeter or nature_of(page.organizations[i], record.identifiers).listed
        ]
        roles = [role for role in roles if id_in(role.organization, ORGANIZATION) in places]
        absent = {i for r in roles if (i := id_in(r.practitioner, PRACTITIONER))} - page.practitioners.keys()
        people = await self._api.by_id(PRACTITIONER, absent)
        professionals, nameless = _professionals(roles, page.practitioners | people.practitioners, places)
        given += [p for p in professionals if p.subcategory or not question.perimeter]
        records = _by_key(record for record in given if question.record(record))
        unread = page.unreadable + further.unreadable + people.unreadable + unreadable + nameless
        return tuple(records.values()), unread

    def _places(self, found: Iterable[fhir.Organization]) -> tuple[Places, int]:
        """The records of the active Organizations, and how many could not make one."""
        active = [organization for organization in found if organization.active is not False]
        records = {o.id: record for o in active if (record := organization_record(self._info.id, o))}
        return records, len(active) - len(records)

    def _unpack(self, after: str, length: int) -> Links:
        try:
            links = msgspec.msgpack.decode(urlsafe_b64decode(after.encode("ascii")), type=Links)
        except (UnicodeEncodeError, binascii.Error, msgspec.MsgspecError) as error:
            raise Refused(self._info.id, "does not know that page", detail=repr(error)) from error
        if len(links) != length:
            raise Refused(self._info.id, "does not know that page", detail="of another question")
        return links


def _pack(links: Links) -> str | None:
    """The opaque `after` of a page; None when all searches are finished."""
    return urlsafe_b64encode(msgspec.msgpack.encode(links)).decode("ascii") if any(links) else None


def _wanted(role: fhir.PractitionerRole, question: Question) -> bool:
    return question.professionals and role.active is not False and (is_liberal(role) or not question.liberal)


def _professionals(
    roles: Iterable[fhir.PractitionerRole], people: Mapping[str, fhir.Practitioner], places: Places
) -> tuple[list[StructureRecord], int]:
    """The professionals of these roles, and how many people could not make a record."""
    records: list[StructureRecord] = []
    unread: set[str] = set()
    for role in roles:
        person = people.get(id_in(role.practitioner, PRACTITIONER) or "")
        place = places.get(id_in(role.organization, ORGANIZATION) or "")
        if person is None or place is None or person.active is False or role.active is False:
            continue
        if record := professional_record(person, role, place):
            records.append(record)
        else:
            unread.add(person.id)
    return records, len(unread)


def _by_key(records: Iterable[StructureRecord]) -> dict[str, StructureRecord]:
    """Each key once. Of duplicates: liberal practice first, then what says where it is, then the latest."""
    found: dict[str, StructureRecord] = {}
    for record in records:
        known = found.setdefault(record.key, record)
        if known is not record and _rank(record) > _rank(known):
            found[record.key] = record
    return found


def _rank(record: StructureRecord) -> tuple[bool, bool, float]:
    changed = record.updated_at.timestamp() if record.updated_at else 0.0
    return record.kind is StructureKind.INDEPENDENT, record.address is not None, changed
