"""Which record of an earlier revision each place and action of a new one is, so that their keys stay the same.

What reads the same is the same; of the rest, what comes next in the list takes the next key that is free: a place that
moved, or an action that was given another title, stays what it was. Keys are random: nobody finds an entry by guessing.
"""

import secrets
from collections.abc import Hashable, Sequence

from connectors.gazetteer import fold
from connectors.registrations.form import ActionForm, Form, PlaceForm
from connectors.registrations.registration import Keys


def kept_keys(form: Form, before: Form | None, keys: Keys) -> Keys:
    """The keys of the records of a form; `keys` are those of the form `before` it."""
    old = before or Form()
    return Keys(
        structures=_matched(_doors(form), _doors(old) if before else [], keys.structures),
        actions=_matched([_title(a) for a in form.actions], [_title(a) for a in old.actions], keys.actions),
    )


def _matched(new: Sequence[Hashable], old: Sequence[Hashable], keys: Sequence[str]) -> tuple[str, ...]:
    free = dict(zip(keys, old, strict=True))
    found: dict[int, str] = {}
    for position, value in enumerate(new):
        same = next((key for key, known in free.items() if known == value), None)
        if same is not None:
            del free[same]
            found[position] = same
    left = iter(free)
    return tuple(found.get(position) or next(left, None) or secrets.token_hex(12) for position in range(len(new)))


def _doors(form: Form) -> list[Hashable]:
    """What tells one place from another; a form without a place is one structure all the same."""
    return [None] if form.itinerant or not form.places else [_door(place) for place in form.places]


def _door(place: PlaceForm) -> Hashable:
    return place.commune, fold(place.street or "")


def _title(action: ActionForm) -> Hashable:
    return fold(action.title or "")
