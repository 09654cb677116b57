"""The embedded sandbox: local servers that speak each directory's wire format over a fictitious world.

They are what the hub calls while no key is configured, and what its tests run against. Every name that they
give is marked "(fictif)" or "(fictive)".
"""

import asyncio
from collections.abc import Callable
from functools import cached_property
from typing import Generic, TypeVar

from starlette.types import ASGIApp, Receive, Scope, Send

from connectors.sandbox.agreement import Agreement
from connectors.sandbox.data_inclusion import DataInclusion
from connectors.sandbox.drawing import Drawing
from connectors.sandbox.faults import Body, Fault, Faults, Faulty, Seen
from connectors.sandbox.fhir import AnnuaireSante
from connectors.sandbox.inclusion_items import inclusion
from connectors.sandbox.library import library
from connectors.sandbox.places import Childcare, Establishment, Place, Professional, Way
from connectors.sandbox.registrations import actions, registrations
from connectors.sandbox.world import World, world

__all__ = [
    "Body",
    "Childcare",
    "Establishment",
    "Fault",
    "Faults",
    "Place",
    "Professional",
    "Sandbox",
    "Seen",
    "Server",
    "Way",
    "World",
    "actions",
    "registrations",
    "world",
]

A = TypeVar("A", bound=ASGIApp)


class Server(Generic[A]):
    """One local server: `app` is what to call, `faults` its switch and counters, `directory` what it is.

    `draw`: what must have been called before it can answer.
    """

    def __init__(self, directory: A, draw: Callable[[], object]) -> None:
        self.directory = directory
        self.drawing = Drawing(draw)
        self.faults = Faults()
        self.app: ASGIApp = Faulty(self._drawn, self.faults)

    async def _drawn(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.drawing.wait()
        await self.directory(scope, receive, send)


class Sandbox:
    """One server for each way of reaching a directory. Nothing is drawn before it is asked, or `drawing.begin()`."""

    def __init__(self) -> None:
        self.annuaire_sante = Server(AnnuaireSante(), library)
        self.data_inclusion = Server(DataInclusion(), inclusion)
        self.agreement = Server(Agreement(), world)

    @cached_property
    def world(self) -> World:
        """What the servers know."""
        return world()

    async def aclose(self) -> None:
        """Return when nothing is being drawn any more."""
        servers = (self.annuaire_sante, self.data_inclusion, self.agreement)
        await asyncio.gather(*(server.drawing.finish() for server in servers))
