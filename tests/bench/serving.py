"""What serving an answer costs: CPU a request and requests a second, over loopback, against static bytes.

    python tests/bench/serving.py [--rounds N] [--seconds S] [--connections C]

One query of 20 structures with 23 fields each. The targets run behind the same uvicorn settings, all at once; the
others wait while one is measured, and every round measures each once, in turn. Figures are medians over the rounds:

    us CPU       CPU of the server's process for one request, user and system (clock ticks: take 2 seconds at least)
    requests/s   with a load generator in a process of its own: on a machine whose other cores are busy it is the bound
    of static    share of the rate, by CPU, of a server that sends the same response, headers and all, to the same
                 request without a thought: 100 % is that floor. "Bare" sends two headers only, and takes in no body
    x plain      how many times less CPU than Strawberry's own ASGI application takes for the same query

Quote ratios of one run, never times of two machines.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from statistics import median
from urllib.parse import quote

HERE = Path(__file__).parent
TICKS = os.sysconf("SC_CLK_TCK")

QUERY = """query Nearby($first: Int!) {
  structures(filter: { place: { near: { latitude: 47.322, longitude: 5.041, radiusMeters: 10000 } } }, first: $first) {
    nodes {
      id name otherNames kind description languages
      category { code text }
      address { street postalCode city inseeCode }
      position { latitude longitude }
      contact { phone email }
      priorities { priority { code } }
    }
  }
}"""
VARIABLES = {"first": 20}


@dataclass(frozen=True)
class Case:
    """One row of the table: which server is asked, and with which requests."""

    name: str
    target: str
    requests: list[bytes]
    status: str = "200"


class Server:
    """One target in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        assert process.stdout
        self.port = int(process.stdout.readline())

    def cpu(self) -> float:
        """Seconds of CPU used so far, user and system."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


@contextmanager
def server(target: str, file: Path) -> Iterator[Server]:
    command = [sys.executable, str(HERE / "serving_targets.py"), target, str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Server(process)
        finally:
            process.terminate()


def post(body: object) -> bytes:
    content = json.dumps(body).encode()
    head = f"POST /graphql HTTP/1.1\r\nhost: x\r\naccept: application/json\r\ncontent-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
    return head.encode() + content


def get(parameters: dict[str, str], *headers: str) -> bytes:
    url = "&".join(f"{name}={quote(value)}" for name, value in parameters.items())
    lines = "".join(f"{header}\r\n" for header in headers)
    return f"GET /graphql?{url} HTTP/1.1\r\nhost: x\r\naccept: application/json\r\n{lines}\r\n".encode()


def ask(server: Server, *, by_get: bool) -> tuple[str, dict[str, str]]:
    """The answer as a client gets it, and its headers: asked until nothing is loading any more."""
    url = f"http://127.0.0.1:{server.port}/graphql"
    content = json.dumps({"query": QUERY, "variables": VARIABLES}).encode()
    if by_get:
        url += f"?query={quote(QUERY)}&variables={quote(json.dumps(VARIABLES))}"
    headers = {"accept": "application/json", "content-type": "application/json"}
    for _ in range(3):
        request = urllib.request.Request(url, None if by_get else content, headers)  # noqa: S310  # loopback
        with urllib.request.urlopen(request) as response:  # noqa: S310  # loopback
            body, told = response.read().decode(), {k.lower(): v for k, v in response.headers.items()}
    return body, {k: v for k, v in told.items() if k not in {"date", "connection"}}


def cases(etag: str) -> list[Case]:
    body = {"query": QUERY, "variables": VARIABLES}
    posted = [post(body)]
    hash_ = sha256(QUERY.encode()).hexdigest()
    extensions = json.dumps({"persistedQuery": {"version": 1, "sha256Hash": hash_}}, separators=(",", ":"))
    whole = {"query": QUERY, "variables": json.dumps(VARIABLES)}
    by_hash = {"extensions": extensions, "variables": json.dumps(VARIABLES)}
    # questions that are made of the same rows and are not the same: none is shared between connections
    different = [post({**body, "extensions": {"n": n}}) for n in range(64)]
    return [
        Case("bare static bytes, POST", "bare", posted),
        Case("static bytes, POST", "static", posted),
        Case("cached answer, POST", "hub", posted),
        Case("bare static bytes, GET", "bare", [get(by_hash)]),
        Case("static bytes, GET", "static", [get(by_hash)]),
        Case("cached answer, GET by hash", "hub", [get(by_hash)]),
        Case("static bytes, GET whole", "static", [get(whole)]),
        Case("cached answer, GET whole", "hub", [get(whole)]),
        Case("not modified (304)", "hub", [get(by_hash, f"if-none-match: {etag}")], "304"),
        Case("warm rows, not cached", "uncached", different),
        Case("plain Strawberry", "plain", posted),
    ]


def measure(case: Case, server: Server, seconds: float, connections: int) -> tuple[float, float]:
    """CPU seconds of one request, and requests a second."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"\n====\n".join(case.requests))
        file.flush()
        arguments = [str(server.port), str(seconds), str(connections), file.name]
        before = server.cpu()
        told = subprocess.run(
            [sys.executable, str(HERE / "serving_load.py"), *arguments], stdout=subprocess.PIPE, check=True, text=True
        )
    spent = server.cpu() - before
    found = json.loads(told.stdout)
    assert set(found["statuses"]) == {case.status}, f"{case.name}: {found}"
    return spent / found["answers"], found["answers"] / seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--connections", type=int, default=8)
    asked = parser.parse_args()
    with ExitStack() as stack, tempfile.NamedTemporaryFile("w") as file:
        servers = {name: stack.enter_context(server(name, Path(file.name))) for name in ("hub", "uncached", "plain")}
        (answer, got), (_, posted) = (ask(servers["hub"], by_get=by_get) for by_get in (True, False))
        for name, other in servers.items():
            told = json.loads(ask(other, by_get=True)[0])
            assert told == json.loads(answer), f"{name} answers something else: {told}"[:600]
        assert len(json.loads(answer)["data"]["structures"]["nodes"]) == VARIABLES["first"]
        json.dump({"body": answer, "headers": {"GET": got, "POST": posted}}, file)
        file.flush()
        servers |= {name: stack.enter_context(server(name, Path(file.name))) for name in ("static", "bare")}
        register(servers["hub"])
        figures: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for _ in range(asked.rounds):
            for case in cases(got["etag"]):
                figures[case.name].append(measure(case, servers[case.target], asked.seconds, asked.connections))
    show(len(answer.encode()), figures)


