"""An entry of a declared directory -> a record. What is odd is left out; an entry without key or name is none."""

import re
from hashlib import blake2b
from typing import Any

from msgspec import Struct
from opening_hours import validate

from connectors import cleaning
from connectors.declared.settings import Nature, Settings, nature
from connectors.declared.templates import is_key
from connectors.declared.values import at, insee, phone, position, postal, word
from connectors.gazetteer import Commune, fold, gazetteer
from connectors.markup import plain_text
from connectors.nomenclature import IdentifierScheme, StructureKind, SubcategoryCode
from connectors.records import Address, Contact, Identifier, StructureRecord

HOMES = frozenset({SubcategoryCode.ASSISTANT_MATERNEL, SubcategoryCode.ASSISTANT_FAMILIAL})
"""Persons whose address may be their home: of the place only commune and postal code are kept, and no free text."""

MAX_HOURS = 500
"""A longer expression of opening hours is not read."""

_FINESS = r"(?:[0-9]{2}|2[AB])[0-9]{7}"
_SCHEMES = {
    "siret": (IdentifierScheme.SIRET, re.compile(r"[0-9]{14}")),
    "siren": (IdentifierScheme.SIREN, re.compile(r"[0-9]{9}")),
    "finess": (IdentifierScheme.FINESS, re.compile(_FINESS)),
    "finess_ej": (IdentifierScheme.FINESS_EJ, re.compile(_FINESS)),
}


class Place(Struct, frozen=True):
    """Where the directory was asked about: it holds what lies there, even when the entry does not say where it is."""

    commune: Commune | None = None
    departement: str | None = None


ANYWHERE = Place()


class Reader:
    """Reads the entries of one directory."""

    def __init__(self, source: str, settings: Settings) -> None:
        self._source = source
        self._settings = settings
        self._paths = settings.fields
        self._usual = settings.usual()
        self._natures = {fold(said): nature(text) for said, text in settings.categories.values.items()}

    def key(self, entry: Any) -> str | None:
        """The key of an entry; None when it has none of the form of a key."""
        path = self._paths.key
        if not isinstance(path, str):
            return self._drawn(entry, path)
        found = word(at(entry, path))
        return found if found and is_key(found, numeric=self._settings.numeric_keys) else None

    def _drawn(self, entry: Any, paths: tuple[str, ...]) -> str | None:
        """A key from what several fields say, whatever their accents, case and punctuation: "92025-4f1d0a…"."""
        said = [fold(word(at(entry, path)) or "") for path in paths]
        digest = blake2b("\n".join(said).encode(), digest_size=8).hexdigest() if any(said) else None
        if not self._settings.key_tells_commune:
            return digest
        code = insee(at(entry, self._paths.insee))
        return f"{code}-{digest}" if code and digest else None

    def record(self, entry: Any, asked: Place = ANYWHERE) -> StructureRecord | None:
        """The record of an entry found in the place that was asked about; None without key or name."""
        key, name = self.key(entry), word(at(entry, self._paths.name))
        if not key or not name:
            return None
        paths, found = self._paths, self._nature(entry)
        home = found.subcategory in HOMES
        return StructureRecord(
            source=self._source,
            key=key,
            name=name,
            kind=self._settings.kind or (StructureKind.INDEPENDENT if home else StructureKind.ESTABLISHMENT),
            category=found.category,
            subcategory=found.subcategory,
            description=None if home else plain_text(at(entry, paths.description)),
            identifiers=self._identifiers(entry),
            address=self._address(entry, asked, home=home),
            position=None if home else position(at(entry, paths.latitude), at(entry, paths.longitude)),
            contact=self._contact(entry),
            opening_hours=_hours(at(entry, paths.opening_hours)),
            updated_at=cleaning.moment(at(entry, paths.updated_at)),
            url=cleaning.website(at(entry, paths.url)),
        )

    def _nature(self, entry: Any) -> Nature:
        said = at(entry, self._settings.categories.field) if self._natures else None
        for value in said if isinstance(said, list) else [said]:
            if found := self._natures.get(fold(word(value) or "")):
                return found
        return self._usual

    def _identifiers(self, entry: Any) -> tuple[Identifier, ...]:
        found = []
        for name, (scheme, form) in _SCHEMES.items():
            value = "".join((word(at(entry, getattr(self._paths, name))) or "").split()).upper()
            if form.fullmatch(value):
                found.append(Identifier(scheme, value))
        return tuple(found)

    def _contact(self, entry: Any) -> Contact | None:
        paths = self._paths
        contact = Contact(
            phone=phone(at(entry, paths.phone)),
            email=cleaning.email(at(entry, paths.email)),
            website=cleaning.website(at(entry, paths.website)),
        )
        return contact if contact != Contact() else None

    def _address(self, entry: Any, asked: Place, *, home: bool) -> Address | None:
        paths = self._paths
        postal_code, city = postal(at(entry, paths.postal_code)), word(at(entry, paths.city))
        commune = _commune(insee(at(entry, paths.insee)), postal_code, city, asked)
        address = Address(
            street=None if home else word(at(entry, paths.street)),
            complement=None if home else word(at(entry, paths.complement)),
            postal_code=postal_code,
            city=city or (commune.name if commune else None),
            insee=commune.insee if commune else None,
            departement=commune.departement if commune else _departement(postal_code, asked),
        )
        return address if address != Address() else None


def _commune(code: str | None, postal_code: str | None, city: str | None, asked: Place) -> Commune | None:
    """The commune of an entry: by its code, by postal code and city, or the one asked about where they agree."""
    places = gazetteer()
    if found := places.communes.get(code or "") or places.locate(postal_code, city):
        return found
    served = places.by_postal_code(postal_code or "")
    return asked.commune if not served or asked.commune in served else None


def _departement(postal_code: str | None, asked: Place) -> str | None:
    """The département of an entry without a commune: that of its postal code, or the one asked about."""
    served = {commune.departement for commune in gazetteer().by_postal_code(postal_code or "")}
    if len(served) == 1:
        return served.pop()
    return asked.departement if not served or asked.departement in served else None


def _hours(value: Any) -> str | None:
    written = cleaning.text(value)
    return written if written and len(written) <= MAX_HOURS and validate(written) else None
