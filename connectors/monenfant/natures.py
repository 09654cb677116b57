"""The types of places that monenfant.fr lists, and the keys of their records."""

import re

from msgspec import Struct

from connectors.gazetteer import fold
from connectors.nomenclature import CategoryCode, StructureKind, SubcategoryCode


class Nature(Struct, frozen=True):
    """What a type is in the hub's nomenclatures; `home`: its address may be a person's home."""

    category: CategoryCode
    subcategory: SubcategoryCode | None = None
    kind: StructureKind = StructureKind.ESTABLISHMENT
    home: bool = False


CRECHE = Nature(CategoryCode.MODE_ACCUEIL, SubcategoryCode.CRECHE)
MAM = Nature(CategoryCode.MODE_ACCUEIL, SubcategoryCode.MAM)
ASSISTANT_MATERNEL = Nature(
    CategoryCode.MODE_ACCUEIL, SubcategoryCode.ASSISTANT_MATERNEL, StructureKind.INDEPENDENT, home=True
)
RELAIS = Nature(CategoryCode.RELAIS_PETITE_ENFANCE)
LAEP = Nature(CategoryCode.LAEP)
UNKNOWN = Nature(CategoryCode.MODE_ACCUEIL)

NATURES = {
    "eaje": CRECHE,
    "mam": MAM,
    "am": ASSISTANT_MATERNEL,
    "assmat": ASSISTANT_MATERNEL,
    "assistant_maternel": ASSISTANT_MATERNEL,
    "assistante_maternelle": ASSISTANT_MATERNEL,
    "rpe": RELAIS,
    "laep": LAEP,
}
"""A type as monenfant.fr writes it, in lower case without accents -> what it is."""

_EAJE = "eaje"
_ID = re.compile(r"(?!\.{1,2}\Z)[\w.:~-]{1,100}", re.ASCII)


def nature(type_: str | None, *, named_person: bool = False) -> Nature:
    """What a type is. An entry of an unknown type that has a first name is a person's."""
    return NATURES.get(word(type_), ASSISTANT_MATERNEL if named_person else UNKNOWN)


def word(type_: str | None) -> str:
    """A type in the form that keys use; "" for none."""
    return fold(type_ or "").replace(" ", "_")


def key(type_: str | None, id_: str | None) -> str | None:
    """The key of a record: the id of a crèche (EAJE) as it is, as at data·inclusion; else "am-123".

    The service gives details by type and id: so a key must tell both. None for an id of no usable form.
    """
    if not id_ or not _ID.fullmatch(id_):
        return None
    return id_ if word(type_) in {_EAJE, ""} else f"{word(type_)}-{id_}"


def type_and_id(key: str) -> tuple[str, str] | None:
    """The type (upper case) and id that a key tells; None for what cannot be a key."""
    if not _ID.fullmatch(key):
        return None
    type_, dash, id_ = key.partition("-")
    return (type_.upper(), id_) if dash and id_ and type_ in NATURES and type_ != _EAJE else ("EAJE", key)
