"""A fingerprint changes with the place that a record describes, and with nothing else."""

from collections import Counter

from msgspec.structs import replace

from connectors.links import in_memory, open_links
from connectors.links.fingerprints import Fingerprints
from connectors.nomenclature import CategoryCode, StructureKind
from connectors.records import Address, Contact, StructureRecord

RECORD = StructureRecord(
    source="monenfant",
    key="7",
    name="Crèche « Les Lilas »",
    kind=StructureKind.ESTABLISHMENT,
    category=CategoryCode.MODE_ACCUEIL,
    address=Address(street="1 rue du Test", postal_code="21000", city="Dijon", insee="21231"),
    contact=Contact(phone="+33380000000"),
)
FINGERPRINTS = Fingerprints(b"k" * 32)


def of(**fields):
    return FINGERPRINTS.of(replace(RECORD, **fields))


def test_the_same_place_written_differently():
    same = {
        of(),
        of(name="CRECHE LES LILAS"),
        of(name="Les Lilas, crèche"),
        of(contact=None, key="8", source="other", description="Ouverte", category=CategoryCode.AUTRE),
        of(address=replace(RECORD.address, street="2 rue du Test", city="DIJON CEDEX")),
    }
    assert len(same) == 1


def test_another_place():
    others = [
        of(),
        of(name="Crèche Les Tilleuls"),
        of(address=replace(RECORD.address, insee="21166")),
        of(address=replace(RECORD.address, postal_code="21300")),
        of(address=None),
        of(address=Address(city="Dijon")),
    ]
    assert len(set(others)) == len(others)


def test_each_database_has_a_key_of_its_own_and_keeps_it(tmp_path):
    keys = [open_links(tmp_path / name) for name in ("a", "a", "b")] + [in_memory()]
    names = [f"Crèche {n}" for n in range(20)]
    said = [[store.fingerprint(replace(RECORD, name=name)) for name in names] for store in keys]
    assert said[0] == said[1]
    assert Counter(map(tuple, said)).most_common()[0][1] == 2
    for store in keys:
        store._database.close()


def test_many_names_share_a_fingerprint():
    said = Counter(of(name=f"Crèche {n}") for n in range(200_000))
    assert {len(fingerprint) for fingerprint in said} == {4}
    assert len(said) > 60_000
    assert min(said.most_common()[0][1], 5) == 5
