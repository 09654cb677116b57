"""The embedded sandbox: local servers that speak each directory's wire format over a fictitious world.

They are what the hub calls while no key is configured, and what its tests run against. Every name that they
give is marked "(fictif)" or "(fictive)".
"""

from functools import cached_property
from typing import Generic, TypeVar

from starlette.types import ASGIApp

from connectors.sandbox.agreement import Agreement
from connectors.sandbox.data_inclusion import DataInclusion
from connectors.sandbox.faults import Body, Fault, Faults, Faulty, Seen
from connectors.sandbox.fhir import AnnuaireSante
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
    """One local server: `app` is what to call, `faults` its switch and counters, `directory` what it is."""

    def __init__(self, directory: A) -> None:
        self.directory = directory
        self.faults = Faults()
        self.app: ASGIApp = Faulty(directory, self.faults)


class Sandbox:
    """One server for each way of reaching a directory. Nothing is drawn before it is asked."""

    def __init__(self) -> None:
        self.annuaire_sante = Server(AnnuaireSante())
        self.data_inclusion = Server(DataInclusion())
        self.agreement = Server(Agreement())

    @cached_property
    def world(self) -> World:
        """What the servers know."""
        return world()
