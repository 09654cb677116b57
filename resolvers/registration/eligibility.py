"""Who may be registered: the four situations, at least one priority, and the period of life (seed 002).

The French texts are those of the seed, to the letter.
"""

from collections.abc import Collection
from enum import StrEnum
from typing import Final

from connectors.nomenclature import PriorityCode, SituationCode


class Missing(StrEnum):
    """What keeps somebody from being eligible."""

    OUT_OF_PERIOD = "OUT_OF_PERIOD"
    NO_SITUATION = "NO_SITUATION"
    NO_PRIORITY = "NO_PRIORITY"


TEXTS: Final = {
    Missing.OUT_OF_PERIOD: (
        "Du projet d’enfant à l’entrée à l’école, les 1000 premiers jours ce sont d’abord des professionnels sur le "
        "terrain qui chaque jour accompagnent les (futurs) parents et les jeunes enfants."
    ),
    Missing.NO_SITUATION: (
        "Dans un premier temps, seuls peuvent s’enregistrer les professionnels indépendants ou établissements qui sont "
        "dans au moins l’une des situations suivantes pour leur activité auprès des (futurs) parents et enfants, du "
        "projet d’enfant à l’entrée à l’école"
    ),
    Missing.NO_PRIORITY: (
        "Lors de l’enregistrement, il est demandé de préciser au moins une priorité 1000 premiers jours à laquelle "
        "vous contribuez par votre action. Vous pouvez en signaler plusieurs."
    ),
}
"""What the official text says of each."""

HOLDS: Final = (
    "Vous avez indiqué être dans cette situation : elle suffit, et l’institution qui l’accorde sera demandée."
)
HOLDS_NOT: Final = "Vous n’avez pas indiqué être dans cette situation."

FIELDS: Final = {
    Missing.OUT_OF_PERIOD: "inPeriod",
    Missing.NO_SITUATION: "situations",
    Missing.NO_PRIORITY: "priorities",
}
"""The field of the form that answers each."""


def missing(
    situations: Collection[SituationCode], priorities: Collection[PriorityCode], *, in_period: bool | None
) -> list[Missing]:
    """What is missing; nothing for who is eligible. What is not answered does not hold."""
    holds = {
        Missing.OUT_OF_PERIOD: in_period is True,
        Missing.NO_SITUATION: bool(situations),
        Missing.NO_PRIORITY: bool(priorities),
    }
    return [code for code, held in holds.items() if not held]
