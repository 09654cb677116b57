"""Make resolvers/identity/model.json: `python tests/bench/train_linking.py --geo-er DIR`.

Trained on train and valid of every city found; the same data, seed and LightGBM give the same file.
"""

import argparse
from pathlib import Path

import lightgbm
import msgspec
from linking_sets import geo_er
from linking_training import SEED, exported, rows, stack, train, train_alone

MODEL = Path(__file__).parents[2] / "resolvers" / "identity" / "model.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--geo-er", type=Path, required=True, help="folder of {source}/{city}/{train,valid}.txt.gz")
    parser.add_argument("--out", type=Path, default=MODEL)
    asked = parser.parse_args()
    cities = geo_er(asked.geo_er)
    splits = [rows(city) for city in cities]
    learnt = stack([split[name] for split in splits for name in ("train", "valid")])
    made = {
        "by": "tests/bench/train_linking.py",
        "of": "Geo-ER (WWW 2022): train and valid of " + ", ".join(city.name for city in cities),
        "with": f"LightGBM {lightgbm.__version__}, seed {SEED}",
    }
    asked.out.write_bytes(msgspec.json.encode(exported(train(learnt), train_alone(learnt), made)))
    print(f"{asked.out}: {asked.out.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
