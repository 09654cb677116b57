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
    for concept in organization.type:
        for coding in concept.coding:
            if coding.code == codes.LEGAL_ENTITY:
                return True
    return False


def nature_of(organization: fhir.Organization, identifiers: Sequence[Identifier]) -> codes.Nature:
    """What an Organization that has these identifiers is, from its types."""
    schemes = [identifier.scheme for identifier in identifiers]
    return codes.nature(organization.type, finess=IdentifierScheme.FINESS in schemes)


def organization_record(source: str, organization: fhir.Organization) -> StructureRecord | None:
    """The record of an Organization; None when it has no name or no identifier to make a key of."""
    identifiers = of_organization(organization.identifier, legal=is_legal(organization))
    key = key_of(identifiers)
    names = [*dict.fromkeys(filter(None, map(tidy, (organization.name, *organization.alias))))]
    if not key or not names:
        return None
    nature = nature_of(organization, identifiers)
    return StructureRecord(
        source=source,
        key=key,
        name=names[0],
        other_names=tuple(names[1:]),
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
    phone = email = website = None
    for point in sorted(telecom, key=lambda point: point.rank or 1_000):
        if point.use == "old":
            continue
        if point.system == "phone":
            phone = phone or e164(point.value)
        elif point.system == "email" and not email and not _is_secured(point):
            email = _of_form(_EMAIL, point.value)
        elif point.system == "url":
            website = website or _of_form(_WEBSITE, point.value)
    return Contact(phone=phone, email=email, website=website) if phone or email or website else None


def _of_form(form: re.Pattern[str], sent: str | None) -> str | None:
    text = tidy(sent)
    return text if text and form.fullmatch(text) else None


def _is_secured(point: fhir.ContactPoint) -> bool:
    for extension in point.extension:
        if extension.value_coding and extension.value_coding.code == _MSSANTE:
            return True
    return "mssante" in (point.value or "").casefold()


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
