"""Numbers of the sandbox: well formed, and outside what is given to real places and persons.

FINESS, RPPS and SIRET begin with 99 or 999 and carry a valid Luhn key; telephone numbers are those that ARCEP
keeps for fiction (decision 2018-0881).
"""

from collections import Counter

FICTION_PHONES = {
    "01": "019900",
    "02": "026191",
    "03": "035301",
    "04": "046571",
    "05": "053649",
    "06": "063998",
}
"""Zone of the French numbering plan -> first six digits of the numbers kept for fiction."""

PHONE_ZONES = {
    "01": "05",
    "02": "05",
    "03": "05",
    "04": "02",
    "06": "02",
    "11": "01",
    "24": "02",
    "27": "03",
    "28": "02",
    "32": "03",
    "44": "03",
    "52": "02",
    "53": "02",
    "75": "05",
    "76": "05",
    "84": "04",
    "93": "04",
    "94": "04",
}
"""INSEE code of a région -> its zone (overseas régions: the zone whose first digits their own begin with)."""


def luhn_key(digits: str) -> str:
    """The digit that makes `digits` + it pass the Luhn check (ISO/IEC 7812-1)."""
    total = 0
    for rank, char in enumerate(reversed(digits)):
        value = int(char) * (2 if rank % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def is_luhn(number: str) -> bool:
    """True when the last digit of a number is the Luhn key of the others."""
    return luhn_key(number[:-1]) == number[-1]


class Numbers:
    """Gives numbers one after the other; the same calls in the same order give the same numbers.

    `start`: the rank of the first one of each series, so that two givers need not meet.
    """

    def __init__(self, start: int = 0) -> None:
        self._start = start
        self._given: Counter[str] = Counter()

    def finess(self) -> str:
        """A FINESS: nine digits, beginning with 99."""
        body = f"99{self._scattered('finess', 6)}"
        return body + luhn_key(body)

    def rpps(self) -> str:
        """An RPPS: eleven digits, beginning with 99."""
        body = f"99{self._scattered('rpps', 8)}"
        return body + luhn_key(body)

    def siren(self) -> str:
        """A SIREN: nine digits, beginning with 999."""
        body = f"999{self._scattered('siren', 5)}"
        return body + luhn_key(body)

    def siret(self, siren: str) -> str:
        """The SIRET of one more establishment of a SIREN: fourteen digits."""
        self._given[siren] += 1
        body = f"{siren}{self._given[siren]:04}"
        return body + luhn_key(body)

    def structure_id(self) -> str:
        """An id of monenfant.fr: eleven digits, beginning with 999."""
        return f"999{self._scattered('monenfant', 8)}"

    def phone(self, region: str, *, mobile: bool = False) -> str:
        """A telephone number that nobody else of the sandbox has: ten digits, in the zone of a région."""
        zone = "06" if mobile else PHONE_ZONES[region]
        return FICTION_PHONES[zone] + self._scattered(f"phone {zone}", 4)

    def technical_id(self, prefix: str) -> str:
        """An id of the Annuaire Santé: "001-01-…" (organisations), "003-…" (persons), "005-…" (roles)."""
        return f"{prefix}-{self._scattered(prefix, 7)}"

    def _scattered(self, series: str, digits: int) -> str:
        """The next number of a series, in an order that does not look like counting (7919 is prime)."""
        self._given[series] += 1
        return f"{(self._start + self._given[series]) * 7919 % 10**digits:0{digits}}"
