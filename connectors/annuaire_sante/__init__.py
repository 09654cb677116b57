"""The Annuaire Santé: the machine form of sante.fr, as a FHIR R4 API of the Agence du Numérique en Santé."""

from typing import Annotated

from msgspec import Meta, Struct

from connectors.annuaire_sante.connector import AnnuaireSante
from connectors.contract import (
    Context,
    InCommunes,
    InDepartement,
    Plugin,
    PractisingAt,
    SourceInfo,
    SourceKind,
    WithIdentifiers,
)
from connectors.http import HttpDoor

__all__ = ["AnnuaireSante", "Settings", "build", "plugin"]


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """The table of this source in hub.toml; the key comes from the environment.

    `page_size`: matches a page (`_count`), 200 at most as the documentation asks. `calls_per_second`: 17 at
    most for an application. `connections`: calls in flight at once.
    """

    base_url: str = "https://gateway.api.esante.gouv.fr/fhir/v2"
    page_size: Annotated[int, Meta(ge=1, le=200)] = 200
    calls_per_second: Annotated[float, Meta(gt=0, le=17)] = 17
    connections: Annotated[int, Meta(ge=1)] = 8


def build(settings: Settings, context: Context) -> AnnuaireSante:
    """The connector, with its key sent in the header ESANTE-API-KEY of every call, page links included."""
    key = context.secret or ("sandbox" if context.sandbox is not None else None)
    door = HttpDoor.of(
        context,
        settings.base_url,
        headers={"accept": "application/fhir+json", **({"ESANTE-API-KEY": key} if key else {})},
        calls_per_second=settings.calls_per_second,
        connections=settings.connections,
    )
    info = SourceInfo(
        id=context.source,
        name="Annuaire Santé (sante.fr)",
        kind=SourceKind.REFERENCE_DIRECTORY,
        institution="Agence du Numérique en Santé",
        url="https://www.sante.fr",
        licence="Licence Ouverte 2.0",
        sandbox=context.sandbox is not None,
        asks=frozenset({InCommunes, InDepartement, WithIdentifiers, PractisingAt}),
        narrows=True,
        batch_size=40,
        communes_per_call=20,
        concurrency=4,
        calls_per_second=settings.calls_per_second,
        ttl=300,
    )
    return AnnuaireSante(info, door, page_size=settings.page_size)


plugin = Plugin(Settings, build)
