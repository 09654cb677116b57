"""The steps of a registration through the API: who may take them, what they need, and what is told of them.

Every refusal is a value. What was entered is kept wherever it can be: what may not be submitted stays as a draft.
"""

from collections.abc import Awaitable, Sequence
from typing import Final

from connectors.errors import SourceError
from connectors.registrations import Actor, Form, Registration, Remark
from connectors.registrations.errors import RegistrationRefused as Refusal
from connectors.registrations.errors import StaleRevision, UnknownRegistration
from connectors.sqlite.once import KeyReused, Once
from resolvers import ids
from resolvers.access import Role
from resolvers.federation.used import source_tag
from resolvers.registration import entering
from resolvers.registration.bounds import LONGER, beyond, is_text
from resolvers.registration.checks import Checks
from resolvers.registration.records import Records
from resolvers.registration.refusals import BY_MODERATORS, REQUIRED_FIELD, Reason, ReasonCode
from resolvers.request import Info
from resolvers.types import registration as types
from resolvers.types.registration import DecisionInput, RegistrationResult
from resolvers.types.registration_enums import Decision
from resolvers.types.registration_inputs import RegistrationInput

SAVE: Final = "save"
SUBMIT: Final = "submit"
REFUSED: Final = "refused"


def actor(info: Info) -> Actor:
    """Who takes a step; a GraphQL error for nobody."""
    caller = info.context.caller
    account = caller.needs(Role.REGISTRANT)
    return Actor(account=account, role=caller.role.value, moderates=caller.is_a(Role.MODERATOR))


async def save_draft(info: Info, given: RegistrationInput) -> RegistrationResult:
    """Keep what was entered, complete or not."""
    return await _enter(info, given, SAVE)


async def submit(info: Info, given: RegistrationInput) -> RegistrationResult:
    """Have a moderator look at what was entered; keep it as a draft when something is missing."""
    return await _enter(info, given, SUBMIT)


async def _enter(info: Info, given: RegistrationInput, step: str) -> RegistrationResult:
    by = actor(info)
    federation = info.context.federation
    store = federation.registrations
    form, contact = entering.form_of(given, info.context.now), entering.contact_of(given)
    if unkept := beyond(form, contact):
        return refused(unkept)
    id_ = str(given.id) if given.id is not None else None
    if id_ is not None and not id_.isascii():
        return refused([reason_of(UnknownRegistration(id_))])
    before = await store.find(id_) if id_ is not None else None
    entered = entering.entered(form, contact, before, federation.gazetteer)
    reasons: list[Reason] = []
    if step == SUBMIT:
        reasons = [*Checks(federation.gazetteer, federation.referentials).of(form, contact)]
        reasons += await _unknown(info, _quoted(form))
    # what could not be submitted may be, later, under the same key: a draft does not take its place
    key = f"{REFUSED} {given.idempotency_key}" if reasons else given.idempotency_key
    try:
        request = entering.canonical(step, id_, form, contact)
        once = Once(owner=by.account, key=key, request=request, at=info.context.now)
    except ValueError:
        return refused([Reason(ReasonCode.WRONG_FORM, "Cette clé ne convient pas.", "idempotencyKey")])
    keep = store.save_draft if reasons or step == SAVE else store.submit
    return await _told(keep(entered, by, id_=id_, once=once), reasons)


async def decide(info: Info, given: DecisionInput) -> RegistrationResult:
    """Show the revision that waits, or say why not."""
    by = actor(info)
    federation = info.context.federation
    store = federation.registrations
    if wrong := _wrong_decision(given):
        return refused(wrong)
    if given.decision is Decision.REFUSE:
        remarks = [Remark(code=r.code.value, message=r.message, field=r.field) for r in given.reasons or ()]
        return await _told(store.refuse(given.id, given.revision, by, remarks, given.comment))
    waiting = await store.find(given.id)
    if waiting is not None and waiting.revision == given.revision:
        checks = Checks(federation.gazetteer, federation.referentials)
        if reasons := checks.of(waiting.form, waiting.contact):  # the rules changed since it was submitted
            return refused(reasons, waiting)
    make = Records(store.source, federation.gazetteer, info.context.now).of
    result = await _told(store.validate(given.id, given.revision, by, make))
    changed(info)
    return result


