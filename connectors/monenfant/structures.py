"""A structure of data·inclusion (schema v1) -> a record."""

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.cleaning import code, email, fields, moment, position, text, website
from connectors.gazetteer import gazetteer
from connectors.monenfant.places import Written, address, in_order, located
from connectors.nomenclature import CategoryCode, IdentifierScheme, StructureKind, SubcategoryCode
from connectors.records import Accessibility, Address, Contact, Identifier, StructureRecord
from connectors.telephone import e164

MONENFANT = "monenfant"
"""The name of monenfant.fr among the sources of data·inclusion; it holds crèches (EAJE)."""

_MAX_KEY = 200


def structure_id(key: str, sources: Sequence[str]) -> str | None:
    """The id at data·inclusion of a record's key; None for what cannot be a key."""
    if not key or len(key) > _MAX_KEY or not key.isprintable() or any(c in key for c in " /\\?#"):
        return None
    if any(key.startswith(f"{source}--") for source in sources if source != MONENFANT):
        return key
    return f"{MONENFANT}--{key}" if MONENFANT in sources else None


def read_structure(source: str, value: Any, sources: Sequence[str]) -> StructureRecord | None:
    """The record of `source` for a structure; None when it has no usable id or name.

    An optional value that cannot be read is left out. The SIRET may be that of a head office, so only the
    SIREN that it begins with is kept: it names the organisation and not the place.
    """
    structure = fields(value)
    key, name = _key(structure, sources), text(structure.get("nom"))
    if not key or not name:
        return None
    creche = str(structure.get("id")).startswith(f"{MONENFANT}--")
    siret = code(structure.get("siret")) or ""
    link = website(structure.get("accessibilite_lieu"))
    return StructureRecord(
        source=source,
        key=key,
        name=name,
        kind=StructureKind.ESTABLISHMENT,
        category=CategoryCode.MODE_ACCUEIL if creche else CategoryCode.AUTRE,
        subcategory=SubcategoryCode.CRECHE if creche else None,
        description=_description(structure.get("description")),
        identifiers=(Identifier(IdentifierScheme.SIREN, siret[:9]),) if _is_siret(siret) else (),
        address=_address(structure),
        position=position(structure.get("latitude"), structure.get("longitude")),
        contact=_contact(structure),
        opening_hours=text(structure.get("horaires_accueil")),
        accessibility=Accessibility(url=link) if link else None,
        updated_at=moment(structure.get("date_maj")),
        url=website(structure.get("lien_source")),
    )


def _key(structure: Mapping[str, Any], sources: Sequence[str]) -> str | None:
    id_ = text(structure.get("id")) or ""
    if not any(id_.startswith(f"{source}--") for source in sources):
        return None
    key = id_.removeprefix(f"{MONENFANT}--")
    return key if structure_id(key, sources) == id_ else None


def _is_siret(siret: str) -> bool:
    return len(siret) == 14 and siret.isascii() and siret.isdigit()


def _description(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _address(structure: Mapping[str, Any]) -> Address | None:
    postal_code, city = in_order(code(structure.get("code_postal")), text(structure.get("commune")))
    written = Written(
        street=text(structure.get("adresse")),
        complement=text(structure.get("complement_adresse")),
        postal_code=postal_code,
        city=city,
    )
    commune = gazetteer().communes.get((code(structure.get("code_insee")) or "").zfill(5))
    return address(written, commune or located(written), home=False)


def _contact(structure: Mapping[str, Any]) -> Contact | None:
    contact = Contact(
        phone=e164(text(structure.get("telephone"))),
        email=email(structure.get("courriel")),
        website=website(structure.get("site_web")),
    )
    return contact if contact != Contact() else None
