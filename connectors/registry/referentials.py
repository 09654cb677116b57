"""The referentials in the database: one table each, a column for each field, lists and statements as JSON."""

import sqlite3
from collections.abc import Iterable
from typing import Any, TypeVar, get_origin

import msgspec
from msgspec import Struct

from connectors.referentials import (
    Axis,
    CallForProjects,
    Category,
    EligibilityCriterion,
    Priority,
    Programme,
    Referentials,
    Subcategory,
)

INSERTS: dict[type[Struct], str] = {
    Priority: "INSERT INTO priority VALUES (:code, :rank, :label, :text, :examples)",
    Category: "INSERT INTO category VALUES (:code, :rank, :text, :reference_directory)",
    Subcategory: """INSERT INTO subcategory
        VALUES (:code, :category, :label, :by_nature, :suggested, :reference_directory)""",
    EligibilityCriterion: "INSERT INTO criterion VALUES (:code, :rank, :text, :examples)",
    Axis: "INSERT INTO axis VALUES (:rank, :text)",
    CallForProjects: """INSERT INTO call
        VALUES (:code, :name, :description, :organisers, :territories, :articulations, :axes, :statements)""",
    Programme: "INSERT INTO programme VALUES (:code, :name, :description, :themes, :statements)",
}

SELECTS: dict[type[Struct], str] = {
    Priority: "SELECT * FROM priority ORDER BY rank",
    Category: "SELECT * FROM category ORDER BY rank",
    Subcategory: "SELECT * FROM subcategory ORDER BY rowid",
    EligibilityCriterion: "SELECT * FROM criterion ORDER BY rank",
    Axis: "SELECT * FROM axis ORDER BY rank",
    CallForProjects: "SELECT * FROM call ORDER BY rowid",
    Programme: "SELECT * FROM programme ORDER BY rowid",
}

_T = TypeVar("_T", bound=Struct)


def write_referentials(connection: sqlite3.Connection, texts: Referentials) -> None:
    """Fill the empty tables of the referentials, in the transaction of the caller."""
    subcategories = [s for category in texts.categories for s in category.subcategories]
    _write(connection, texts.priorities)
    _write(connection, texts.categories)
    _write(connection, subcategories)
    _write(connection, texts.criteria)
    _write(connection, texts.axes)
    _write(connection, texts.calls)
    _write(connection, texts.programmes)


def read_referentials(connection: sqlite3.Connection) -> Referentials:
    """All referentials; raises msgspec.ValidationError when a table holds something else."""
    subcategories = _read(connection, Subcategory)
    return Referentials(
        priorities=_read(connection, Priority),
        categories=tuple(
            msgspec.structs.replace(
                category, subcategories=tuple(s for s in subcategories if s.category is category.code)
            )
            for category in _read(connection, Category)
        ),
        criteria=_read(connection, EligibilityCriterion),
        axes=_read(connection, Axis),
        calls=_read(connection, CallForProjects),
        programmes=_read(connection, Programme),
    )


def _write(connection: sqlite3.Connection, items: Iterable[Struct]) -> None:
    for item in items:
        plain: dict[str, Any] = msgspec.to_builtins(item)
        row = {
            name: msgspec.json.encode(value).decode() if isinstance(value, tuple) else value
            for name, value in plain.items()
        }
        connection.execute(INSERTS[type(item)], row)


def _read(connection: sqlite3.Connection, of: type[_T]) -> tuple[_T, ...]:
    lists = {field.name for field in msgspec.structs.fields(of) if get_origin(field.type) is tuple}
    rows = [dict(row) for row in connection.execute(SELECTS[of])]
    for row in rows:
        row.update({name: msgspec.json.decode(row[name]) for name in lists & row.keys()})
    return tuple(msgspec.convert(row, of) for row in rows)
