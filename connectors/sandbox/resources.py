"""Places as FHIR R4 resources, in the public profile of the Annuaire Santé (as-dp-*).

Old and new forms of identifier systems, streets that are only in extensions of `_line`, entries that are no
longer active, duplicates: what the real directory holds, in known proportions. Resources share the parts that they
have alike (thousands of them repeat the same codings): nothing changes one once it is made.
"""

from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypeAlias

from connectors.sandbox.places import Establishment, Place
from connectors.sandbox.wording import STREET_TYPES, shout

Resource: TypeAlias = dict[str, Any]

PROFILES = {
    "Organization": ("fr-core-organization", "as-dp-organization"),
    "Practitioner": ("fr-core-practitioner", "as-dp-practitioner"),
    "PractitionerRole": ("fr-core-practitioner-role", "as-dp-practitionerrole"),
}
CORE = "https://hl7.fr/ig/fhir/core"
ANNUAIRE = "https://interop.esante.gouv.fr/ig/fhir/annuaire"
IDENTIFIER_TYPES = f"{CORE}/CodeSystem/fr-core-cs-v2-0203"
ORGANIZATION_TYPES = f"{CORE}/CodeSystem/fr-core-cs-v2-3307"
IDNST = "urn:oid:1.2.250.1.71.4.2.2"
IDNPS = "urn:oid:1.2.250.1.71.4.2.1"
SIRENE = "https://sirene.fr"
FINESS, OLD_FINESS = "https://finess.esante.gouv.fr", "http://finess.sante.gouv.fr"
RPPS, OLD_RPPS = "https://rpps.esante.gouv.fr", "http://rpps.fr"
RPPS_RANG = "https://rppsrang.esante.gouv.fr"
DIPLOMAS = {"10": "DE05", "21": "DE01"}
"""TRE_G15 -> TRE_R48, for the professions whose diploma the public examples show."""


@cache
def terminology(name: str) -> str:
    """The URI of a terminology of the NOS: "TRE_R66-CategorieEtablissement"."""
    return f"https://mos.esante.gouv.fr/NOS/{name}/FHIR/{name.replace('_', '-')}"


R66 = terminology("TRE_R66-CategorieEtablissement")
R02 = terminology("TRE_R02-SecteurActivite")
G15 = terminology("TRE_G15-ProfessionSante")
R38 = terminology("TRE_R38-SpecialiteOrdinale")


def organizations(place: Place) -> list[Resource]:
    """The Organization of an establishment; with its duplicate where the directory has one."""
    details = place.establishment
    first = _resource("Organization", details.technical_id, place.updated_at)
    first |= {"identifier": _organization_identifiers(details), "active": details.active, "name": place.name}
    if details.active:
        first |= _organization_details(place, details)
    if details.copies == 1:
        return [first]
    older = _resource("Organization", f"{details.technical_id}2", place.updated_at - timedelta(days=400))
    return [first, first | older]


def practitioner(place: Place) -> Resource:
    """The Practitioner of a professional."""
    details = place.professional
    rpps = OLD_RPPS if details.old_systems else RPPS
    resource = _resource("Practitioner", details.practitioner_id, place.updated_at)
    resource |= {
        "identifier": [
            _identifier("IDNPS", IDNPS, f"8{details.rpps}"),
            _identifier("RPPS", rpps, details.rpps),
        ],
        "active": details.active,
        "name": [{"use": "usual", "family": details.family, "given": [details.given], "prefix": [details.prefix]}],
    }
    if details.active:
        resource["telecom"] = [_mssante(f"{details.rpps}@example.org") | {"rank": 1}]
        resource["qualification"] = _qualifications(details.profession, details.specialty)
    return resource


def role(place: Place) -> Resource:
    """The PractitionerRole of a professional at a place."""
    details = place.professional
    resource = _resource("PractitionerRole", details.role_id, place.updated_at)
    resource |= {"identifier": [{"system": RPPS, "value": details.role_number}], "active": details.active}
    if details.active:
        resource |= {
            "practitioner": {"reference": f"Practitioner/{details.practitioner_id}"},
            "organization": {"reference": f"Organization/{details.organization_id}"},
            "code": _activity(details.mode),
        }
    return resource


@cache
def _activity(mode: str) -> list[Resource]:
    """What a role is: its kind, its mode of practice, its function."""
    return [
        _concept(terminology("TRE_R22-GenreActivite"), "GENR01"),
        _concept(terminology("TRE_R23-ModeExercice"), mode),
        _concept(terminology("TRE_R21-Fonction"), "FON-AU"),
    ]


def _resource(kind: str, technical_id: str, updated_at: datetime) -> Resource:
    return {
        "resourceType": kind,
        "id": technical_id,
        "meta": {
            "versionId": "2",
            "lastUpdated": updated_at.isoformat(timespec="milliseconds"),
            "source": "https://annuaire.sante.fr",
            "profile": _profiles(kind),
        },
        "language": "fr",
    }


