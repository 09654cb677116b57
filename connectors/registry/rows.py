"""Between records and rows: what each column holds.

Writing takes a record apart into plain values; reading puts the plain values of a row and of its lists
together again and validates them as a record, since a database, too, is a place where data comes in.
"""

import sqlite3
from collections.abc import Mapping
from typing import Any

import msgspec

from connectors.gazetteer import gazetteer
from connectors.nomenclature import TerritoryKind
from connectors.records import ActionRecord, StructureRecord, Territory

Lists = Mapping[str, list[Any]]
"""The lists of one entry, by field, as plain values."""

_STRUCTURE_COLUMNS = (
    *("key", "name", "kind", "category", "subcategory"),
    *("description", "opening_hours", "updated_at", "url"),
)
_STRUCTURE_JSON = (
    *("address", "territory", "contact", "availability", "accessibility", "languages"),
    *("profession", "specialties", "registration"),
)
_ACTION_COLUMNS = ("key", "title", "description", "itinerant", "updated_at", "url")
_ACTION_JSON = ("other_titles", "territory", "audiences")


def structure_row(record: StructureRecord) -> dict[str, Any]:
    """The columns of table `structure`, but `id` and `seeds`."""
    plain = msgspec.to_builtins(record)
    row = {name: plain[name] for name in _STRUCTURE_COLUMNS}
    row |= {name: _json(plain[name]) for name in _STRUCTURE_JSON}
    row["commune"] = commune_of(record)
    row["departement"] = departement_of(record)
    position = plain["position"] or {}
    return row | {name: position.get(name) for name in ("latitude", "longitude", "precision")}


def structure_record(source: str, row: sqlite3.Row, lists: Lists) -> StructureRecord:
    """A row of `structure` with its lists; msgspec.ValidationError or DecodeError when it is no record."""
    plain = {name: row[name] for name in _STRUCTURE_COLUMNS}
    plain |= {name: msgspec.json.decode(row[name]) for name in _STRUCTURE_JSON if row[name] is not None}
    if row["precision"] is not None:
        plain["position"] = {name: row[name] for name in ("latitude", "longitude", "precision")}
    return msgspec.convert({**plain, **lists, "laureates": _laureates(lists), "source": source}, StructureRecord)


def action_row(record: ActionRecord) -> dict[str, Any]:
    """The columns of table `action`, but `id` and `seeds`."""
    plain = msgspec.to_builtins(record)
    row = {name: plain[name] for name in _ACTION_COLUMNS}
    return row | {name: _json(plain[name]) for name in _ACTION_JSON}


def action_record(source: str, row: sqlite3.Row, lists: Lists) -> ActionRecord:
    """A row of `action` with its lists; msgspec.ValidationError or DecodeError when it is no record."""
    plain = {name: row[name] for name in _ACTION_COLUMNS}
    plain |= {name: msgspec.json.decode(row[name]) for name in _ACTION_JSON if row[name] is not None}
    plain["itinerant"] = bool(plain["itinerant"])
    plain["carrier"] = next(iter(lists.get("carrier", ())), None)
    return msgspec.convert({**lists, **plain, "laureates": _laureates(lists), "source": source}, ActionRecord)


def _laureates(lists: Lists) -> list[dict[str, Any]]:
    return [{**won, "axes": msgspec.json.decode(won["axes"])} for won in lists.get("laureates", ())]


def commune_of(record: StructureRecord) -> str | None:
    """The INSEE code of the commune to find a structure by: of its address, else of its territory."""
    if record.address is not None and record.address.insee is not None:
        return record.address.insee
    return _code(record.territory, TerritoryKind.COMMUNE)


def departement_of(record: StructureRecord) -> str | None:
    """The code of the département to find a structure by: of its commune, its address or its territory."""
    commune = commune_of(record)
    if commune is not None:
        return departement_of_commune(commune)
    stated = record.address.departement if record.address is not None else None
    return stated or _code(record.territory, TerritoryKind.DEPARTEMENT)


def communes_of(record: ActionRecord) -> dict[str, int | None]:
    """The communes to find an action by: rank among those stated, None when it follows from the rest."""
    codes: dict[str, int | None] = {code: rank for rank, code in enumerate(record.communes)}
    territory = _code(record.territory, TerritoryKind.COMMUNE)
    if territory is not None:
        codes.setdefault(territory, None)
    return codes


def departements_of(record: ActionRecord) -> dict[str, int | None]:
    """The départements to find an action by, ranked as `communes_of`; those of its région when it has one."""
    codes: dict[str, int | None] = {code: rank for rank, code in enumerate(record.departements)}
    implied = [departement_of_commune(commune) for commune in communes_of(record)]
    region = _code(record.territory, TerritoryKind.REGION)
    if region is not None:
        implied += [area.code for area in gazetteer().departements_of(region)]
    departement = _code(record.territory, TerritoryKind.DEPARTEMENT)
    if departement is not None:
        implied.append(departement)
    for code in implied:
        codes.setdefault(code, None)
    return codes


def departement_of_commune(insee: str) -> str:
    """The département of a commune; by its code's form when the gazetteer does not know it (a former one)."""
    commune = gazetteer().communes.get(insee)
    if commune is not None:
        return commune.departement
    return insee[:3] if insee.startswith(("97", "98")) else insee[:2]


def _code(territory: Territory | None, kind: TerritoryKind) -> str | None:
    return territory.code if territory is not None and territory.kind is kind else None


def _json(plain: Any) -> str | None:
    if plain is None:
        return None
    if isinstance(plain, dict):
        plain = {name: value for name, value in plain.items() if value is not None}
    return msgspec.json.encode(plain).decode()
