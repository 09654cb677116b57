"""From what a client sends to what is kept: the same texts, without spaces at their ends, and what to find it by."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from connectors.gazetteer import Gazetteer, fold
from connectors.nomenclature import TerritoryKind
from connectors.registrations import (
    ActionForm,
    Area,
    Consent,
    ContactForm,
    Detail,
    Entered,
    Form,
    PlaceForm,
    Registration,
    Situation,
)
from resolvers.types.registration_inputs import (
    AreaInput,
    ContactDetailInput,
    RegisteredActionInput,
    RegisteredPlaceInput,
    RegistrationInput,
)


def form_of(given: RegistrationInput, now: datetime) -> Form:
    """What is entered, but the contact details; a consent is given `now`."""
    version = _text(given.consent)
    return Form(
        kind=given.kind,
        name=_text(given.name),
        description=_text(given.description),
        siret=_text(given.siret),
        finess=_text(given.finess),
        rpps=_text(given.rpps),
        category=given.category,
        subcategory=given.subcategory,
        in_period=given.in_period,
        situations=tuple(Situation(code=s.situation, institution=_text(s.institution)) for s in given.situations or ()),
        priorities=tuple(given.priorities or ()),
        actions=tuple(map(_action, given.actions or ())),
        itinerant=given.itinerant,
        area=_area(given.area),
        places=tuple(map(_place, given.places or ())),
        at_home=given.at_home,
        show_exact_address=given.show_exact_address,
        same_as=_texts(given.same_as),
        consent=Consent(version=version, given_at=now) if version else None,
    )


def contact_of(given: RegistrationInput) -> ContactForm:
    """The contact details."""
    contact = given.contact
    if contact is None:
        return ContactForm()
    return ContactForm(phone=_detail(contact.phone), email=_detail(contact.email), website=_detail(contact.website))


def entered(form: Form, contact: ContactForm, before: Registration | None, gazetteer: Gazetteer) -> Entered:
    """All of it, with what it is to be found by; a consent to the same text was given when it was given `before`."""
    earlier = before.form.consent if before else None
    if earlier and form.consent and earlier.version == form.consent.version:
        form = msgspec.structs.replace(form, consent=earlier)
    communes = [found for place in form.places if (found := gazetteer.communes.get(place.commune or ""))]
    words = [form.name or "", *(place.city or "" for place in form.places), *(commune.name for commune in communes)]
    return Entered(
        form=form,
        contact=contact,
        words=f" {' '.join(map(fold, words))} ",
        departements=tuple(dict.fromkeys((*(c.departement for c in communes), *_departements(form.area, gazetteer)))),
    )


def canonical(step: str, id_: str | None, form: Form, contact: ContactForm) -> bytes:
    """What makes two requests the same, whenever they come."""
    version = form.consent and form.consent.version
    return msgspec.json.encode([step, id_, msgspec.structs.replace(form, consent=None), contact, version])


def _departements(area: Area | None, gazetteer: Gazetteer) -> Iterable[str]:
    if area is None or area.code is None:
        return ()
    if area.kind is TerritoryKind.REGION:
        return (departement.code for departement in gazetteer.departements_of(area.code))
    if area.kind is TerritoryKind.COMMUNE:
        commune = gazetteer.communes.get(area.code)
        return (commune.departement,) if commune else ()
    return (area.code,) if area.code in gazetteer.departements else ()


def _action(given: RegisteredActionInput) -> ActionForm:
    return ActionForm(
        title=_text(given.title),
        description=_text(given.description),
        priorities=tuple(given.priorities or ()),
        area=_area(given.area),
        audiences=_texts(given.audiences),
        key_moments=_texts(given.key_moments),
        itinerant=given.itinerant,
    )


def _place(given: RegisteredPlaceInput) -> PlaceForm:
    return PlaceForm(
        street=_text(given.street),
        complement=_text(given.complement),
        postal_code=_text(given.postal_code),
        city=_text(given.city),
        commune=_text(given.commune),
        latitude=given.latitude,
        longitude=given.longitude,
        same_as=_texts(given.same_as),
    )


def _area(given: AreaInput | None) -> Area | None:
    return Area(kind=given.kind, code=_text(given.code), name=_text(given.name)) if given else None


def _detail(given: ContactDetailInput | None) -> Detail:
    return Detail(value=_text(given.value), public=given.public) if given else Detail()


def _text(given: str | None) -> str | None:
    return (given or "").strip() or None


def _texts(given: Iterable[str] | None) -> tuple[str, ...]:
    return tuple(text for item in given or () if (text := _text(item)))
