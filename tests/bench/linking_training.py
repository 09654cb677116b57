"""Training: the parts of labelled pairs in, trees out. Needs LightGBM, here and nowhere else."""

from collections.abc import Sequence
from typing import NamedTuple

import lightgbm
import numpy as np
from linking_sets import SPLITS, City

from resolvers.identity.cell import Cell
from resolvers.identity.comparison import GROUPS, PARTS
from resolvers.identity.model import MISSING, Model, Tree
from resolvers.identity.scorer import added

SEED = 1000
FOLDS = 5
ROUNDS = 300
PARAMETERS = {
    "objective": "binary",
    "num_leaves": 12,
    "learning_rate": 0.03,
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
NEVER_SEEN = ("phone", "grounds", "city", "category", "kind")
"""Parts that Geo-ER has not: the scorer weighs them by hand, and no tree may ask about them."""

HIDDEN: tuple[tuple[str, ...], ...] = (
    GROUPS["rivals"],
    (*GROUPS["rivals"], *GROUPS["distance"]),
    (*GROUPS["rivals"], *GROUPS["distance"], *GROUPS["postal_code"]),
)
"""What is hidden in the three copies from which the trees for lone records learn to do without."""
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


def train(of: Rows, seed: int = SEED) -> lightgbm.Booster:
    """The trees for pairs whose distance and rivals are known."""
    return _trees(of.values, of.labels, {"seed": seed}, ROUNDS)


def train_alone(of: Rows) -> lightgbm.Booster:
    """The trees for all others, over copies of the rows in which parts are hidden."""
    copies = []
    for hidden in HIDDEN:
        copies.append(of.values.copy())
        copies[-1][:, [PARTS.index(part) for part in hidden]] = MISSING
    return _trees(np.concatenate(copies), np.tile(of.labels, len(HIDDEN)), ALONE, ALONE_ROUNDS)


def _trees(values: np.ndarray, labels: np.ndarray, parameters: dict[str, float], rounds: int) -> lightgbm.Booster:
    known = values.copy()
    known[:, [PARTS.index(part) for part in NEVER_SEEN]] = MISSING
    return lightgbm.train({**PARAMETERS, **parameters}, lightgbm.Dataset(known, labels), rounds)


def margins(booster: lightgbm.Booster, of: Rows) -> np.ndarray:
    """The log-odds of rows as the scorer reckons them."""
    return np.asarray(booster.predict(of.values, raw_score=True)) + of.added


def out_of_fold(of: Rows) -> np.ndarray:
    """The log-odds of each row by a model that has not seen it."""
    folds = np.random.RandomState(SEED).randint(0, FOLDS, len(of.labels))
    found = np.zeros(len(of.labels))
    for fold in range(FOLDS):
        found[folds == fold] = margins(train(of[folds != fold]), of[folds == fold])
    return found


def exported(placed: lightgbm.Booster, alone: lightgbm.Booster, made: dict[str, str]) -> Model:
    """The trees as the hub reads them, to four decimals."""
    return Model(
        PARTS, *(tuple(_tree(t["tree_structure"]) for t in b.dump_model()["tree_info"]) for b in (placed, alone)), made
    )


def _tree(root: dict) -> Tree:
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
        values.append(round(node["leaf_value"] if leaf else node["internal_value"], 4))
        left.append(0)
        right.append(0)
        if not leaf:
            left[at], right[at] = add(node["left_child"]), add(node["right_child"])
        return at

    add(root)
    return Tree(tuple(parts), tuple(thresholds), tuple(left), tuple(right), tuple(values))
