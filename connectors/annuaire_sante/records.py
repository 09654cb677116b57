"""Resources of the Annuaire Santé -> records.

An Organization gives an establishment; a Practitioner at an Organization (through a PractitionerRole) gives a
professional, with the Organization's address and contact: those are the only public ones.
"""

import re
from collections.abc import Sequence

from connectors.annuaire_sante import codes, fhir
from connectors.annuaire_sante.address import read_address, tidy
from connectors.annuaire_sante.identifiers import key_of, of_organization, rpps_of
from connectors.nomenclature import CategoryCode, IdentifierScheme, StructureKind
from connectors.records import Coding, Contact, Identifier, StructureRecord
from connectors.telephone import e164

_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s.,;<>]+")
_WEBSITE = re.compile(r"https?://[^\s/]+\.[^\s]+")
_MSSANTE = "MSSANTE"
"""TRE_R256: a mailbox of the secured health messaging, never shown to the public."""


def is_legal(organization: fhir.Organization) -> bool:
    """Whether an Organization is a legal entity ("entité juridique") rather than a site."""
    return any(coding.code == codes.LEGAL_ENTITY for concept in organization.type for coding in concept.coding)


def nature_of(organization: fhir.Organization) -> codes.Nature:
    """What an Organization is, from its types."""
    identifiers = of_organization(organization.identifier, legal=is_legal(organization))
    finess = any(identifier.scheme is IdentifierScheme.FINESS for identifier in identifiers)
    return codes.nature(organization.type, finess=finess)


def organization_record(source: str, organization: fhir.Organization) -> StructureRecord | None:
    """The record of an Organization; None when it has no name or no identifier to make a key of."""
    identifiers = of_organization(organization.identifier, legal=is_legal(organization))
    key = key_of(identifiers)
    names = [name for sent in (organization.name, *organization.alias) if (name := tidy(sent))]
    if not key or not names:
        return None
    nature = nature_of(organization)
    return StructureRecord(
        source=source,
        key=key,
        name=names[0],
        other_names=tuple(dict.fromkeys(name for name in names[1:] if name != names[0])),
        kind=StructureKind.ESTABLISHMENT,
        category=nature.category,
        subcategory=nature.subcategory,
        identifiers=identifiers,
        address=read_address(organization.address),
        contact=read_contact(organization.telecom),
        updated_at=organization.meta.last_updated,
    )


def professional_record(
    practitioner: fhir.Practitioner, role: fhir.PractitionerRole, place: StructureRecord
) -> StructureRecord | None:
    """The record of a professional at a place; None when there is no RPPS number or no name."""
    rpps = rpps_of(practitioner.identifier)
    name = next((n for sent in practitioner.name if (n := _name(sent))), None)
    if not rpps or not name:
        return None
    profession, known = _profession(practitioner)
    changes = (practitioner.meta.last_updated, role.meta.last_updated, place.updated_at)
    return StructureRecord(
        source=place.source,
        key=f"rpps-{rpps}.{place.key}",
        name=name,
        kind=StructureKind.INDEPENDENT if is_liberal(role) else StructureKind.SALARIED,
        category=CategoryCode.SANTE,
        subcategory=known.subcategory if known else None,
        identifiers=(Identifier(IdentifierScheme.RPPS, rpps),),
        address=place.address,
        contact=place.contact,
        profession=profession,
        specialties=tuple(_specialties(practitioner)),
        practises_at=(place.key,),
        updated_at=max((change for change in changes if change), default=None),
    )


def is_liberal(role: fhir.PractitionerRole) -> bool:
    """Whether a professional practises there on their own account (TRE_R23, mode "L")."""
    return any(coding.code == codes.LIBERAL for coding in codes.codings(role.code, codes.MODE_MARK))


def read_contact(telecom: Sequence[fhir.ContactPoint]) -> Contact | None:
    """The public contact details: neither fax nor secured mailbox; those of the best rank first."""
    current = sorted((t for t in telecom if t.use != "old"), key=lambda t: t.rank if t.rank else 1_000)
    phones = [e164(t.value) for t in current if t.system == "phone"]
    emails = [tidy(t.value) for t in current if t.system == "email" and not _is_secured(t)]
    websites = [tidy(t.value) for t in current if t.system == "url"]
    contact = Contact(
        phone=next((phone for phone in phones if phone), None),
        email=next((email for email in emails if email and _EMAIL.fullmatch(email)), None),
        website=next((site for site in websites if site and _WEBSITE.fullmatch(site)), None),
    )
    return contact if contact != Contact() else None


def _is_secured(point: fhir.ContactPoint) -> bool:
    marked = any(e.value_coding and e.value_coding.code == _MSSANTE for e in point.extension)
    return marked or "mssante" in (point.value or "").casefold()


def _name(sent: fhir.HumanName) -> str | None:
    """ "Given FAMILY", as published; None without a family name."""
    if not tidy(sent.family):
        return None
    return tidy(" ".join(part for part in (*sent.given, sent.family) if part))


def _profession(practitioner: fhir.Practitioner) -> tuple[Coding | None, codes.Profession | None]:
    """The profession, and what it is when it is of the perimeter; one of the perimeter goes first."""
    concepts = [q.code for q in practitioner.qualification if q.code]
    sent = sorted(
        codes.codings(concepts, codes.PROFESSION_MARK),
        key=lambda coding: coding.code not in codes.PROFESSIONS,
    )
    if not sent:
        return None, None
    code = sent[0].code or ""
    known = codes.PROFESSIONS.get(code)
    return Coding(codes.G15_SYSTEM, code, known.label if known else tidy(sent[0].display)), known


def _specialties(practitioner: fhir.Practitioner) -> list[Coding]:
    concepts = [q.code for q in practitioner.qualification if q.code]
    found = {
        coding.code: Coding(codes.R38_SYSTEM, coding.code, codes.SPECIALTIES.get(coding.code) or tidy(coding.display))
        for coding in codes.codings(concepts, codes.SPECIALTY_MARK)
        if coding.code
    }
    return list(found.values())
