"""Which entries of all directories may be what is registered: by official number, or by likeness in its communes."""

from typing import Final

from connectors.registrations import Form, PlaceForm, Registration
from connectors.registrations.numbers import numbers_of
from resolvers.federation.paging import MAX_FIRST, check_first
from resolvers.request import Info
from resolvers.types.matching import MatchCandidate, RecordInput
from resolvers.types.matching import candidates as matching
from resolvers.types.scalars import Finess, InseeCode, Rpps, Siret

MOST_PLACES: Final = 5
"""Places of one registration that are looked around."""


async def candidates(info: Info, registration: Registration, first: int) -> list[MatchCandidate]:
    """The entries most like a registration, the likeliest first, without its own; none without a name and a place."""
    check_first(first)
    form = registration.form
    source = info.context.federation.registrations.source
    own = {f"{source}--{key}" for key in registration.published}
    found: dict[str, MatchCandidate] = {}
    for place in (form.places[:MOST_PLACES] or (None,)) if form.name else ():
        for candidate in await _around(info, form, place, first + len(own)):
            known = found.get(candidate.structure.entry.id)
            if known is None or known.score < candidate.score:
                found[candidate.structure.entry.id] = candidate
    others = [c for c in found.values() if own.isdisjoint({c.structure.entry.id, *c.structure.entry.other_ids})]
    return sorted(others, key=lambda c: (not c.same_identifier, -c.score, c.structure.entry.id))[:first]


async def _around(info: Info, form: Form, place: PlaceForm | None, first: int) -> list[MatchCandidate]:
    numbers = {number.scheme.value: number.value for number in numbers_of(form)}
    gazetteer = info.context.federation.gazetteer
    commune = place.commune if place and place.commune in gazetteer.communes else None
    siret, finess, rpps = (numbers.get(scheme) for scheme in ("SIRET", "FINESS", "RPPS"))
    if commune is None and not numbers:
        return []
    record = RecordInput(
        name=form.name or "",
        street=place.street if place else None,
        commune=InseeCode(commune) if commune else None,
        category=form.category,
        subcategory=form.subcategory,
        siret=Siret(siret) if siret else None,
        finess=Finess(finess) if finess else None,
        rpps=Rpps(rpps) if rpps else None,
    )
    return await matching(info, record, min(first, MAX_FIRST))
