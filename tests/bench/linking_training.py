"""Training: the parts of labelled pairs in, trees out. Needs LightGBM, here and nowhere else."""

from collections.abc import Sequence
from typing import NamedTuple

import lightgbm
import numpy as np
from linking_sets import SPLITS, City

from resolvers.identity.cell import Cell
from resolvers.identity.comparison import GROUPS, PARTS
from resolvers.identity.model import MISSING, Model, Tree
from resolvers.identity.scorer import WEIGHTS, added

SEED = 1000
FOLDS = 5
BAG = 3
"""Boosters that are averaged, each with a seed of its own."""
ROUNDS = 100
PARAMETERS = {
    "objective": "binary",
    "num_leaves": 12,
    "learning_rate": 0.1,
    "min_data_in_leaf": 30,
    "feature_fraction": 0.4,
    "bagging_fraction": 0.6,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "seed": SEED,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}
BY_HAND = tuple(WEIGHTS)
"""Parts that the scorer weighs by hand: Geo-ER has most of them not, and no tree may ask about them."""

OF_A_CELL = (*GROUPS["rivals"], "postal_code", "rarest_shared_here", "shared_no_street")
"""Parts that are not known of two records that are looked at alone."""

HIDDEN: tuple[tuple[str, ...], ...] = (
    OF_A_CELL,
    (*OF_A_CELL, *GROUPS["distance"]),
)
"""What is hidden in the two copies from which the trees for lone records learn to do without."""
ALONE = {"num_leaves": 8, "learning_rate": 0.08}
ALONE_ROUNDS = 100


class Rows(NamedTuple):
    """Labelled pairs as numbers: the values of PARTS (missing: MISSING), 1 or 0, and the log-odds added to a model's."""

    values: np.ndarray
    labels: np.ndarray
    added: np.ndarray

    def __getitem__(self, chosen) -> "Rows":
        return Rows(self.values[chosen], self.labels[chosen], self.added[chosen])


def rows(city: City) -> dict[str, Rows]:
    """The rows of a city by split. All its records, and no label, tell what is rare and who are rivals."""
    every = [(i, j) for split in SPLITS for i, j, _ in city.pairs[split]]
    cell = Cell(city.ours, city.theirs, also=every)
    return {
        split: _rows([(cell.compare((i, j)).values, label) for i, j, label in city.pairs[split]]) for split in SPLITS
    }


def _rows(labelled: Sequence[tuple[tuple[float, ...], int]]) -> Rows:
    values = np.array([values for values, _ in labelled])
    labels = np.array([label for _, label in labelled])
    return Rows(np.nan_to_num(values, nan=MISSING), labels, np.array([added(values) for values, _ in labelled]))


def stack(some: Sequence[Rows]) -> Rows:
    return Rows(*(np.concatenate(columns) for columns in zip(*some, strict=True)))


def train(of: Rows) -> list[lightgbm.Booster]:
    """The trees for pairs whose distance and rivals are known: of several seeds, to be averaged."""
    return [_trees(of.values, of.labels, {"seed": SEED + number}, ROUNDS) for number in range(BAG)]


def train_alone(of: Rows) -> list[lightgbm.Booster]:
    """The trees for all others, over copies of the rows in which parts are hidden."""
    copies = []
    for hidden in HIDDEN:
        copies.append(of.values.copy())
        copies[-1][:, [PARTS.index(part) for part in hidden]] = MISSING
    return [_trees(np.concatenate(copies), np.tile(of.labels, len(HIDDEN)), ALONE, ALONE_ROUNDS)]


def _trees(values: np.ndarray, labels: np.ndarray, parameters: dict[str, float], rounds: int) -> lightgbm.Booster:
    known = values.copy()
    known[:, [PARTS.index(part) for part in BY_HAND]] = MISSING
    return lightgbm.train({**PARAMETERS, **parameters}, lightgbm.Dataset(known, labels), rounds)


def margins(bag: Sequence[lightgbm.Booster], of: Rows) -> np.ndarray:
    """The log-odds of rows as the scorer reckons them."""
    return np.mean([booster.predict(of.values, raw_score=True) for booster in bag], axis=0) + of.added


def out_of_fold(of: Rows) -> np.ndarray:
    """The log-odds of each row by a model that has not seen it."""
    folds = np.random.RandomState(SEED).randint(0, FOLDS, len(of.labels))
    found = np.zeros(len(of.labels))
    for fold in range(FOLDS):
        found[folds == fold] = margins(train(of[folds != fold]), of[folds == fold])
    return found


def exported(placed: Sequence[lightgbm.Booster], alone: Sequence[lightgbm.Booster], made: dict[str, str]) -> Model:
    """The trees as the hub reads them, to four decimals: a sum of trees, each with its share of the average."""
    return Model(PARTS, _exported(placed), _exported(alone), made)


def _exported(bag: Sequence[lightgbm.Booster]) -> tuple[Tree, ...]:
    return tuple(
        _tree(tree["tree_structure"], len(bag)) for booster in bag for tree in booster.dump_model()["tree_info"]
    )


def _tree(root: dict, share: int) -> Tree:
    parts: list[int] = []
    thresholds: list[float] = []
    left: list[int] = []
    right: list[int] = []
    values: list[float] = []

    def add(node: dict) -> int:
        at = len(parts)
        leaf = "leaf_value" in node
        parts.append(-1 if leaf else node["split_feature"])
        thresholds.append(0.0 if leaf else round(node["threshold"], 4))
        values.append(round((node["leaf_value"] if leaf else node["internal_value"]) / share, 4))
        left.append(0)
        right.append(0)
        if not leaf:
            left[at], right[at] = add(node["left_child"]), add(node["right_child"])
        return at

    add(root)
    return Tree(tuple(parts), tuple(thresholds), tuple(left), tuple(right), tuple(values))
