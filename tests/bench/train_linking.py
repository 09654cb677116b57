"""Make resolvers/identity/model.json: `python tests/bench/train_linking.py --geo-er DIR`.

Trained on train and valid of every city found; the same data, seed and LightGBM give the same file.
Prints the thresholds that hold when each city is judged by the others: AUTOMATIC of the scorer is not below the second.
"""

import argparse
from math import exp
from pathlib import Path

import lightgbm
import msgspec
from linking import PRECISION, learnt_by_city, validated
from linking_sets import geo_er
from linking_training import SEED, exported, rows, stack, train, train_alone

MODEL = Path(__file__).parents[2] / "resolvers" / "identity" / "model.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--geo-er", type=Path, required=True, help="folder of {source}/{city}/{train,valid}.txt.gz")
    parser.add_argument("--out", type=Path, default=MODEL)
    asked = parser.parse_args()
    cities = geo_er(asked.geo_er)
    by_city = learnt_by_city(cities, {city.name: rows(city) for city in cities})
    learnt = stack(list(by_city.values()))
    made = {
        "by": "tests/bench/train_linking.py",
        "of": "Geo-ER (WWW 2022): train and valid of " + ", ".join(city.name for city in cities),
        "with": f"LightGBM {lightgbm.__version__}, seed {SEED}",
    }
    asked.out.write_bytes(msgspec.json.encode(exported(train(learnt), train_alone(learnt), made)))
    best, automatic = (1 / (1 + exp(-margin)) for margin in validated(by_city))
    print(f"each city judged by the others: best F1 from {best:.3f}, precision {PRECISION} from {automatic:.3f}")
    print(f"{asked.out}: {asked.out.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
