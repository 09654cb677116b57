"""Between records and rows: the columns to find a record by, and the JSON text that holds the rest.

A text is decoded and validated as a record whenever it is read, since a database, too, is a place where data comes in.
"""

from typing import Any

import msgspec

from connectors.gazetteer import gazetteer
from connectors.nomenclature import TerritoryKind
from connectors.records import ActionRecord, StructureRecord, Territory


def structure_row(record: StructureRecord) -> dict[str, Any]:
    """The columns of table `structure`, but `id` and `seeds`."""
    return {
        "key": record.key,
        "commune": commune_of(record),
        "departement": departement_of(record),
        "shown_in": shown_in(record),
        "record": text_of(record),
    }


def action_row(record: ActionRecord) -> dict[str, Any]:
    """The columns of table `action`, but `id` and `seeds`."""
    return {"key": record.key, "record": text_of(record)}


def with_source(source: str, text: bytes) -> bytes:
    """A stored text with the id of the registry that it is read from, which is not stored: as the decoders take it."""
    return b'{"source":"%b",%b' % (source.encode(), text[1:])


def text_of(record: StructureRecord | ActionRecord) -> str:
    """A record as it is stored: without its source, and without what is empty."""
    plain = msgspec.to_builtins(record)
    del plain["source"]
    return msgspec.json.encode(_bare(plain)).decode()


def _bare(plain: Any) -> Any:
    """Without what is empty: a field that is not there has its default."""
    if isinstance(plain, dict):
        return {name: _bare(value) for name, value in plain.items() if value is not None and value not in ((), [])}
    return [_bare(item) for item in plain] if isinstance(plain, list | tuple) else plain


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
    return record.departement


def shown_in(record: StructureRecord) -> str | None:
    """The département that a structure is shown in, where that is not the one that it is found by; empty for none.

    It is shown in that of the commune of its address, when the gazetteer knows it, else in the one that it names.
    """
    insee = record.address.insee if record.address is not None else None
    commune = gazetteer().communes.get(insee) if insee else None
    shown = commune.departement if commune is not None else record.departement
    return None if (shown or "") == (departement_of(record) or "") else shown or ""


def communes_of(record: ActionRecord) -> set[str]:
    """The communes to find an action by: those stated, and its territory."""
    territory = _code(record.territory, TerritoryKind.COMMUNE)
    return {*record.communes, *([territory] if territory else ())}


def departements_of(record: ActionRecord) -> set[str]:
    """The départements to find an action by: those stated, those of its communes, its territory's."""
    codes = {*record.departements, *map(departement_of_commune, communes_of(record))}
    region = _code(record.territory, TerritoryKind.REGION)
    if region is not None:
        codes.update(area.code for area in gazetteer().departements_of(region))
    departement = _code(record.territory, TerritoryKind.DEPARTEMENT)
    return codes | ({departement} if departement else set())


def departement_of_commune(insee: str) -> str:
    """The département of a commune; by its code's form when the gazetteer does not know it (a former one)."""
    commune = gazetteer().communes.get(insee)
    if commune is not None:
        return commune.departement
    return insee[:3] if insee.startswith(("97", "98")) else insee[:2]


def _code(territory: Territory | None, kind: TerritoryKind) -> str | None:
    return territory.code if territory is not None and territory.kind is kind else None