@cache
def _profiles(kind: str) -> list[str]:
    core, profile = PROFILES[kind]
    return [f"{CORE}/StructureDefinition/{core}", f"{ANNUAIRE}/StructureDefinition/{profile}"]


def _organization_identifiers(details: Establishment) -> list[Resource]:
    finess = OLD_FINESS if details.old_systems else FINESS
    number = details.finess or details.legal_finess or details.siret
    known = (
        ("IDNST", IDNST, details.idnst),
        ("FINEG", finess, details.finess),
        ("FINEJ", finess, details.legal_finess),
        ("SIREN", SIRENE, details.siren),
        ("SIRET", SIRENE, details.siret),
        ("RPPSRG", RPPS_RANG, f"F{number}" if number else None),
    )
    return [_identifier(code, system, value) for code, system, value in known if value]


def _organization_details(place: Place, details: Establishment) -> Resource:
    """What only an active Organization publishes."""
    nature = "GEOGRAPHICAL-ENTITY" if details.addressed else "LEGAL-ENTITY"
    types = [_type("organizationType", ORGANIZATION_TYPES, nature)]
    if details.sector:
        types.append(_type("secteurActiviteRASS", R02, details.sector))
    if details.category:
        types.append(_concept(R66, details.category))
    found: Resource = {
        "extension": [
            {
                "url": "http://hl7.org/fhir/StructureDefinition/organization-period",
                "valuePeriod": {"start": f"{place.updated_at.year - 5}-06-01"},
            }
        ],
        "type": types,
    }
    if details.alias:
        found["alias"] = [details.alias]
    if telecom := _telecom(place):
        found["telecom"] = telecom
    if details.addressed:
        found["address"] = [_address(place, details)]
    if details.part_of:
        found["partOf"] = {"reference": f"Organization/{details.part_of}"}
    return found


def _telecom(place: Place) -> list[Resource]:
    telecom: list[Resource] = []
    if place.phone:
        telecom.append({"system": "phone", "value": place.phone, "rank": 1})
        telecom.append({"system": "fax", "value": place.phone[:-1] + "0"})
    if place.email:
        telecom.append({"system": "email", "value": place.email})
        telecom.append(_mssante(f"mss.{place.email}"))
    return telecom


def _address(place: Place, details: Establishment) -> Resource:
    """Most streets are only in the extensions of `_line`; one address in four also has a `line`."""
    address: Resource = {}
    if details.insee_given:
        address["extension"] = _insee(place.commune.insee)
    if place.street:
        parts = {
            "houseNumber": place.street.number,
            "streetNameType": STREET_TYPES[place.street.type],
            "streetNameBase": shout(place.street.name),
        }
        if int(place.street.number) % 4 == 0:
            address["line"] = [" ".join(parts.values())]
            address["district"] = place.commune.departement
        address["_line"] = [{"extension": [_line_part(name, value) for name, value in parts.items()]}]
    return address | {"city": place.city, "postalCode": place.postal_code}


@cache
def _insee(code: str) -> list[Resource]:
    commune = {"system": terminology("TRE_R13-Commune"), "code": code}
    return [{"url": f"{CORE}/StructureDefinition/fr-core-address-insee-code", "valueCoding": commune}]


@cache
def _line_part(name: str, value: str) -> Resource:
    return {"url": f"http://hl7.org/fhir/StructureDefinition/iso21090-ADXP-{name}", "valueString": value}


@cache
def _qualifications(profession: str, specialty: str | None) -> list[Resource]:
    codings = []
    if profession in DIPLOMAS:
        diploma = {"system": terminology("TRE_R48-DiplomeEtatFrancais"), "code": DIPLOMAS[profession]}
        codings.append([diploma, {"system": terminology("TRE_R14-TypeDiplome"), "code": "DE"}])
    civil = {"system": terminology("TRE_R09-CategorieProfessionnelle"), "code": "C"}
    codings.append([{"system": G15, "code": profession}, civil])
    if specialty:
        skill = {"system": terminology("TRE_R04-TypeSavoirFaire"), "code": "S"}
        codings.append([{"system": R38, "code": specialty}, skill])
    return [{"code": {"coding": coding}} for coding in codings]


def _identifier(code: str, system: str, value: str) -> Resource:
    return {"use": "official", "type": _concept(IDENTIFIER_TYPES, code), "system": system, "value": value}


@cache
def _type(nature: str, system: str, code: str) -> Resource:
    extension = {"url": f"{ANNUAIRE}/StructureDefinition/as-ext-organization-types", "valueCode": nature}
    return {"extension": [extension], **_concept(system, code)}


@cache
def _concept(system: str, code: str) -> Resource:
    return {"coding": [{"system": system, "code": code}]}


def _mssante(address: str) -> Resource:
    """A mailbox of the secure messaging of health, told by its extension only."""
    return {"extension": _mssante_kind(), "system": "email", "value": address}


@cache
def _mssante_kind() -> list[Resource]:
    kind = {"system": terminology("TRE_R256-TypeMessagerie"), "code": "MSSANTE"}
    return [{"url": f"{CORE}/StructureDefinition/fr-core-contact-point-email-type", "valueCoding": kind}]
