"""Entries to be told together or apart: twins (one place in two directories) and lookalikes (two places)."""

from typing import NamedTuple

from connectors.gazetteer import Commune
from connectors.nomenclature import CategoryCode, SubcategoryCode
from connectors.sandbox.childcare import add_structure
from connectors.sandbox.draft import Draft
from connectors.sandbox.health import CAMSP, HOSPITAL, PMI, Sort, add_establishment, add_legal_entity
from connectors.sandbox.places import Place, Street
from connectors.sandbox.wording import PATRONS, fictif, post_city, street

Pair = tuple[str, str]
"""Two global ids."""

NURSERY = Sort(None, "SA01", CategoryCode.SANTE, SubcategoryCode.HOPITAL, "Crèche hospitalière {patron}", 0, 0)
"""A crèche run by a hospital: the Annuaire Santé says only that it belongs to a public hospital."""


class Spellings(NamedTuple):
    """The name of one place in monenfant.fr and in the Annuaire Santé, and how the latter sorts it."""

    sort: Sort
    monenfant: str
    annuaire_sante: str
    feminine: bool


SPELLINGS = (
    Spellings(NURSERY, "Multi-accueil {} du centre hospitalier", "MULTI ACCUEIL {} DU CH", feminine=False),
    Spellings(PMI, "Halte-garderie de la PMI {}", "HALTE GARDERIE PMI {}", feminine=True),
    Spellings(CAMSP, "Crèche du CAMSP {}", "CRECHE CAMSP {}", feminine=True),
    Spellings(NURSERY, "Crèche hospitalière {}", "CRECHE HOSPIT. {}", feminine=True),
)

NEIGHBOURS = (("21231", "21617"), ("21231", "21166"), ("21231", "21515"), ("21617", "21003"))
"""Communes of the Dijon area that touch or nearly."""

SHARED_NAMES = ("Crèche Les Moussaillons", "Micro-crèche Bulle d'Air", "Crèche La Farandole")


def draw_twins(draft: Draft, commune: Commune) -> list[Pair]:
    """Draw one to three places of a commune that both directories know, and give their ids."""
    thousands = commune.population / 1000
    number = 1 + (thousands > 30) + (thousands > 100)
    patrons = draft.random.sample(PATRONS, number)
    return [_twin(draft, commune, draft.random.choice(SPELLINGS), patron) for patron in patrons]


def _twin(draft: Draft, commune: Commune, spellings: Spellings, patron: str) -> Pair:
    """One place, twice: another spelling, and either the same telephone or the same address, or both."""
    at = street(draft.random)
    phone = draft.phone(commune)
    same_phone = draft.chance(0.6)
    moved = Street(str(int(at.number) + 2), at.type, at.name)
    childcare = add_structure(
        draft,
        commune,
        "EAJE",
        fictif(spellings.monenfant.format(patron), feminine=spellings.feminine),
        at=at,
        phone=phone,
    )
    establishment = add_establishment(
        draft,
        commune,
        spellings.sort,
        fictif(spellings.annuaire_sante.format(_short(patron)), feminine=spellings.feminine),
        legal=add_legal_entity(draft, commune, fictif(f"Organisme gestionnaire {patron}")),
        at=moved if same_phone and draft.chance(0.5) else at,
        phone=phone if same_phone else draft.phone(commune),
    )
    return establishment.id, childcare.id


def _short(patron: str) -> str:
    """ "Saint-Éloi" -> "ST ELOI"."""
    return post_city(patron)


def draw_lookalikes(draft: Draft, communes: dict[str, Commune]) -> list[Pair]:
    """Draw pairs that only look alike: the same name in the next commune, two sites of one legal entity."""
    pairs = []
    for one, other in NEIGHBOURS:
        for name in SHARED_NAMES:
            marked = fictif(name, feminine=True)
            pairs.append(_ids(*(add_structure(draft, communes[c], "EAJE", marked) for c in (one, other))))
        nursery = add_establishment(
            draft, communes[one], NURSERY, "CRECHE LA MARELLE (fictive)", legal=_entity(draft, communes[one])
        )
        other_place = add_structure(draft, communes[other], "EAJE", "Crèche La Marelle (fictive)")
        pairs.append((nursery.id, other_place.id))
    pairs += [_two_sites(draft, c) for c in communes.values() if c.population > 30_000]
    return pairs


def _two_sites(draft: Draft, commune: Commune) -> Pair:
    """Two sites of one hospital: one legal entity, one switchboard, nearly one name."""
    name = f"Hôpital {draft.random.choice(PATRONS)}"
    legal = add_legal_entity(draft, commune, fictif(name))
    phone = draft.phone(commune)
    sites = (fictif(f"{name} site {side}") for side in ("Nord", "Sud"))
    return _ids(*(add_establishment(draft, commune, HOSPITAL, site, legal=legal, phone=phone) for site in sites))


def _entity(draft: Draft, commune: Commune) -> Place:
    return add_legal_entity(draft, commune, fictif("Organisme gestionnaire"))


def _ids(one: Place, other: Place) -> Pair:
    return one.id, other.id
