"""What linking a cell costs: two directories with so many records each in one commune, a third of them the same places.

    python tests/bench/linking_speed.py [--records N ...]

Seconds of CPU, and how they grow: `per 1,000` should stay about the same, since only pairs that share something rare
are compared.
"""

import argparse
from random import Random
from time import process_time

from msgspec.structs import replace

from resolvers.identity.cell import Cell
from resolvers.identity.description import Description
from resolvers.identity.scorer import forests

KINDS = ("Crèche", "Multi-accueil", "Micro-crèche", "Cabinet de sages-femmes", "Centre de PMI", "Maison des parents")
FIRST = ("Petits", "Joyeux", "Grands", "Doux", "Jeunes", "Gais", "Tendres", "Sages")
SECOND = ("Lutins", "Pas", "Ours", "Moineaux", "Galets", "Coquelicots", "Marins", "Princes", "Chatons", "Papillons")
STREETS = ("de la République", "des Lilas", "Victor Hugo", "du Moulin", "Jean Jaurès", "des Écoles", "de la Gare")
CENTRE = (47.322, 5.041)


def places(number: int, random: Random) -> list[Description]:
    """So many places of one commune, with the few words that such places are named with."""
    return [
        Description(
            name=f"{random.choice(KINDS)} Les {random.choice(FIRST)} {random.choice(SECOND)} {i % 97}",
            phone=f"+333800{random.randrange(10**5):05d}",
            street=f"{random.randrange(1, 200)} rue {random.choice(STREETS)}",
            postal_code="21000",
            city="Dijon",
            insee="21231",
            latitude=CENTRE[0] + random.uniform(-0.04, 0.04),
            longitude=CENTRE[1] + random.uniform(-0.05, 0.05),
            category="MODE_ACCUEIL",
            person=False,
        )
        for i in range(number)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, nargs="+", default=[250, 500, 1_000, 2_000])
    asked = parser.parse_args()
    forests()  # the model is read once in a process
    print("records each   pairs compared   matches   CPU s   per 1,000")
    for number in asked.records:
        random = Random(number)
        ours = places(number, random)
        same = [replace(d, name=d.name.upper(), phone=None) for d in ours[: number // 3]]
        theirs = same + places(number - len(same), random)
        began = process_time()
        cell = Cell(ours, theirs)
        found = len(list(cell.matches()))
        seconds = process_time() - began
        print(f"{number:12,}   {len(cell.pairs):14,}   {found:7,}   {seconds:5.2f}   {seconds / number * 1000:9.2f}")


if __name__ == "__main__":
    main()
