"""How well places are told to be the same: precision, recall and F1 on labelled pairs.

    python tests/bench/linking.py [--geo-er DIR] [--fodors-zagats DIR]

Geo-ER: one city is left out at a time. The model and both thresholds come from train and valid of the other cities
(both sources), the figures from the test of the city left out: none of its labels is read before. Its records, without
labels, are known, as the records of a cell are in the hub. Fodors–Zagats: end to end, from the two files of records to
the links made, by the model shipped, which has not seen them.

The threshold in force in the hub is shown too. It was set on train and valid of Edinburgh and Singapore, each judged by a
model of the other: for these two that column is no leave-one-city-out figure, for any other city it is.
"""

import argparse
import sys
from collections.abc import Sequence
from math import log
from pathlib import Path
from typing import NamedTuple

import numpy as np
from linking_sets import FODORS_ZAGATS, City, fodors_zagats, geo_er
from linking_training import Rows, margins, out_of_fold, rows, stack, train

from resolvers.identity.cell import Cell
from resolvers.identity.scorer import AUTOMATIC, SUGGEST

PRECISION = 0.99
"""What an automatic link must be held to on validation."""


SHIPPED = log(AUTOMATIC / (1 - AUTOMATIC))
"""The threshold in force in the hub, as log-odds."""


class Figures(NamedTuple):
    precision: float
    recall: float
    f1: float

    def __str__(self) -> str:
        return f"P {self.precision:.3f}  R {self.recall:.3f}  F1 {self.f1:.3f}"


class Thresholds(NamedTuple):
    best: float
    automatic: float


class Tested(NamedTuple):
    name: str
    at_best: Figures
    at_automatic: Figures
    at_shipped: Figures


def figures(right: int, said: int, true: int) -> Figures:
    precision, recall = right / said if said else 1.0, right / true if true else 1.0
    return Figures(precision, recall, 2 * right / (said + true) if said + true else 1.0)


def at(found: np.ndarray, labels: np.ndarray, threshold: float) -> Figures:
    said = found >= threshold
    return figures(int((said & (labels == 1)).sum()), int(said.sum()), int(labels.sum()))


def thresholds(found: np.ndarray, labels: np.ndarray) -> Thresholds:
    """The thresholds of the best F1, and of the best recall with enough precision, on validation."""
    order = np.argsort(-found, kind="stable")
    right, said = np.cumsum(labels[order]), np.arange(1, len(order) + 1)
    best = int(np.argmax(2 * right / (said + labels.sum())))
    precise = np.flatnonzero(right / said >= PRECISION)
    return Thresholds(float(found[order[best]]), float(found[order[precise[-1]]] if len(precise) else np.inf))


def validated(by_city: dict[str, Rows]) -> Thresholds:
    """Thresholds for a city that is none of these: each city judged by the others, or one city by its own parts."""
    if len(by_city) == 1:
        (only,) = by_city.values()
        return thresholds(out_of_fold(only), only.labels)
    found = []
    for city, of in by_city.items():
        found.append(margins(train(stack([rows for other, rows in by_city.items() if other != city])), of))
    return thresholds(np.concatenate(found), np.concatenate([of.labels for of in by_city.values()]))


def learnt_by_city(cities: Sequence[City], split: dict[str, dict[str, Rows]]) -> dict[str, Rows]:
    """What may be learnt from each city: train and valid of all its sources."""
    return {
        name: stack([split[city.name][part] for city in cities if city.city == name for part in ("train", "valid")])
        for name in sorted({city.city for city in cities})
    }


def leave_one_city_out(cities: Sequence[City]) -> list[Tested]:
    split = {city.name: rows(city) for city in cities}
    learnt = learnt_by_city(cities, split)
    tested = []
    for name in learnt:
        others = {other: of for other, of in learnt.items() if other != name}
        booster, limits = train(stack(list(others.values()))), validated(others)
        for city in cities:
            if city.city == name:
                test = split[city.name]["test"]
                found = margins(booster, test)
                zones = (limits.best, limits.automatic, SHIPPED)
                tested.append(Tested(city.name, *(at(found, test.labels, zone) for zone in zones)))
    return tested


def mean(some: Sequence[Figures]) -> Figures:
    return Figures(*(sum(values) / len(some) for values in zip(*some, strict=True)))


def linked(folder: Path, least: float) -> Figures:
    """Fodors–Zagats from records to links: the likeliest first, each record once."""
    ours, theirs, gold = fodors_zagats(folder)
    matches = sorted(Cell(ours, theirs).matches(least), key=lambda match: (-match.score.probability, match.pair))
    one: set[int] = set()
    other: set[int] = set()
    made = set()
    for i, j in (match.pair for match in matches):
        if i not in one and j not in other:
            one.add(i)
            other.add(j)
            made.add((i, j))
    return figures(len(made & gold), len(made), len(gold))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--geo-er", type=Path, help="folder of {source}/{city}/{train,valid,test}.txt.gz")
    parser.add_argument("--fodors-zagats", type=Path, default=FODORS_ZAGATS, help="folder of the three CSV files")
    asked = parser.parse_args()
    if asked.geo_er:
        cities = geo_er(asked.geo_er)
        if len({city.city for city in cities}) < len("ab"):
            sys.exit(f"{asked.geo_er}: at least two cities are needed, to leave one out")
        print("Geo-ER, leave one city out")
        print(
            f"  {'':<20} {'at best F1 of validation':<28}  {'at P >= .99 of validation':<28}  at {AUTOMATIC} (shipped)"
        )
        tested = leave_one_city_out(cities)
        tested.append(Tested("mean", *(mean(column) for column in list(zip(*tested, strict=True))[1:])))
        for name, best, automatic, shipped in tested:
            print(f"  {name:<20} {best}  {automatic}  {shipped}")
    print("Fodors–Zagats, end to end, by the model shipped")
    print(f"  {'from ' + format(SUGGEST, '.2f'):<20} {linked(asked.fodors_zagats, SUGGEST)}")
    print(f"  {'automatic':<20} {linked(asked.fodors_zagats, AUTOMATIC)}")


if __name__ == "__main__":
    main()
