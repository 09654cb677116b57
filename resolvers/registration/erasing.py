"""Erasure through the API: of a registration with all that it shows, or of an entry of any directory."""

from typing import Final

import strawberry

from connectors.links.forest import Forest
from connectors.records import Identifier
from connectors.registrations import Erasure, Registration, believed
from connectors.registrations.errors import RegistrationRefused as Refusal
from connectors.registrations.errors import UnknownRegistration
from connectors.registrations.numbers import numbers_of
from connectors.registry.fingerprints import naming
from resolvers.access import Role
from resolvers.federation import lookup
from resolvers.federation.entries import Entry
from resolvers.registration.refusals import REQUIRED_FIELD, Reason, ReasonCode
from resolvers.registration.steps import actor, changed, reason_of, refused, words
from resolvers.request import Info
from resolvers.types.registration import Erased, ErasureInput, ErasureResult

REASON: Final = "reason"


async def erase(info: Info, given: ErasureInput) -> ErasureResult:
    """Erase for good, at once. A moderator tells on what proof; nobody else erases what is not their own."""
    by = actor(info)
    if wrong := words(given.reason, REASON):
        return refused(wrong)
    if given.what.structure:
        info.context.caller.needs(Role.MODERATOR)
        if given.reason is None:
            return refused([Reason(ReasonCode.REQUIRED, REQUIRED_FIELD, REASON)])
        return await _structure(info, given.what.structure, given.reason)
    id_ = given.what.registration or ""
    registration = await info.context.federation.registrations.find(id_)
    if registration is None or not (by.moderates or registration.owner == by.account):
        return refused([reason_of(UnknownRegistration(id_))])
    if registration.owner != by.account and given.reason is None:
        return refused([Reason(ReasonCode.REQUIRED, REQUIRED_FIELD, REASON)])
    source = info.context.federation.registrations.source
    own = [f"{source}--{key}" for key in registration.published]
    numbers = [number for form in believed(registration, by) for number in numbers_of(form)]
    also = Erasure(ids=await _same(info, own, numbers))
    return await _erase(info, [registration], own, also, given.reason)


async def _structure(info: Info, id_: str, reason: str) -> ErasureResult:
    """Erase an entry: all its records, and the registrations that show it."""
    federation = info.context.federation
    entry: Entry | None = await info.context.entries.load(str(id_))
    if entry is None:
        message = "Cette fiche n’existe dans aucun annuaire."
        return refused([Reason(ReasonCode.UNKNOWN_RECORD, message, "what.structure")])
    store = federation.registrations
    records = list(entry.records)
    shown = await store.showing([record.key for record in records if record.source == store.source])
    also = Erasure(
        ids=tuple(dict.fromkeys((*(record.id for record in records), *entry.other_ids))),
        numbers=tuple(number for record in records for number in naming(record.identifiers)),
        tombstones=(entry.id,),
    )
    return await _erase(info, shown, [entry.id], also, reason)


async def _erase(
    info: Info, registrations: list[Registration], told: list[str], also: Erasure, reason: str | None
) -> ErasureResult:
    store = info.context.federation.registrations
    try:
        await store.erase([registration.id for registration in registrations], actor(info), also, reason=reason)
    except Refusal as refusal:
        return refused([reason_of(refusal)])
    changed(info)
    if info.context.accounts is not None:
        for owner in {registration.owner for registration in registrations}:
            if not await store.of_owner(owner):  # nothing of theirs is left that an account would be for
                await info.context.accounts.forget(owner)
    return Erased(ids=[strawberry.ID(id_) for id_ in told])


async def _same(info: Info, own: list[str], numbers: list[Identifier]) -> tuple[str, ...]:
    """The records of other directories that are known to be the same, also of what is not shown any more."""
    forest = Forest(await info.context.federation.linker.store.links_around(own))
    linked = {id_ for one in own for id_ in forest.members(one)}
    entries: list[Entry | None] = [
        *await info.context.entries.load_many(own),
        *await lookup.carriers(info.context.federation, numbers),
    ]
    shown = {id_ for entry in entries if entry for id_ in (entry.id, *entry.other_ids)}
    return tuple(sorted((linked | shown).difference(own)))
