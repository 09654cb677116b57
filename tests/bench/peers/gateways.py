"""The gateways that do the same work: how each is started, over which directories, and whether it keeps answers."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
GRAFBASE = MODULES / "@grafbase" / "cli-x86_64-unknown-linux-musl" / "grafbase"

HUB, HUB_CACHED = "this hub", "this hub, answers kept"
HIVE, HIVE_CACHED = "Hive Gateway + Mesh", "Hive Gateway + Mesh, answers kept"
APOLLO, APOLLO_CACHED = "Apollo Gateway + subgraphs", "Apollo Gateway + subgraphs, answers kept"
GRAFBASE_ = "Grafbase + subgraphs"
YOGA = "Yoga by hand"
STRAWBERRY = "Strawberry by hand"

SUBGRAPHS = ("registry", "childcare", "health")

QUERY = """query Board($limit: Int!, $offset: Int!) {
  structures(limit: $limit, offset: $offset) {
    id name category lat lng priorities actions
    address { street postcode city }
    childcare { id capacity openPlaces ageMinMonths ageMaxMonths phone waitingList updatedAt slots { day start end places } }
    health {
      id active name comment appointmentRequired telecom { system value } specialty { text }
      availableTime { daysOfWeek availableStartTime availableEndTime }
    }
  }
}"""


@dataclass(frozen=True)
class Gateway:
    """One way to serve the API. `subgraphs`: it asks these, which ask the directories; their work counts as its own."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    port: int
    path: str = "/graphql"
    subgraphs: bool = False
    cached: bool = False


def missing() -> str | None:
    """Why the gateways in Node cannot be compared here; None when they can."""
    if shutil.which("node") is None:
        return "there is no Node here"
    if not MODULES.is_dir():
        return f"their packages are not installed: npm ci --ignore-scripts in {HERE.name}/ (it needs npm's registry)"
    return None


def free_ports(count: int) -> list[int]:
    """Ports of the loopback interface that nobody listens on."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [one.getsockname()[1] for one in sockets]


def subgraphs(upstream: str, ports: Sequence[int]) -> tuple[list[str], dict[str, str]]:
    """The command of the three subgraphs, and its environment."""
    return ["node", "subgraphs.mjs"], {
        "UPSTREAM": upstream,
        "PORTS": ",".join(map(str, ports)),
        "NODE_ENV": "production",
    }


def python(upstream: str) -> Iterator[Gateway]:
    """This hub, and what is written by hand in Python."""
    for name, cache in ((HUB, "0"), (HUB_CACHED, "1")):
        (port,) = free_ports(1)
        environment = {"UPSTREAM": upstream, "PORT": str(port), "CACHE": cache}
        yield Gateway(name, [sys.executable, "app.py"], environment, port, cached=cache == "1")
    (port,) = free_ports(1)
    yield Gateway(STRAWBERRY, [sys.executable, "plain.py"], {"UPSTREAM": upstream, "PORT": str(port)}, port, "/")


def node(upstream: str, subgraph_ports: Sequence[int], folder: Path) -> Iterator[Gateway]:
    """The gateways in Node, and Grafbase where its binary runs; `folder` is for what they are composed to."""
    production = {"UPSTREAM": upstream, "NODE_ENV": "production"}
    (port,) = free_ports(1)
    yield Gateway(YOGA, ["node", "yoga.mjs"], {**production, "PORT": str(port)}, port)
    mesh = _made(
        folder / "mesh.graphql",
        ["node", "node_modules/.bin/mesh-compose", "-c", "mesh.config.mjs", "-o", str(folder / "mesh.graphql")],
        production,
    )
    for name, cache in ((HIVE, "0"), (HIVE_CACHED, "1")):
        (port,) = free_ports(1)
        hive = ["node", "node_modules/.bin/hive-gateway", "supergraph", str(mesh), "-c", "hive.config.mjs"]
        listen = ["--host", "127.0.0.1", "--port", str(port), "--fork", "1"]
        yield Gateway(name, [*hive, *listen], {**production, "CACHE": cache}, port, cached=cache == "1")
    supergraph = folder / "supergraph.graphql"
    supergraph.write_bytes(_output(["node", "compose.mjs"], subgraphs(upstream, subgraph_ports)[1]))
    for name, cache in ((APOLLO, "0"), (APOLLO_CACHED, "1")):
        (port,) = free_ports(1)
        environment = {**production, "SUPERGRAPH": str(supergraph), "PORT": str(port), "CACHE": cache}
        yield Gateway(name, ["node", "apollo.mjs"], environment, port, "/", subgraphs=True, cached=cache == "1")
    if GRAFBASE.exists():
        yield _grafbase(subgraph_ports, folder)


def _grafbase(subgraph_ports: Sequence[int], folder: Path) -> Gateway:
    """Its development server: the only one that the published package holds."""
    (port,) = free_ports(1)
    (folder / "grafbase.toml").write_text(f'[network]\nlisten_address = "127.0.0.1:{port}"\n')
    told = (
        f'[subgraphs.{name}]\nintrospection_url = "http://127.0.0.1:{at}/graphql"\n'
        for name, at in zip(SUBGRAPHS, subgraph_ports, strict=True)
    )
    (folder / "overrides.toml").write_text("".join(told))
    files = ["-c", str(folder / "grafbase.toml"), "-o", str(folder / "overrides.toml")]
    command = [str(GRAFBASE), "--home", str(folder), "dev", *files, "-p", str(port)]
    return Gateway(GRAFBASE_, command, {}, port, subgraphs=True)


def _made(file: Path, command: Sequence[str], environment: Mapping[str, str]) -> Path:
    _output(command, environment)
    assert file.exists(), f"{command} made nothing"
    return file


def _output(command: Sequence[str], environment: Mapping[str, str]) -> bytes:
    done = subprocess.run(command, cwd=HERE, env={**os.environ, **environment}, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.decode()[-2000:]}")
    return done.stdout


def body(limit: int, offset: int) -> dict[str, object]:
    """The request for a page."""
    return {"query": QUERY, "variables": {"limit": limit, "offset": offset}}


def request(gateway: Gateway, limit: int, offset: int) -> bytes:
    """The same, as it is sent."""
    content = json.dumps(body(limit, offset)).encode()
    lines = ("host: 127.0.0.1", "accept: application/json", "content-type: application/json")
    head = "\r\n".join((f"POST {gateway.path} HTTP/1.1", *lines, f"content-length: {len(content)}"))
    return head.encode() + b"\r\n\r\n" + content
