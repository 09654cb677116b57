from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from annuaire_server import AnnuaireServer, public_examples

from connectors.annuaire_sante import AnnuaireSante, Settings, plugin
from connectors.contract import Context

Connect = Callable[..., AnnuaireSante]


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """Builds connectors onto a server, as the hub does, and closes them."""
    built: list[AnnuaireSante] = []

    def make(server: Any, *, secret: str | None = None, **settings: Any) -> AnnuaireSante:
        context = Context(source="annuaire_sante", data=Path("unused"), secret=secret, sandbox=server)
        connector = plugin.build(Settings(**settings), context)
        assert isinstance(connector, AnnuaireSante)
        built.append(connector)
        return connector

    yield make
    for connector in built:
        await connector.aclose()


@pytest.fixture
def serve(connect: Connect) -> Callable[..., tuple[AnnuaireSante, AnnuaireServer]]:
    """A connector onto a server that holds these resources."""

    def make(resources: Iterable[Any], **options: Any) -> tuple[AnnuaireSante, AnnuaireServer]:
        server = AnnuaireServer(resources)
        return connect(server, **options), server

    return make


@pytest.fixture
def examples(serve: Any) -> tuple[AnnuaireSante, AnnuaireServer]:
    """A connector onto a server that holds the examples of the public profile."""
    connector, server = serve(public_examples())
    return connector, server
