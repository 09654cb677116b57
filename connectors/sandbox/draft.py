"""What a world is drawn with: one seeded source of chance, the numbers given and the places drawn so far."""

from datetime import UTC, datetime, timedelta
from random import Random

from connectors.gazetteer import Commune
from connectors.sandbox.numbers import Numbers
from connectors.sandbox.places import Place, Street
from connectors.sandbox.wording import STREET_NAMES

FIRST_DAY = datetime(2024, 1, 1, tzinfo=UTC)
DAYS = 900
"""Entries were last updated between the first day and so many days later."""


class Draft:
    """Collects the places of a world. The same seed and the same calls draw the same world."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.numbers = Numbers()
        self.places: list[Place] = []

    def add(self, place: Place) -> Place:
        """Take a place in, and give it back."""
        self.places.append(place)
        return place

    def chance(self, share: float) -> bool:
        """True with a probability of `share` (0 to 1)."""
        return self.random.random() < share

    def day(self) -> datetime:
        """A day of update, at midnight UTC."""
        return FIRST_DAY + timedelta(days=self.random.randrange(DAYS))

    def moment(self) -> datetime:
        """A moment of update, to the millisecond."""
        return self.day() + timedelta(milliseconds=self.random.randrange(86_400_000))

    def phone(self, commune: Commune, *, mobile: bool = False) -> str:
        """A new telephone number of the commune's zone."""
        return self.numbers.phone(commune.region, mobile=mobile)


def postal_code(commune: Commune, street: Street | None) -> str:
    """The ordinary postal code of a street: always the same one in a commune that has several."""
    rank = STREET_NAMES.index(street.name) if street else 0
    return commune.postal_codes[rank % len(commune.postal_codes)]
