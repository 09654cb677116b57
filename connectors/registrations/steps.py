"""The steps of a registration, in the transaction of the caller: each changes all that it must, or raises."""

import secrets
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final, TypeAlias

from msgspec import Struct

from connectors.contract import Record
from connectors.records import Identifier
from connectors.registrations import rows
from connectors.registrations.codes import new_code
from connectors.registrations.errors import OtherAddress, StaleRevision, UnknownRegistration, WrongState
from connectors.registrations.form import ContactForm, Entered, Form
from connectors.registrations.keeping import kept_keys
from connectors.registrations.numbers import numbers_of
from connectors.registrations.registration import Actor, ChangeKind, Keys, Registration, Remark, Shown, State, Step
from connectors.registrations.suppressions import Suppressions
from connectors.registry.removing import remove_records
from connectors.registry.writing import NEXT_VERSION, write_records

Make: TypeAlias = Callable[[Shown], Sequence[Record]]
"""What is shown of a registration, as records of the registry with its keys."""

NOBODY: Final = Keys()


class Erasure(Struct, frozen=True, kw_only=True):
    """What is to be erased besides a registration, or without one.

    `ids`: records of directories (`source--key`) that are the same person; `numbers`: official ones of theirs;
    `tombstones`: ids that consumers of the feed know, which they are told to forget.
    """

    ids: tuple[str, ...] = ()
    numbers: tuple[Identifier, ...] = ()
    tombstones: tuple[str, ...] = ()


