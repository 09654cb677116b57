"""The identifiers of the Annuaire Santé, and the keys drawn from them.

Technical FHIR ids change, so a record's key is made of an official number: `finess-<FINESS of the site>`,
`siret-…`, `finej-<FINESS of the legal entity>`, `idnst-…`; and `rpps-<RPPS>.<key of the place>` for a
professional at a place. Both the present and the older identifier systems are understood. A value that has
not the form of its scheme is not an identifier.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from connectors.annuaire_sante import fhir
from connectors.nomenclature import IdentifierScheme as Scheme
from connectors.records import Identifier

_FINESS = ("https://finess.esante.gouv.fr", "http://finess.sante.gouv.fr")
_RPPS = ("https://rpps.esante.gouv.fr", "http://rpps.fr")
_SIRENE = ("https://sirene.fr", "http://sirene.fr")
_RPPS_RANG = ("https://rppsrang.esante.gouv.fr", "http://rppsrang.esante.gouv.fr")
_IDNST = ("urn:oid:1.2.250.1.71.4.2.2",)
_IDNPS = ("urn:oid:1.2.250.1.71.4.2.1",)

_SYSTEMS = {
    Scheme.FINESS: _FINESS,
    Scheme.FINESS_EJ: _FINESS,
    Scheme.SIRET: _SIRENE,
    Scheme.SIREN: _SIRENE,
    Scheme.RPPS: _RPPS,
    Scheme.RPPS_RANG: _RPPS_RANG,
    Scheme.IDNST: _IDNST,
}

_SITE, _ENTITY = (Scheme.FINESS,), (Scheme.FINESS_EJ,)
_SCHEMES: Mapping[str, Sequence[Scheme]] = {
    **dict.fromkeys(_FINESS, _SITE),
    **dict.fromkeys(_SIRENE, (Scheme.SIRET, Scheme.SIREN)),
    **dict.fromkeys(_RPPS_RANG, (Scheme.RPPS_RANG,)),
    **dict.fromkeys(_IDNST, (Scheme.IDNST,)),
}
"""What an Organization's number of a system is; SIREN and SIRET share one, and their lengths tell them apart."""

_FINESS_FORM = r"(?:[0-9]{2}|2[AB])[0-9]{7}"
FORMS = {
    Scheme.FINESS: re.compile(_FINESS_FORM),
    Scheme.FINESS_EJ: re.compile(_FINESS_FORM),
    Scheme.SIRET: re.compile(r"[0-9]{14}"),
    Scheme.SIREN: re.compile(r"[0-9]{9}"),
    Scheme.RPPS: re.compile(r"[0-9]{11}"),
    Scheme.IDNST: re.compile(r"[0-9][0-9AB]{8,15}"),
    Scheme.RPPS_RANG: re.compile(r"[A-Z]{0,3}[0-9][0-9AB]{7,19}"),
}
"""What a canonical value looks like."""

_PREFIXES = {
    "finess": Scheme.FINESS,
    "siret": Scheme.SIRET,
    "finej": Scheme.FINESS_EJ,
    "idnst": Scheme.IDNST,
}
"""What a place's key may begin with; the first that an Organization has makes its key."""

_ORDER = {scheme: number for number, scheme in enumerate(Scheme)}

_SITE_TYPES = {"FINEG", "6"}
_LEGAL_TYPES = {"FINEJ", "5"}
"""Type codes of a FINESS number: fr-core-cs-v2-0203, and TRE_G07 in older answers."""

_IN_IDNST = {
    Scheme.FINESS: "1",
    Scheme.FINESS_EJ: "1",
    Scheme.SIREN: "2",
    Scheme.SIRET: "3",
}
"""An IDNST is one of these digits followed by another identifier."""

_TOKENS = {
    scheme: tuple(f"{system}|" for system in systems)
    + ((f"{_IDNST[0]}|{_IN_IDNST[scheme]}",) if scheme in _IN_IDNST else ())
    for scheme, systems in _SYSTEMS.items()
}
"""What goes before a value in each search token that finds it."""


class Key(Struct, frozen=True):
    """A key taken apart: the identifier of the place, and the RPPS when it is a professional's."""

    place: Identifier
    rpps: str | None = None


