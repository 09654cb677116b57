"""The steps of a registration: which fields each has, and what they are as input of the API."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import Struct

from hub.web.registration.fields import (
    Tree,
    answer,
    branch,
    checked,
    flag,
    items,
    lines,
    number,
    text,
    texts,
)

Input = dict[str, Any]
"""The input `RegistrationInput` of the API, or a part of it."""

REVIEW: Final = "relecture"


class Step(Struct, frozen=True):
    """A page of the form. `read`: its fields as a part of the input, without the item `removed` ("places.1")."""

    path: str
    title: str
    fields: frozenset[str]
    read: Callable[[Tree, str], Input]

    @property
    def template(self) -> str:
        """Its template."""
        return f"registration/{self.path}.html"


def step_of(field: str | None) -> Step | None:
    """The step that asks for a field of the input; None for what no step asks for."""
    first = (field or "").partition(".")[0]
    return next((step for step in STEPS.values() if first in step.fields), None)


def input_of(registration: Mapping[str, Any]) -> Input:
    """What is kept of a registration, as it would be entered again."""
    form = dict(registration["form"])
    given = form.pop("consent")
    consent = given["version"] if given else None
    return {**form, "id": registration["id"], "contact": registration["contact"], "consent": consent}


def answers_of(tree: Tree) -> Input:
    """The answers of the check of eligibility."""
    return {
        **_category(tree),
        "situations": checked(tree, "situations"),
        "priorities": checked(tree, "priorities"),
        "inPeriod": answer(tree, "inPeriod"),
    }


def begun_of(tree: Tree) -> Input:
    """A registration that begins with the answers of the check."""
    answers = answers_of(tree)
    return {**answers, "situations": [{"situation": code, "institution": None} for code in answers["situations"]]}


def _category(tree: Tree) -> Input:
    category, _, subcategory = (text(tree, "category") or "").partition("/")
    return {"category": category or None, "subcategory": subcategory or None}


def _identity(tree: Tree, _: str) -> Input:
    named = ("kind", "name", "description", "siret", "finess", "rpps")
    return {**{name: text(tree, name) for name in named}, **_category(tree)}


def _situations(tree: Tree, _: str) -> Input:
    given = branch(tree, "situations")
    held = [code for code in given if flag(branch(given, code), "holds")]
    return {
        "inPeriod": answer(tree, "inPeriod"),
        "situations": [{"situation": code, "institution": text(branch(given, code), "institution")} for code in held],
    }


def _priorities(tree: Tree, _: str) -> Input:
    return {"priorities": checked(tree, "priorities")}


def _actions(tree: Tree, removed: str) -> Input:
    list_, _, without = removed.partition(".")
    return {
        "actions": [_action(item) for item in items(tree, "actions", without=without if list_ == "actions" else "")]
    }


def _action(item: Tree) -> Input:
    return {
        "title": text(item, "title"),
        "description": text(item, "description"),
        "priorities": checked(item, "priorities"),
        "area": _area(item),
        "audiences": lines(item, "audiences"),
        "keyMoments": lines(item, "keyMoments"),
        "itinerant": flag(item, "itinerant"),
    }


def _area(node: Tree) -> Input | None:
    area = branch(node, "area")
    kind = text(area, "kind")
    return {"kind": kind, "code": text(area, "code"), "name": text(area, "name")} if kind else None


def _places(tree: Tree, removed: str) -> Input:
    list_, _, without = removed.partition(".")
    places = [_place(item) for item in items(tree, "places", without=without if list_ == "places" else "")]
    return {
        "itinerant": flag(tree, "itinerant"),
        "area": _area(tree),
        "places": places,
        "atHome": answer(tree, "atHome"),
        "showExactAddress": flag(tree, "showExactAddress"),
    }


def _place(item: Tree) -> Input:
    named = ("street", "complement", "postalCode", "city", "commune")
    return {
        **{name: text(item, name) for name in named},
        "latitude": number(item, "latitude"),
        "longitude": number(item, "longitude"),
        "sameAs": texts(item, "sameAs"),
    }


def _contact(tree: Tree, _: str) -> Input:
    contact = branch(tree, "contact")
    details = {name: branch(contact, name) for name in ("phone", "email", "website")}
    return {
        "contact": {
            name: {"value": text(detail, "value"), "public": flag(detail, "public")} for name, detail in details.items()
        },
        "consent": text(tree, "consent"),
    }


STEPS: Final[Mapping[str, Step]] = {
    step.path: step
    for step in (
        Step(
            "identite",
            "Qui êtes-vous ?",
            frozenset({"kind", "name", "description", "siret", "finess", "rpps", "category", "subcategory"}),
            _identity,
        ),
        Step("situations", "Qui vous accorde sa confiance ?", frozenset({"inPeriod", "situations"}), _situations),
        Step("priorites", "À quelles priorités contribuez-vous ?", frozenset({"priorities"}), _priorities),
        Step("actions", "Que faites-vous ?", frozenset({"actions"}), _actions),
        Step(
            "lieux",
            "Où vous trouve-t-on ?",
            frozenset({"itinerant", "area", "places", "atHome", "showExactAddress"}),
            _places,
        ),
        Step("contact", "Comment vous joindre ?", frozenset({"contact", "consent"}), _contact),
    )
}
"""The steps in their order, by path; what was entered is read through on a page of its own after them."""


def after(step: Step) -> str:
    """The path of what comes after a step."""
    paths = [*STEPS, REVIEW]
    return paths[paths.index(step.path) + 1]