async def withdraw(info: Info, id_: str, reason: str | None) -> RegistrationResult:
    """End a registration: nothing of it is shown any more."""
    by = actor(info)
    if wrong := words(reason, "reason"):
        return refused(wrong)
    result = await _told(info.context.federation.registrations.withdraw(id_, by, reason))
    changed(info)
    return result


def changed(info: Info) -> None:
    """Say that what is shown is another, so that nothing that was kept of it is given any more."""
    federation = info.context.federation
    federation.changes.publish(*(source_tag(id_) for id_ in federation.sources))
    info.context.entries.clear_all()


def refused(reasons: Sequence[Reason], kept: Registration | None = None) -> types.RegistrationRefused:
    """Why something cannot be, and what was kept of it."""
    return types.RegistrationRefused(
        reasons=types.reasons_shown(list(reasons)), registration=types.shown(kept) if kept else None
    )


def words(text: str | None, field: str) -> list[Reason]:
    """Why somebody's words cannot be kept."""
    if text is None or (len(text) <= LONGER["description"] and is_text(text)):
        return []
    if is_text(text):
        return [Reason(ReasonCode.TOO_LONG, f"Ce texte a plus de {LONGER['description']} caractères.", field)]
    return [Reason(ReasonCode.NOT_TEXT, "Ce texte contient des caractères qui ne se lisent pas.", field)]


def reason_of(refusal: Refusal | KeyReused) -> Reason:
    """A refusal of the store as the API tells it."""
    match refusal:
        case KeyReused():
            message = "Cette clé a déjà servi à une autre demande."
            return Reason(ReasonCode.KEY_REUSED, message, "idempotencyKey")
        case UnknownRegistration():
            return Reason(ReasonCode.UNKNOWN_REGISTRATION, "Cet enregistrement n’existe pas.", "id")
        case StaleRevision():
            return Reason(ReasonCode.STALE_REVISION, "Cet enregistrement a été modifié entre-temps.", "revision")
    return Reason(ReasonCode.WRONG_STATE, "L’état de cet enregistrement ne le permet pas.", "id")


async def _told(step: Awaitable[Registration], reasons: Sequence[Reason] = ()) -> RegistrationResult:
    try:
        registration = await step
    except (Refusal, KeyReused) as refusal:
        return refused([reason_of(refusal)])
    return refused(reasons, registration) if reasons else types.shown(registration)


def _wrong_decision(given: DecisionInput) -> list[Reason]:
    """What is wrong with a moderator's decision."""
    reasons = given.reasons or []
    wrong = words(given.comment, "comment")
    if given.decision is Decision.REFUSE and not reasons:
        wrong.append(Reason(ReasonCode.REQUIRED, REQUIRED_FIELD, "reasons"))
    if len(reasons) > len(BY_MODERATORS) * 4 or (given.decision is Decision.VALIDATE and reasons):
        wrong.append(Reason(ReasonCode.TOO_MANY, "Il y a trop de motifs.", "reasons"))
        return wrong
    for position, reason in enumerate(reasons):
        wrong += words(reason.message, f"reasons.{position}.message") + words(reason.field, f"reasons.{position}.field")
        if reason.code not in BY_MODERATORS:
            message = "Ce motif n’est pas de ceux qu’un modérateur donne."
            wrong.append(Reason(ReasonCode.WRONG_KIND, message, f"reasons.{position}.code"))
    return wrong


async def _unknown(info: Info, quoted: Sequence[tuple[str, str]]) -> list[Reason]:
    """The ids that are no record of another directory, as far as directories answer."""
    wrong = []
    for field, id_ in quoted:
        if not await _known(info, id_):
            wrong.append(Reason(ReasonCode.UNKNOWN_RECORD, "Cette fiche n’existe dans aucun annuaire.", field))
    return wrong


def _quoted(form: Form) -> list[tuple[str, str]]:
    """Every id that a form quotes, by its path."""
    own = [(f"sameAs.{i}", id_) for i, id_ in enumerate(form.same_as)]
    return own + [
        (f"places.{p}.sameAs.{i}", id_) for p, place in enumerate(form.places) for i, id_ in enumerate(place.same_as)
    ]


async def _known(info: Info, id_: str) -> bool:
    parsed = ids.parse(id_)
    if not isinstance(parsed, ids.StructureId) or parsed.source == info.context.federation.registrations.source:
        return False
    try:
        return await info.context.entries.load(id_) is not None
    except SourceError:
        return True  # its directory does not answer: a moderator will see