def canonical(scheme: Scheme, value: str | None) -> Identifier | None:
    """An identifier in canonical form; None when the value is not of its form."""
    if not value:
        return None
    form = FORMS[scheme]
    if not form.fullmatch(value):
        value = "".join(value.split()).upper()
        if not form.fullmatch(value):
            return None
    return Identifier(scheme, value)


def of_organization(identifiers: Sequence[fhir.Identifier], *, legal: bool) -> tuple[Identifier, ...]:
    """The identifiers of an Organization, in the order of the schemes, each once; `legal`: a legal entity.

    FINESS and SIRET are those of the site. A legal entity's SIRET is that of its head office, which names no
    place: it is left out.
    """
    found = [known for sent in identifiers if (known := _known(sent, legal=legal))]
    if Scheme.IDNST in [identifier.scheme for identifier in found]:
        found += list(_inside_idnst(found, legal=legal))
    if legal:
        has = {identifier.scheme for identifier in found}
        if Scheme.FINESS_EJ in has and Scheme.FINESS not in has:
            found = [identifier for identifier in found if identifier.scheme is not Scheme.SIRET]
    return tuple(sorted(dict.fromkeys(found), key=lambda identifier: _ORDER[identifier.scheme]))


def rpps_of(identifiers: Iterable[fhir.Identifier]) -> str | None:
    """The RPPS number of a Practitioner: as such, or inside its IDNPS ("8" + RPPS)."""
    inside = None
    for sent in identifiers:
        if sent.system in _RPPS and (known := canonical(Scheme.RPPS, sent.value)):
            return known.value
        if sent.system in _IDNPS and (sent.value or "").startswith("8"):
            known = canonical(Scheme.RPPS, (sent.value or "")[1:])
            inside = known.value if known else inside
    return inside


def key_of(identifiers: Sequence[Identifier]) -> str | None:
    """The key of an Organization that has these identifiers; None when none of them can make one."""
    for prefix, scheme in _PREFIXES.items():
        for identifier in identifiers:
            if identifier.scheme is scheme:
                return f"{prefix}-{identifier.value}"
    return None


def parse_key(key: str) -> Key | None:
    """A key taken apart; None when it is ill-formed."""
    rpps = None
    if key.startswith("rpps-"):
        number, _, key = key.removeprefix("rpps-").partition(".")
        if not FORMS[Scheme.RPPS].fullmatch(number):
            return None
        rpps = number
    prefix, _, value = key.partition("-")
    scheme = _PREFIXES.get(prefix)
    if scheme is None or not FORMS[scheme].fullmatch(value):
        return None
    return Key(Identifier(scheme, value), rpps)


def tokens(identifiers: Iterable[Identifier]) -> str:
    """The value of the search parameter `identifier` that finds these, under every system they may have."""
    found: list[str] = []
    for identifier in identifiers:
        value = identifier.value
        found += [before + value for before in _TOKENS[identifier.scheme]]
    return ",".join(dict.fromkeys(found))


def _known(sent: fhir.Identifier, *, legal: bool) -> Identifier | None:
    schemes = _SCHEMES.get(sent.system or "", ())
    if schemes is _SITE and _is_entity(sent.type, legal=legal):
        schemes = _ENTITY
    for scheme in schemes:
        if known := canonical(scheme, sent.value):
            return known
    return None


def _is_entity(type_: fhir.Concept | None, *, legal: bool) -> bool:
    """Whether a FINESS number is that of a legal entity: as its type says, else as the Organization is."""
    if type_ is None:
        return legal
    types = {coding.code for coding in type_.coding}
    return bool(types & _LEGAL_TYPES) or (legal and not types & _SITE_TYPES)


def _inside_idnst(found: Sequence[Identifier], *, legal: bool) -> Iterable[Identifier]:
    """The identifiers that an IDNST holds and that were not sent as such."""
    sent = {identifier.scheme for identifier in found}
    entities = {identifier.value for identifier in found if identifier.scheme is Scheme.FINESS_EJ}
    for idnst in (identifier for identifier in found if identifier.scheme is Scheme.IDNST):
        digit, value = idnst.value[0], idnst.value[1:]
        for scheme in (Scheme.FINESS_EJ if legal else Scheme.FINESS, Scheme.SIREN, Scheme.SIRET):
            known = canonical(scheme, value) if _IN_IDNST[scheme] == digit else None
            if known and scheme not in sent and value not in entities:
                yield known
