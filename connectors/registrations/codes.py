"""Codes of logos: random, read aloud and typed without mistakes, with a check symbol.

Twelve symbols of 31, none of which looks like another (no 0, 1, I, L, O): eleven at random (54 bits), and one that
makes the sum of all, each times its place, a multiple of 31. As 31 is a prime above the length, that finds every symbol
that was mistaken and every two that were exchanged (the method of ISBN-10, ISO 2108).
"""

import secrets
from typing import Final

SYMBOLS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH: Final = 12
_VALUES: Final = {symbol: value for value, symbol in enumerate(SYMBOLS)}
_MODULUS: Final = len(SYMBOLS)


def new_code() -> str:
    """A code that nobody can guess: "7K2M-QX4R-9TBD"."""
    body = [secrets.choice(SYMBOLS) for _ in range(LENGTH - 1)]
    check = -_sum(body) * pow(LENGTH, -1, _MODULUS) % _MODULUS
    return _written("".join(body) + SYMBOLS[check])


def read_code(text: str) -> str | None:
    """A code as it was given, however it was typed; None when it is none."""
    symbols = "".join(c for c in text[:64].upper() if not c.isspace() and c not in "-‐‑–—")
    known = len(symbols) == LENGTH and all(symbol in _VALUES for symbol in symbols)
    return _written(symbols) if known and _sum(symbols) % _MODULUS == 0 else None


def _sum(symbols: str | list[str]) -> int:
    return sum(place * _VALUES[symbol] for place, symbol in enumerate(symbols, start=1))


def _written(symbols: str) -> str:
    return "-".join(symbols[i : i + 4] for i in range(0, LENGTH, 4))
