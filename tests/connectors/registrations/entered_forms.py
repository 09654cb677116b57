"""What is entered in tests of the store, and the records made of it."""

from datetime import UTC, datetime, timedelta

from connectors.gazetteer import gazetteer
from connectors.nomenclature import CategoryCode, PriorityCode, SituationCode, StructureKind
from connectors.registrations import (
    ActionForm,
    Actor,
    ContactForm,
    Detail,
    Entered,
    Form,
    PlaceForm,
    Registrations,
    Situation,
)  # fmt: skip
from connectors.registry import Registry, in_memory
from resolvers.registration.records import Records

ANNE = Actor(account="person-anne", role="REGISTRANT")
BRUNO = Actor(account="person-bruno", role="REGISTRANT")
MODERATOR = Actor(account="person-moderator", role="MODERATOR", moderates=True)
START = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)


class Calendar:
    """A clock that goes on by a second whenever it is asked."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def entered(
    name: str = "Crèche", *, email: str | None = "a@example.org", places: int = 1, rpps: str | None = None
) -> Entered:
    form = Form(
        kind=StructureKind.ESTABLISHMENT,
        name=name,
        rpps=rpps,
        category=CategoryCode.MODE_ACCUEIL,
        situations=(Situation(code=SituationCode.FINANCE, institution="Caf"),),
        priorities=(PriorityCode.EVEILLER,),
        actions=(ActionForm(title="Une action", priorities=(PriorityCode.FORMER,)),),
        places=tuple(PlaceForm(street=f"{n} rue Monge", commune="21231") for n in range(places)),
    )
    contact = ContactForm(email=Detail(value=email), phone=Detail(value="03 80 00 12 34", public=True))
    return Entered(form=form, contact=contact, words=f" {name.lower()} ", departements=("21",))


def opened() -> tuple[Registry, Registrations]:
    """A registry in memory, and its registrations."""
    registry = in_memory("registry")
    return registry, Registrations(registry, clock=Calendar())


make = Records("registry", gazetteer(), START).of
