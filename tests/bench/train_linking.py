"""Make resolvers/identity/model.json: `python tests/bench/train_linking.py --geo-er DIR`.

Trained on all pairs of every city found; the same data, seed and LightGBM give the same file. Prints the threshold that
holds when each city is judged by the others: AUTOMATIC of the scorer is not below it.
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
        "of": "Geo-ER (WWW 2022): all pairs of " + ", ".join(city.name for city in cities),
        "with": f"LightGBM {lightgbm.__version__}, seeds from {SEED} on",
    }
    asked.out.write_bytes(msgspec.json.encode(exported(train(learnt), train_alone(learnt), made)))
    print(f"each city judged by the others: precision {PRECISION} from {1 / (1 + exp(-validated(by_city))):.4f}")
    print(f"{asked.out}: {asked.out.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