def register(server: Server) -> None:
    """Have the hub know the document by its hash."""
    hash_ = sha256(QUERY.encode()).hexdigest()
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": hash_}}
    content = json.dumps({"query": QUERY, "variables": VARIABLES, "extensions": extensions}).encode()
    url = f"http://127.0.0.1:{server.port}/graphql"
    request = urllib.request.Request(url, content, {"content-type": "application/json"})
    with urllib.request.urlopen(request) as response:  # noqa: S310  # loopback
        assert "errors" not in json.load(response)


def show(size: int, figures: dict[str, list[tuple[float, float]]]) -> None:
    cpu = {name: median(cpu for cpu, _ in runs) for name, runs in figures.items()}
    rate = {name: median(rate for _, rate in runs) for name, runs in figures.items()}
    print(f"answer of {size:,} bytes\n")
    print("| path | us CPU | requests/s | of static | x plain |\n|---|---:|---:|---:|---:|")
    for name in figures:
        kind = (
            "POST" if "POST" in name or "plain" in name or "warm" in name else "GET whole" if "whole" in name else "GET"
        )
        share, times = cpu[f"static bytes, {kind}"] / cpu[name], cpu["plain Strawberry"] / cpu[name]
        print(f"| {name} | {cpu[name] * 1e6:,.0f} | {rate[name]:,.0f} | {share:.0%} | {times:,.1f} |")


if __name__ == "__main__":
    main()
