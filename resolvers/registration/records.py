"""What is shown of a registration: one structure of the registry for each place, and its actions.

Only what was made public gets into a record: contact details that are not, and the street of a home that is not to be
shown, stay with the registration.
"""

from datetime import datetime
from typing import Final

from connectors.cleaning import website
from connectors.contract import Record
from connectors.gazetteer import Gazetteer
from connectors.nomenclature import (
    CategoryCode,
    IdentifierScheme,
    PositionPrecision,
    PriorityBasis,
    StructureKind,
    TerritoryKind,
)
from connectors.records import (
    ActionRecord,
    Address,
    Contact,
    Identifier,
    Position,
    RecordPriority,
    StructureRecord,
    Territory,
)
from connectors.records import Registration as PublicRegistration
from connectors.registrations import ActionForm, Area, ContactForm, Form, PlaceForm, Shown
from connectors.registrations.numbers import numbers_of
from connectors.telephone import e164
from resolvers.registration.checks import territory_name

OF_A_PLACE: Final = frozenset({IdentifierScheme.SIRET, IdentifierScheme.FINESS})
"""The numbers that name one place: the first."""


class Records:
    """Makes the records of what is shown, for the registry of a source, at a moment."""

    def __init__(self, source: str, gazetteer: Gazetteer, at: datetime) -> None:
        self._source = source
        self._gazetteer = gazetteer
        self._at = at

    def of(self, shown: Shown) -> list[Record]:
        """The structures, the main one first, then the actions."""
        form = shown.form
        places = (None,) if form.itinerant else form.places
        structures = [
            self._structure(shown, rank, place, key)
            for rank, (place, key) in enumerate(zip(places, shown.keys.structures, strict=True))
        ]
        actions = [
            self._action(action, key, shown.keys.structures)
            for action, key in zip(form.actions, shown.keys.actions, strict=True)
        ]
        return [*structures, *actions]

    def _structure(self, shown: Shown, rank: int, place: PlaceForm | None, key: str) -> StructureRecord:
        form = shown.form
        hidden = form.kind is StructureKind.INDEPENDENT and form.at_home is not False and not form.show_exact_address
        return StructureRecord(
            source=self._source,
            key=key,
            name=form.name or "",
            kind=StructureKind.ITINERANT if place is None else form.kind or StructureKind.ESTABLISHMENT,
            category=form.category or CategoryCode.AUTRE,
            subcategory=form.subcategory,
            description=form.description,
            identifiers=_identifiers(form, rank),
            address=self._address(place, hidden=hidden) if place else None,
            position=self._position(place, hidden=hidden) if place else None,
            territory=self._territory(form.area) if place is None and form.area else None,
            contact=_contact(shown.contact),
            priorities=tuple(RecordPriority(code, PriorityBasis.DECLARED) for code in dict.fromkeys(form.priorities)),
            registration=PublicRegistration(
                situations=tuple(dict.fromkeys(situation.code for situation in form.situations)),
                validated_on=shown.since.date(),
            ),
            same_as=tuple(dict.fromkeys((*(form.same_as if rank == 0 else ()), *(place.same_as if place else ())))),
            updated_at=self._at,
        )

    def _address(self, place: PlaceForm, *, hidden: bool) -> Address:
        commune = self._gazetteer.communes[place.commune or ""]
        if hidden:
            return Address(city=commune.name, insee=commune.insee, departement=commune.departement)
        return Address(
            street=place.street,
            complement=place.complement,
            postal_code=place.postal_code,
            city=place.city or commune.name,
            insee=commune.insee,
            departement=commune.departement,
        )

    def _position(self, place: PlaceForm, *, hidden: bool) -> Position | None:
        if place.latitude is not None and place.longitude is not None and not hidden:
            return Position(place.latitude, place.longitude, PositionPrecision.EXACT)
        commune = self._gazetteer.communes[place.commune or ""]
        if commune.latitude is None or commune.longitude is None:
            return None
        return Position(commune.latitude, commune.longitude, PositionPrecision.COMMUNE)

    def _territory(self, area: Area) -> Territory:
        return Territory(area.kind, territory_name(self._gazetteer, area) or area.name or "", area.code)

    def _action(self, action: ActionForm, key: str, structures: tuple[str, ...]) -> ActionRecord:
        main, *others = structures
        area = action.area
        return ActionRecord(
            source=self._source,
            key=key,
            title=action.title or "",
            description=action.description,
            priorities=tuple(dict.fromkeys(action.priorities)),
            carrier=main,
            places=structures if others else (),
            itinerant=action.itinerant,
            territory=self._territory(area) if area else None,
            audiences=action.audiences,
            key_moments=action.key_moments,
            communes=(area.code,) if area and area.code and area.kind is TerritoryKind.COMMUNE else (),
            updated_at=self._at,
        )


def _identifiers(form: Form, rank: int) -> tuple[Identifier, ...]:
    return tuple(number for number in numbers_of(form) if rank == 0 or number.scheme not in OF_A_PLACE)


def _contact(public: ContactForm) -> Contact | None:
    contact = Contact(phone=e164(public.phone.value), email=public.email.value, website=website(public.website.value))
    return contact if contact != Contact() else None