class Steps:
    """The steps that one transaction takes, at one moment, in the registry of a source."""

    def __init__(self, connection: sqlite3.Connection, source: str, suppressions: Suppressions, at: datetime) -> None:
        self._connection = connection
        self._source = source
        self._suppressions = suppressions
        self._at = at

    def found(self, id_: str, by: Actor) -> Registration:
        """A registration that is one's own, or anybody's for a moderator; UnknownRegistration."""
        registration = rows.find(self._connection, id_)
        if registration is None or not (by.moderates or registration.owner == by.account):
            raise UnknownRegistration(id_)
        return registration

    def enter(self, id_: str | None, entered: Entered, by: Actor, *, submit: bool) -> str:
        """Keep what was entered, as a draft or as submitted; a new registration when there is no id."""
        before = None if id_ is None else self.found(id_, by)
        if before is not None and before.state is State.WITHDRAWN:
            raise WrongState(before.state)
        revision = 1 if before is None else before.revision + (before.state is not State.DRAFT)
        state = State.SUBMITTED if submit else State.DRAFT
        kept = secrets.token_hex(16) if before is None else before.id
        self._write(rows.INSERT if before is None else rows.UPDATE, kept, by, state, revision, entered)
        self._connection.execute(rows.SET_CONTACT, {"id": kept, "contact": rows.text_of(entered.contact)})
        if before is None:
            self._note(kept, Step.CREATED, revision, by)
        elif before.state is not State.DRAFT and not submit:
            self._note(kept, Step.REOPENED, revision, by)
        if submit:
            self._note(kept, Step.SUBMITTED, revision, by)
        return kept

    def validate(self, id_: str, revision: int, by: Actor, make: Make) -> None:
        """Show the revision that waits; numbers and records that are its own come back if they were erased."""
        waiting = self._waiting(id_, revision, by)
        before = waiting.shown
        keys = kept_keys(waiting.form, before.form if before else None, before.keys if before else NOBODY)
        shown = Shown(
            revision=revision,
            form=waiting.form,
            contact=_public(waiting.contact),
            keys=keys,
            since=before.since if before else self._at,
        )
        old = before.keys if before else NOBODY
        gone = Keys(structures=_without(old.structures, keys.structures), actions=_without(old.actions, keys.actions))
        self._suppressions.lift(self._connection, waiting.form.quoted, numbers_of(waiting.form))
        write_records(self._connection, self._source, make(shown))
        remove_records(self._connection, self._source, structures=gone.structures, actions=gone.actions)
        new = _without(keys.structures, old.structures)
        self._tell(ChangeKind.UPDATED, _without(keys.structures, new))
        self._tell(ChangeKind.CREATED, new)
        self._tell(ChangeKind.WITHDRAWN, gone.structures)
        published = tuple(dict.fromkeys((*waiting.published, *keys.structures)))
        self._set_shown(id_, State.VALIDATED, shown, published)
        if waiting.code is None:
            self._connection.execute(rows.ADD_CODE, (new_code(), id_, rows.moment(self._at)))
        self._note(id_, Step.VALIDATED, revision, by)

    def refuse(self, id_: str, revision: int, by: Actor, reasons: Iterable[Remark], comment: str | None) -> None:
        """Say why the revision that waits is not shown; what was validated before stays."""
        self._waiting(id_, revision, by)
        self._connection.execute(rows.SET_STATE, (State.REFUSED.value, rows.moment(self._at), id_))
        self._note(id_, Step.REFUSED, revision, by, comment=comment, reasons=reasons)

    def withdraw(self, id_: str, by: Actor, reason: str | None) -> None:
        """End a registration: nothing of it is shown any more."""
        registration = self.found(id_, by)
        if registration.state is State.WITHDRAWN:
            raise WrongState(registration.state)
        if registration.shown is not None:  # what was believed of it: a later draft was not
            self._restore(registration.id, registration.shown)
        self._hide(registration, ChangeKind.WITHDRAWN)
        self._set_shown(id_, State.WITHDRAWN, None, registration.published)
        self._note(id_, Step.WITHDRAWN, registration.revision, by, comment=reason)

    def erase(self, id_: str, by: Actor, also: Erasure, reason: str | None) -> None:
        """Remove a registration and all that was said of it; what was ever shown of it is not to come back.

        Nor are the records and numbers that it says are its own, but only as a moderator agreed to them: else anybody
        could have anybody's entries disappear by putting their numbers into a draft.
        """
        registration = self.found(id_, by)
        self._hide(registration, None)
        own = tuple(self._id(key) for key in registration.published)
        forms = believed(registration, by)
        numbers = [number for form in forms for number in numbers_of(form)]
        quoted = [id_ for form in forms for id_ in form.quoted]
        hidden = Erasure(
            ids=(*own, *quoted, *(also.ids if forms else ())),
            numbers=(*numbers, *(also.numbers if forms else ())),
            tombstones=(*own, *also.tombstones),
        )
        self._remove(registration, Step.ERASED, by, reason)
        self._suppress(hidden)

    def erase_others(self, by: Actor, what: Erasure, reason: str | None) -> None:
        """Hide records of directories for good."""
        self._suppress(what)
        self._end(secrets.token_hex(16), Step.ERASED, 0, by, reason)

    def _suppress(self, what: Erasure) -> None:
        """Have records never come back, and tell consumers of the feed to forget them."""
        self._suppressions.add(self._connection, what.ids, what.numbers, self._at)
        rows.tell(self._connection, ChangeKind.ERASED, dict.fromkeys(what.tombstones), self._at)
        self._connection.execute(NEXT_VERSION)

    def confirm(self, id_: str, address: str, by: Actor) -> None:
        """Note that the e-mail address of a registration is its owner's; OtherAddress when it was replaced."""
        registration = rows.find(self._connection, id_)
        if registration is None:
            raise UnknownRegistration(id_)
        if registration.contact.email.value != address:
            raise OtherAddress
        if registration.email_confirmed_at is None:
            self._connection.execute(rows.SET_CONFIRMED, (address, rows.moment(self._at), id_))
            self._note(id_, Step.EMAIL_CONFIRMED, registration.revision, by)

    def purge(self, id_: str, by: Actor) -> None:
        """Forget a draft that nobody goes on with; what was validated before it stays."""
        draft = self.found(id_, by)
        if draft.shown is None:
            self._remove(draft, Step.PURGED, by)
        else:
            self._restore(id_, draft.shown)
            self._connection.execute(rows.SET_STATE, (State.VALIDATED.value, rows.moment(self._at), id_))
            self._note(id_, Step.PURGED, draft.revision, by)

    def _restore(self, id_: str, shown: Shown) -> None:
        """Have the form be the one that was validated."""
        self._connection.execute(rows.SET_FORM, (rows.text_of(shown.form), id_))

    def _remove(self, registration: Registration, why: Step, by: Actor, reason: str | None = None) -> None:
        """Remove a registration; its steps stay, without who took them and what they said."""
        self._connection.execute(rows.FORGET_REMARKS, (registration.id,))
        self._connection.execute(rows.REMOVE, (registration.id,))
        self._end(registration.id, why, registration.revision, by, reason)

    def _end(self, id_: str, why: Step, revision: int, by: Actor, reason: str | None) -> None:
        """Write down the end of something: who ended it only if they are not whom it was about."""
        if reason is not None:
            self._note(id_, why, revision, by, comment=reason)
        else:
            self._connection.execute(rows.ADD_EVENT, (id_, rows.moment(self._at), by.role, why.value, revision))

    def _waiting(self, id_: str, revision: int, by: Actor) -> Registration:
        registration = self.found(id_, by)
        if registration.state is not State.SUBMITTED:
            raise WrongState(registration.state)
        if registration.revision != revision:
            raise StaleRevision(revision, registration.revision)
        return registration

    def _write(self, sql: str, id_: str, by: Actor, state: State, revision: int, entered: Entered) -> None:
        values = {
            "id": id_,
            "owner": by.account,
            "state": state.value,
            "revision": revision,
            "form": rows.text_of(entered.form),
            "words": entered.words,
            "departements": f" {' '.join(entered.departements)} ",
            "at": rows.moment(self._at),
        }
        self._connection.execute(sql, values)

    def _set_shown(self, id_: str, state: State, shown: Shown | None, published: Iterable[str]) -> None:
        text = None if shown is None else rows.text_of(shown)
        values = (state.value, text, rows.text_of(tuple(published)), rows.moment(self._at), id_)
        self._connection.execute(rows.SET_SHOWN, values)

    def _hide(self, registration: Registration, told: ChangeKind | None) -> None:
        """Take the records of a registration out of the registry."""
        if registration.shown is not None:
            keys = registration.shown.keys
            remove_records(self._connection, self._source, structures=keys.structures, actions=keys.actions)
            if told is not None:
                self._tell(told, keys.structures)

    def _tell(self, kind: ChangeKind, keys: Iterable[str]) -> None:
        rows.tell(self._connection, kind, map(self._id, keys), self._at)

    def _note(
        self,
        id_: str,
        what: Step,
        revision: int,
        by: Actor,
        *,
        comment: str | None = None,
        reasons: Iterable[Remark] = (),
    ) -> None:
        rows.note(self._connection, id_, what, revision, by, self._at, comment=comment, reasons=reasons)

    def _id(self, key: str) -> str:
        return f"{self._source}--{key}"


def _without(keys: Sequence[str], others: Iterable[str]) -> tuple[str, ...]:
    known = set(others)
    return tuple(key for key in keys if key not in known)


def _public(contact: ContactForm) -> ContactForm:
    """The contact details that everybody may see."""
    details = {name: getattr(contact, name) for name in contact.__struct_fields__}
    return ContactForm(**{name: detail for name, detail in details.items() if detail.public})


def believed(registration: Registration, by: Actor) -> tuple[Form, ...]:
    """The forms of which a moderator said that they are of who they say; one who moderates says it now."""
    validated = () if registration.shown is None else (registration.shown.form,)
    if by.moderates or (registration.published and not validated):  # withdrawn: its form is what was validated
        return (*validated, registration.form)
    return validated
