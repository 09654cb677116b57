"""The words of names and addresses, made comparable: abbreviations spelt out, marks and legal forms left out.

The lists are general knowledge of French and English signs and administrative files. Abbreviations of streets
are those of La Poste (norme AFNOR XP Z10-011); those of establishments are the names that they officially go by.
"""

import re
from collections.abc import Iterable
from typing import Final

from connectors.gazetteer import fold


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ABBREVIATIONS: Final = dict(
    pair.split("=")
    for pair in [
        "st=saint",
        "ste=sainte",
        "ctre=center",
        "ctr=center",
        "centre=center",
        "cntr=center",
        "bd=boulevard",
        "blvd=boulevard",
        "av=avenue",
        "ave=avenue",
        "pl=place",
        "sq=square",
        "rd=road",
        "ln=lane",
        "dr=drive",
        "cres=crescent",
        "ter=terrace",
        "gdns=gardens",
        "pk=park",
        "all=allee",
        "che=chemin",
        "chem=chemin",
        "imp=impasse",
        "rte=route",
        "fg=faubourg",
        "fbg=faubourg",
        "crs=cours",
        "qu=quai",
        "res=residence",
        "bat=batiment",
        "blk=block",
        "jln=jalan",
        "lor=lorong",
        "upp=upper",
        "bldg=building",
        "pkwy=parkway",
        "hwy=highway",
        "hosp=hospital",
        "hop=hopital",
        "hospit=hospitaliere",
        "assoc=association",
        "ass=association",
        "mt=mount",
        "intl=international",
        "theatre=theater",
        "n=north",
        "s=south",
        "e=east",
        "w=west",
    ]
)
"""A word -> the word that it stands for. Spellings of one word count too ("centre", "center")."""

PHRASES: Final = tuple(
    (re.compile(rf"\b{long}\b"), short)
    for long, short in (
        ("centre hospitalier (?:intercommunal|inter communal)", "chi"),
        ("centre hospitalier (?:universitaire|regional universitaire)", "chu"),
        ("centre hospitalier", "ch"),
        ("protection maternelle et infantile", "pmi"),
        ("relais (?:de la )?petite enfance", "rpe"),
        ("relais (?:d )?assistant(?:e)?s maternel(?:le)?s", "rpe"),
        ("maison d assistant(?:e)?s maternel(?:le)?s", "mam"),
        ("lieu d accueil enfants? parents?", "laep"),
        ("centre d action medico sociale precoce", "camsp"),
        ("centre communal d action sociale", "ccas"),
        ("caisse d allocations familiales", "caf"),
        ("caisse primaire d assurance maladie", "cpam"),
        ("union departementale des associations familiales", "udaf"),
        ("communaute de communes", "cc"),
        ("multi accueils?", "multiaccueil"),
        ("halte garderie", "haltegarderie"),
        ("micro creche", "microcreche"),
        ("car park", "carpark"),
        # Seed 002: « maisons des parents, de la parentalité, des familles » are one category of places.
        ("maison (?:de la parentalite|des familles|des parents)", "maison parents"),
    )
)
"""Phrases of folded text -> the one word by which such a place is called."""

STOP: Final = _words("the of and at a in by le la les l de du des d au aux en et sur pour un une")
"""Words that say nothing."""

MARKS: Final = _words("fictif fictive ltd pte llp plc inc limited sarl sas sasu eurl sa scic scop")
"""Marks of the sandbox and legal forms: they are no part of a name."""

PARTS: Final = _words(
    "room rm gym pool poolside swimming carpark parking library canteen cafeteria lobby court courts courtyard block "
    "level floor studio hall lab laboratory classroom class guardhouse toilet toilets washroom deck pit pantry office "
    "department dept faculty wing ward clinic garage atm lounge auditorium theatrette lecture stop bus taxi stand "
    "interchange gate entrance exit platform terminal pond playground field track pitch suite unit warehouse loading "
    "bay reception desk counter kiosk booth shuttle course foyer atrium rooftop ballroom chapel carwash car crossing "
    "roundabout roadworks junction flyover customer service dock rink tower annex dormitory spa sauna tennis badminton "
    "basketball fitness bbq canteen backstage locker storeroom "
    "salle piscine gymnase bibliotheque cantine cour batiment etage niveau bureau unite pavillon aile accueil "
    "amphitheatre laboratoire arret quai terrain stade cuisine vestiaire antenne annexe site pole nord sud est ouest"
)
"""Words by which one part of a place is told from the whole, or from another part of it."""

TRADES: Final = _words(
    "restaurant restaurants bar cafe coffee hotel pizza pizzeria pub bistro brasserie takeaway inn grill kitchen diner "
    "eatery seafood bakery patisserie store stores shop shops boutique salon hair hairdressing hairdressers barber "
    "barbers beauty company co group corporation corp building center guest house guesthouse hostel backpackers "
    "apartments apartment condominium condo residence residences mall plaza shopping supermarket market chinese indian "
    "thai italian japanese korean french cuisine food foods uk station mrt tram train railway metro gallery museum "
    "church parish temple mosque cathedral opticians pharmacy chemist dental dentist surgery practice bookshop books "
    "furniture design tattoo butcher express local retail tours rent hire vehicle ramen sushi noodle noodles tapas "
    "steakhouse deli delicatessen confectionery specialty auto services international public primary secondary school "
    "college university "
    "creche multiaccueil microcreche haltegarderie association maison cabinet hopital clinique pharmacie ecole "
    "maternelle relais hospitaliere ch chi chu pmi rpe mam laep camsp municipale associative familiale parentale"
)
"""Words that say what sort of place it is: a name may have them or leave them out."""

STREET_TYPES: Final = _words(
    "rue avenue boulevard place allee chemin impasse route faubourg cours quai square residence lotissement street "
    "road lane drive crescent terrace gardens jalan lorong highway parkway north south east west"
)
"""Words that many streets have."""

_ELSEWHERE: Final = re.compile(r"@|\bat\b|\bchez\b", re.IGNORECASE)
_APOSTROPHE_S: Final = re.compile(r"['’`](?=s\b)", re.IGNORECASE)
_ROOM_NUMBER: Final = re.compile(r"#\S*")
_DIGITS: Final = re.compile(r"[0-9]+")
_HOUSE_NUMBER: Final = 4
"""Digits that a house number has at most."""


def words(text: str) -> tuple[str, ...]:
    """The words that count in a name or a street, in their order; all of them if none counts."""
    folded = fold(_APOSTROPHE_S.sub("", text))
    for pattern, short in PHRASES:
        folded = pattern.sub(short, folded)
    every = [ABBREVIATIONS.get(word, word) for word in folded.split()]
    return tuple(w for w in every if w not in STOP and w not in MARKS) or tuple(every)


def subject(name: str) -> tuple[str, ...]:
    """The words of what a name names, without where it says that this is: "Canteen @ Queen of Peace" -> canteen."""
    before, *after = _ELSEWHERE.split(name, maxsplit=1)
    return words(before) or words(" ".join(after))


def numbers(street: str) -> frozenset[int]:
    """The house numbers of an address: "10-14 Polwarth Gardens, #02-05" -> 10, 14."""
    found = _DIGITS.findall(fold(_ROOM_NUMBER.sub(" ", street)))
    return frozenset(int(n) for n in found if len(n) <= _HOUSE_NUMBER)


def without_numbers(of: Iterable[str]) -> tuple[str, ...]:
    """The words that hold no digit."""
    return tuple(word for word in of if not any(map(str.isdigit, word)))
