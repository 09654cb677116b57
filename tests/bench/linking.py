"""How well places are told to be the same: precision, recall and F1 on labelled pairs.

    python tests/bench/linking.py [--geo-er DIR] [--fodors-zagats DIR]

Geo-ER: one city is left out at a time. The model, and the threshold for precision .99, come from all pairs of the other
cities (both sources), the figures from the city left out, once for its test pairs and once for all its pairs: none of
its labels is read before. Its records, without labels, are known, as the records of a cell are in the hub. F1 is told at
the threshold in force for asking a person: nothing is tuned. A threshold that comes from one city alone is judged by
that city's own parts, which cannot tell how cities differ; from two on, each is judged by the others. Fodors–Zagats: end
to end, from the two files of records to the links made, by the model shipped, which has not seen them.

The threshold in force for links without a person is shown too. It was set on Edinburgh and Singapore, each judged by a
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

IN_FORCE = log(SUGGEST / (1 - SUGGEST)), log(AUTOMATIC / (1 - AUTOMATIC))
"""The thresholds in force in the hub, as log-odds."""


class Figures(NamedTuple):
    precision: float
    recall: float
    f1: float

    def __str__(self) -> str:
        return f"P {self.precision:.3f}  R {self.recall:.3f}  F1 {self.f1:.3f}"


class Tested(NamedTuple):
    name: str
    at_half: Figures
    at_validated: Figures
    at_shipped: Figures


def figures(right: int, said: int, true: int) -> Figures:
    precision, recall = right / said if said else 1.0, right / true if true else 1.0
    return Figures(precision, recall, 2 * right / (said + true) if said + true else 1.0)


def at(found: np.ndarray, labels: np.ndarray, threshold: float) -> Figures:
    said = found >= threshold
    return figures(int((said & (labels == 1)).sum()), int(said.sum()), int(labels.sum()))


def precise_from(found: np.ndarray, labels: np.ndarray) -> float:
    """The threshold of the best recall with enough precision."""
    order = np.argsort(-found, kind="stable")
    precise = np.flatnonzero(np.cumsum(labels[order]) / np.arange(1, len(order) + 1) >= PRECISION)
    return float(found[order[precise[-1]]] if len(precise) else np.inf)


def validated(by_city: dict[str, Rows]) -> float:
    """That threshold for a city that is none of these: each judged by the others, or a single one by its own parts."""
    if len(by_city) == 1:
        (only,) = by_city.values()
        return precise_from(out_of_fold(only), only.labels)
    found = []
    for city, of in by_city.items():
        found.append(margins(train(stack([rows for other, rows in by_city.items() if other != city])), of))
    return precise_from(np.concatenate(found), np.concatenate([of.labels for of in by_city.values()]))


def learnt_by_city(cities: Sequence[City], split: dict[str, dict[str, Rows]]) -> dict[str, Rows]:
    """What may be learnt from each city for another: all pairs of all its sources."""
    return {
        name: stack([part for city in cities if city.city == name for part in split[city.name].values()])
        for name in sorted({city.city for city in cities})
    }


def leave_one_city_out(cities: Sequence[City]) -> list[Tested]:
    split = {city.name: rows(city) for city in cities}
    learnt = learnt_by_city(cities, split)
    tested = []
    for name in learnt:
        others = {other: of for other, of in learnt.items() if other != name}
        bag, limit = train(stack(list(others.values()))), validated(others)
        for city in cities:
            if city.city == name:
                for what, of in (("test", split[city.name]["test"]), ("all", stack(list(split[city.name].values())))):
                    found = margins(bag, of)
                    zones = (IN_FORCE[0], limit, IN_FORCE[1])
                    tested.append(Tested(f"{city.name} {what}", *(at(found, of.labels, zone) for zone in zones)))
    return tested


def average(what: str, some: Sequence[Tested]) -> Tested:
    return Tested(f"mean of {what}", *(mean([row[zone] for row in some]) for zone in (1, 2, 3)))


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
        if len({city.city for city in cities}) < 2:
            sys.exit(f"{asked.geo_er}: at least two cities are needed, to leave one out")
        print("Geo-ER, leave one city out")
        print(f"  {'':<20} {'at ' + str(SUGGEST):<28}  {'at P >= .99 of validation':<28}  at {AUTOMATIC} (in force)")
        tested = leave_one_city_out(cities)
        tested += [average(what, [row for row in tested if row.name.endswith(what)]) for what in ("test", "all")]
        for name, half, automatic, shipped in tested:
            print(f"  {name:<20} {half}  {automatic}  {shipped}")
    print("Fodors–Zagats, end to end, by the model shipped")
    print(f"  {'from ' + format(SUGGEST, '.2f'):<20} {linked(asked.fodors_zagats, SUGGEST)}")
    print(f"  {'automatic':<20} {linked(asked.fodors_zagats, AUTOMATIC)}")


if __name__ == "__main__":
    main()
