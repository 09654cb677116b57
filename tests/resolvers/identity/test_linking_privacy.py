"""No name, address or telephone of a directory reaches the database: its files are read byte by byte."""

import pytest
from linking_places import AT, SAYS, ByName, helds, place
from msgspec.structs import replace

from connectors.gazetteer import fold
from connectors.links import LinkState, Reason, open_links
from connectors.records import Address, Contact
from resolvers.identity.judging import Judgement
from resolvers.identity.linking import link

NAMES = ("Crèche Zéphyrine", "CRECHE ZEPHIRINE", "Maison Quetzalcoatl", "Pharmacie Wolfgang", "Ludothèque Kirghize")
PHONES = ("+33380123456", "+33380654321")
STREETS = ("17 rue Gutenbergue", "19 impasse Babylone")
CITY, POSTAL_CODE, INSEE = "Fontaine-lès-Dijon", "21121", "21278"
EMAIL = "accueil@zephyrine.example.org"


def told(id_, name, number, **fields):
    contact = Contact(phone=PHONES[number], email=EMAIL, website="https://zephyrine.example.org")
    address = Address(street=STREETS[number], postal_code=POSTAL_CODE, city=CITY, insee=INSEE)
    return replace(place(id_, name, **fields), contact=contact, address=address, description=f"Chez {name}")


def secrets():
    """Every value, as it is written, folded, word by word, and as digits only."""
    phones = [*PHONES, *(phone.removeprefix("+33") for phone in PHONES)]
    texts = [*NAMES, *STREETS, CITY, EMAIL]
    written = {form for text in texts for form in (text, text.upper(), text.lower(), fold(text))}
    words = {word for form in written for word in form.replace("@", " ").replace("-", " ").split() if len(word) > 4}
    return {*phones, POSTAL_CODE, INSEE, *written, *words}


async def test_nothing_of_the_directories_is_stored(tmp_path):
    store = open_links(tmp_path / "links.sqlite")
    judge = ByName({(NAMES[0], NAMES[1]): 0.995, (NAMES[0], NAMES[2]): 0.6})
    finess = [("FINESS", "210987731")]
    one = [
        told("a--1", NAMES[0], 0),
        told("b--1", NAMES[1], 1),
        told("c--1", NAMES[2], 0),
        told("a--2", NAMES[3], 0, numbers=finess),
        told("b--2", NAMES[3], 1, numbers=finess),
        told("c--3", NAMES[4], 1, same_as=("a--2",)),
    ]
    await link(helds(*one), store, judge, at=AT)
    (waiting,) = (await store.suggestions(5)).links
    await store.decide(waiting.id, SAYS, same=False)
    await link(helds(one[0], told("b--1", NAMES[4], 0)), store, judge, at=AT)
    states = {(known.state, known.reason) for known in await store.links_around([r.id for r in one])}
    assert {(LinkState.LINKED, None), (LinkState.APART, None), (LinkState.SUGGESTED, Reason.MOVED)} <= states
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["links.sqlite", "links.sqlite-shm", "links.sqlite-wal"]
    content = b"".join(file.read_bytes() for file in files)
    assert content.count(b"a--1") >= 2  # the keys are there
    for encoding in ("utf-8", "latin-1", "utf-16-le"):
        assert [text for text in secrets() if text.encode(encoding) in content] == []
    await store.aclose()
    (file,) = tmp_path.iterdir()
    assert [text for text in secrets() if text.encode() in file.read_bytes()] == []


@pytest.mark.parametrize("parts", [{NAMES[0]: 1.0}, {PHONES[0]: 1.0}, {"phone": 33380123456.0}])
async def test_a_judge_that_says_too_much_is_not_listened_to(tmp_path, parts):
    class Talkative(ByName):
        def judge(self, one, other):
            return Judgement(0.999, parts)

    store = open_links(tmp_path / "links.sqlite")
    with pytest.raises(ValueError, match="parts of a comparison"):
        await link(helds(told("a--1", NAMES[0], 0), told("b--1", NAMES[0], 0)), store, Talkative(), at=AT)
    assert await store.links_of(["a--1"]) == []
    await store.aclose()
