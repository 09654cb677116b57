"""Ten thousand places in a box: one answer, small, with the same totals as the list."""

from pathlib import Path
from random import Random

from hubs import in_process

from connectors.gazetteer import gazetteer
from connectors.nomenclature import CategoryCode, PriorityBasis, PriorityCode, StructureKind
from connectors.records import Address, Position, RecordPriority, StructureRecord
from connectors.registry import open_registry

MANY = 10_000
BOX = {"south": 47.24, "west": 4.92, "north": 47.41, "east": 5.16}
MAP = """query ($b: BBoxInput!, $z: Int!, $f: StructureFilter) {
  map(bbox: $b, zoom: $z, filter: $f) {
    count latitude longitude bbox { south west north east }
    dominantPriority { code rank label }
    structure { id name category { code } address { street postalCode city } position { latitude longitude precision } }
  } }"""
TOTAL = """query ($b: BBoxInput!, $s: [ID!], $p: [PriorityCode!]) {
  structures(first: 1, filter: { place: { bbox: $b }, sources: $s, priorities: $p }) { totalCount coverage { status } } }"""


def places() -> list[StructureRecord]:
    random = Random(4)
    codes = list(PriorityCode)
    commune = gazetteer().communes["21231"]
    return [
        StructureRecord(
            source="registry",
            key=f"m{number}",
            name=f"Accueil des familles numéro {number}, un nom aussi long que les plus longs",
            kind=StructureKind.ESTABLISHMENT,
            category=CategoryCode.CENTRE_SOCIAL,
            address=Address(
                street=f"{number} rue de la Liberté", postal_code="21000", city="Dijon", insee=commune.insee
            ),
            position=Position(random.uniform(47.25, 47.40), random.uniform(4.93, 5.15)),
            priorities=(RecordPriority(random.choice(codes), PriorityBasis.DECLARED),),
        )
        for number in range(MANY)
    ]


async def test_ten_thousand_places_are_one_small_answer(tmp_path: Path) -> None:
    registry = open_registry(tmp_path / "registry.sqlite")
    registry.load(places())
    await registry.aclose()
    only = {"sources": ["registry"]}
    async with in_process(tmp_path) as client:
        total = (await client.ask(TOTAL, b=BOX, s=["registry"]))["structures"]["totalCount"]
        assert total >= MANY
        for zoom in (0, 12, 22):
            response = await client.post(MAP, {"b": BOX, "z": zoom, "f": only})
            assert len(response.content) < 200_000
            assert sum(c["count"] for c in response.json()["data"]["map"]) == total

        some = {**only, "priorities": ["EVEILLER"]}
        clusters = (await client.ask(MAP, b=BOX, z=14, f=some))["map"]
        narrowed = (await client.ask(TOTAL, b=BOX, s=["registry"], p=["EVEILLER"]))["structures"]["totalCount"]
        assert 0 < sum(c["count"] for c in clusters) == narrowed < total
        assert {c["dominantPriority"]["code"] for c in clusters} == {"EVEILLER"}
