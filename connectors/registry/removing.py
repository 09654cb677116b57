"""Taking records out of the registry, in the transaction of the caller."""

import sqlite3
from collections.abc import Iterable

from connectors.registry.gaining import affected, write_gains
from connectors.registry.writing import ACTION_IDS, NEXT_VERSION, STRUCTURE_IDS
from connectors.sqlite.arrays import json_array

FORGET_STRUCTURES = (
    "DELETE FROM action_structure WHERE structure IN (SELECT value FROM json_each(?))",
    "DELETE FROM practice WHERE place IN (SELECT value FROM json_each(?))",
    "DELETE FROM structure WHERE id IN (SELECT value FROM json_each(?))",
)
"""What else refers to a structure, and the structure with all its lists."""

FORGET_ACTIONS = "DELETE FROM action WHERE id IN (SELECT value FROM json_each(?))"


def remove_records(
    connection: sqlite3.Connection, source: str, *, structures: Iterable[str] = (), actions: Iterable[str] = ()
) -> None:
    """Remove the structures and actions of these keys; one that is not there is no error.

    Other structures lose what they had by the actions; other actions keep the key of a structure that is gone.
    """
    gone_actions = _ids(connection, ACTION_IDS, actions)
    gone_structures = _ids(connection, STRUCTURE_IDS, structures)
    losers = affected(connection, gone_actions)
    connection.execute(FORGET_ACTIONS, [json_array(gone_actions)])
    for sql in FORGET_STRUCTURES:
        connection.execute(sql, [json_array(gone_structures)])
    write_gains(connection, source, losers.difference(gone_structures))
    connection.execute(NEXT_VERSION)


def _ids(connection: sqlite3.Connection, sql: str, keys: Iterable[str]) -> list[int]:
    return [id_ for _, id_ in connection.execute(sql, [json_array(keys)])]
