"""The labelled sets of the benchmark, read from where they are: Geo-ER by path, Fodors–Zagats beside this file.

Geo-ER (Balsebre et al., "Geospatial Entity Resolution", WWW 2022) states no licence: it is never copied here.
"""

import csv
import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from resolvers.identity.description import Description

SPLITS = ("train", "valid", "test")
FODORS_ZAGATS = Path(__file__).parent / "data" / "fodors_zagats"
_FIELDS = ("name", "latitude", "longitude", "address", "postalCode")
_RECORD = re.compile("".join(rf"\s*COL {field} VAL (.*?)" for field in _FIELDS) + r"\s*$")


class City(NamedTuple):
    """One city of one set: two directories, and labelled pairs of positions in them, by split."""

    source: str
    city: str
    ours: list[Description]
    theirs: list[Description]
    pairs: dict[str, list[tuple[int, int, int]]]

    @property
    def name(self) -> str:
        return f"{self.source}/{self.city}"


def geo_er(folder: Path) -> list[City]:
    """All cities under `folder`/{source}/{city}/{train,valid,test}.txt.gz."""
    found = sorted({path.parent for path in folder.glob("*/*/test.txt.gz")})
    return [_city(path) for path in found]


def _city(folder: Path) -> City:
    sides: tuple[dict[Description, int], dict[Description, int]] = ({}, {})
    pairs = {split: list(_labelled(folder / f"{split}.txt.gz", sides)) for split in SPLITS}
    return City(folder.parent.name, folder.name, list(sides[0]), list(sides[1]), pairs)


def _labelled(
    path: Path, sides: tuple[dict[Description, int], dict[Description, int]]
) -> Iterator[tuple[int, int, int]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            one, other, label = line.rstrip("\n").split("\t")
            i, j = (
                side.setdefault(_geo_er_record(text), len(side)) for side, text in zip(sides, (one, other), strict=True)
            )
            yield i, j, int(label)


def _geo_er_record(text: str) -> Description:
    found = _RECORD.match(text)
    if found is None:
        raise ValueError(f"not a Geo-ER record: {text!r}")
    name, latitude, longitude, street, postal_code = (value.strip() for value in found.groups())
    return Description(
        name=name,
        street=street or None,
        postal_code=postal_code.removesuffix(".0") or None,
        latitude=float(latitude),
        longitude=float(longitude),
    )


def fodors_zagats(folder: Path = FODORS_ZAGATS) -> tuple[list[Description], list[Description], set[tuple[int, int]]]:
    """The two guides, and the pairs of positions that are one restaurant."""
    fodors, zagats = _rows(folder / "fodors.csv"), _rows(folder / "zagats.csv")
    ours = {row["id"]: position for position, row in enumerate(fodors)}
    theirs = {row["id"]: position for position, row in enumerate(zagats)}
    matches = _rows(folder / "matches_fodors_zagats.csv")
    gold = {(ours[row["fodors_id"]], theirs[row["zagats_id"]]) for row in matches}
    return [_restaurant(row) for row in fodors], [_restaurant(row) for row in zagats], gold


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _restaurant(row: dict[str, str]) -> Description:
    return Description(
        name=row["name"], street=row["addr"], city=row["city"], phone=row["phone"], category="RESTAURANT"
    )
