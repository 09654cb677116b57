"""The same work done by other gateways: a page of structures, each with its childcare and its health record.

Three calls of REST directories a query, 23 KB an answer. A gateway is measured once it has given exactly the right
answer to some pages; what it does in subgraphs counts as its own work. No two clients ask the same page at the same
time, since this hub would answer both by the work for one; only those that keep answers are asked a few pages in turn.
"""

import sys
import tempfile
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any, Final

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "peers"))

import gateways  # noqa: E402  # of the folder peers, which is no package
from gateways import GRAFBASE_, HIVE, HUB, HUB_CACHED, STRAWBERRY, YOGA, Gateway  # noqa: E402
from serving_cases import Bar  # noqa: E402
from serving_process import ASKING, Run, Server, ask, measure, python, wait_for  # noqa: E402
from serving_report import Verdict, ratio, table  # noqa: E402
from serving_rows import PAGE, PAGES, ROWS, board  # noqa: E402

SHARES: Final = {HIVE: 5.0, GRAFBASE_: 3.0, YOGA: 2.0, STRAWBERRY: 12.0}
"""How many times our CPU a query, and our rate the other way round, a gateway must be away from us at the least."""

USUAL: Final = 16
MANY: Final = 64
CONNECTIONS: Final = (1, USUAL, MANY)
LATENCIES: Final = (0, 20)
CHECKED: Final = (0, 1, 37, PAGES - 1)
MANY_ROWS: Final = 1_000
GROWING: Final = "this hub, answers of other sizes"

CALLS: Final = 3
"""Calls of directories that a page takes when nothing is kept."""

UNSHARED: Final = 0.99
"""Share of them that must have been made for what is measured."""


@dataclass(frozen=True)
class Key:
    """What one run was of."""

    gateway: str
    latency: int
    connections: int


@dataclass(frozen=True)
class Done:
    """One run, and the calls of directories that a query made in it."""

    run: Run
    calls: float


class Comparison:
    """The gateways under measurement, and what they were found to take."""

    def __init__(self, stack: ExitStack, folder: Path, warm: float) -> None:
        self._upstream = stack.enter_context(Server(python("serving_upstream.py"), cores=ASKING))
        url = f"http://127.0.0.1:{self._upstream.port}"
        self.gateways = list(gateways.python(url))
        self._subgraphs: list[Server] = []
        self.missing = gateways.missing()
        if self.missing is None:
            ports = gateways.free_ports(len(gateways.SUBGRAPHS))
            self._subgraphs = [stack.enter_context(_subgraphs(url, ports))]
            self.gateways += gateways.node(url, ports, folder)
        self.started: dict[str, float] = {}
        # answers of other sizes come from a process of their own: its peak of memory is that of other work
        self._growing = replace(self.gateways[0], name=GROWING, **_at(gateways.free_ports(1)[0], self.gateways[0]))
        self._servers = {one.name: self._start(stack, one, folder) for one in (*self.gateways, self._growing)}
        for one in self.gateways:
            self.measure(one, Key(one.name, 0, USUAL), warm)
        self.done: dict[Key, list[Done]] = defaultdict(list)
        self.grown: list[tuple[Run, Run]] = []

    def _start(self, stack: ExitStack, one: Gateway, folder: Path) -> Server:
        log = folder / f"{one.name}.log"
        server = Server(one.command, port=one.port, environment=one.environment, folder=gateways.HERE, log=log)
        stack.enter_context(server)
        try:
            self.started[one.name] = wait_for(server, one.path, gateways.body(PAGE, 0), board(0))
        except RuntimeError as error:
            raise RuntimeError(f"{one.name}: {error}") from None
        for page in CHECKED:
            if ask(one.port, one.path, gateways.body(PAGE, page * PAGE)) != board(page):
                raise RuntimeError(f"{one.name}: a wrong answer on page {page}")
        if one.cached:
            for page in range(PAGES):
                ask(one.port, one.path, gateways.body(PAGE, page * PAGE))
        return server

    def round(self, seconds: float) -> None:
        """Measure every gateway once in each way, in turn."""
        for latency in LATENCIES:
            for connections in CONNECTIONS:
                for one in self.gateways:
                    if not (one.cached and latency):
                        key = Key(one.name, latency, connections)
                        done = self.measure(one, key, seconds)
                        self.done[key].append(done)
                        if not one.cached:
                            _check_unshared(done)
        few, many = (self.measure(self._growing, Key(GROWING, 0, USUAL), seconds, rows) for rows in (PAGE, MANY_ROWS))
        _check_unshared(few, many)
        self.grown.append((few.run, many.run))

    def measure(self, one: Gateway, key: Key, seconds: float, rows: int = PAGE) -> Done:
        """One run."""
        servers = [self._servers[one.name], *(self._subgraphs if one.subgraphs else [])]
        step = PAGE if one.cached else 1  # pages that overlap are other pages
        requests = [gateways.request(one, rows, offset) for offset in range(0, ROWS - rows + 1, step)]
        before = ask(self._upstream.port, f"/_calls?latency={key.latency}")["calls"]
        run = measure(servers, requests, seconds, key.connections)
        return Done(run, (ask(self._upstream.port, "/_calls?latency=0")["calls"] - before) / run.answers)

    def runs(self, name: str, connections: int = USUAL, latency: int = 0) -> list[Run]:
        """The runs of one gateway."""
        return [done.run for done in self.done[Key(name, latency, connections)]]

    def calls(self, name: str, connections: int = USUAL) -> float:
        """The calls that one query of a gateway makes."""
        return median(done.calls for done in self.done[Key(name, 0, connections)])


def run(rounds: int, seconds: float, warm: float) -> list[Verdict]:
    """Measure and print."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        found = Comparison(stack, folder, warm)
        if found.missing:
            print(f"Only what is written in Python is compared: {found.missing}\n", flush=True)
        for _ in range(rounds):
            found.round(seconds)
        _show(found)
        verdicts = _verdicts(found)
    table(
        ("bar", "found", "wanted", ""), [(v.row + ", " + v.bar.of, f"{v.value:.3g}", v.bar, _word(v)) for v in verdicts]
    )
    return verdicts


def _check_unshared(*runs: Done) -> None:
    """RuntimeError when queries had less done for them than they would have alone: then they are not compared."""
    for done in runs:
        if done.calls < CALLS * UNSHARED:
            raise RuntimeError(f"{done.calls:.2f} calls a query, not {CALLS}: some were answered by others' work")


def _word(verdict: Verdict) -> str:
    return "holds" if verdict.holds else "FAILS"


def _at(port: int, one: Gateway) -> dict[str, Any]:
    """What a gateway needs to listen elsewhere."""
    return {"port": port, "environment": {**one.environment, "PORT": str(port)}}


def _subgraphs(url: str, ports: list[int]) -> Server:
    command, environment = gateways.subgraphs(url, ports)
    return Server(command, port=ports[0], environment=environment, folder=gateways.HERE)


def _show(found: Comparison) -> None:
    """One line for each gateway and way of asking."""
    rows = []
    for key, done in sorted(found.done.items(), key=lambda item: (item[0].latency, item[0].connections)):
        runs = [one.run for one in done]
        cpu, rate, p50, p99, peak = (
            median(getattr(run, figure) for run in runs) for figure in ("cpu", "rate", "p50", "p99", "peak")
        )
        calls = median(one.calls for one in done)
        figures = (f"{cpu * 1e3:.2f}", f"{rate:,.0f}", f"{p50:.1f}", f"{p99:.1f}", f"{calls:.2f}", f"{peak:.0f}")
        rows.append((key.gateway, key.latency, key.connections, *figures, f"{found.started[key.gateway]:.2f}"))
    head = ("gateway", "upstream ms", "clients", "ms CPU a query", "queries/s", "p50 ms", "p99 ms")
    table((*head, "upstream calls", "peak MiB", "cold start s"), rows)
    rows = []
    for size, runs in zip((PAGE, MANY_ROWS), zip(*found.grown, strict=True), strict=True):
        cpu, p99, peak = (median(getattr(run, figure) for run in runs) for figure in ("cpu", "p99", "peak"))
        rows.append((f"{size:,}", f"{cpu * 1e3:.2f}", f"{cpu / size * 1e6:.1f}", f"{p99:.1f}", f"{peak:.0f}"))
    table(("structures of this hub", "ms CPU a query", "us CPU a structure", "p99 ms", "peak MiB"), rows)


def _verdicts(found: Comparison) -> list[Verdict]:
    names = {one.name for one in found.gateways}
    hub = found.runs(HUB)
    verdicts = []
    for peer, times in SHARES.items():
        if peer in names:
            verdicts.append(Verdict(peer, Bar("x our CPU a query", times), ratio(found.runs(peer), hub)))
            verdicts.append(
                Verdict(peer, Bar("x our queries/s, ours over theirs", times), ratio(hub, found.runs(peer), "rate"))
            )
    peers = [one.name for one in found.gateways if one.name != HUB and not one.cached]
    best = min(median(run.p99 for run in found.runs(peer, MANY)) for peer in peers)
    p99 = median(run.p99 for run in found.runs(HUB, MANY)) / best
    verdicts.append(Verdict(f"{MANY} clients", Bar("p99, x the best peer's", 0.5, most=True), p99))
    for name in (HUB, HUB_CACHED):
        peak = max(run.peak for clients in CONNECTIONS for run in found.runs(name, clients))
        verdicts.append(Verdict(name, Bar("MiB at the peak", 150, most=True), peak))
    cached = [one.name for one in found.gateways if one.cached and one.name != HUB_CACHED]
    if cached:
        rate = max(median(run.rate for run in found.runs(peer)) for peer in cached)
        ours = median(run.rate for run in found.runs(HUB_CACHED))
        verdicts.append(Verdict("answers kept", Bar("x the best peer's queries/s", 3), ours / rate))
    fewest = min(found.calls(peer) for peer in peers)
    verdicts.append(
        Verdict(HUB, Bar("upstream calls a query", round(fewest, 2), most=True), round(found.calls(HUB), 2))
    )
    grown = ratio([many for _, many in found.grown], [few for few, _ in found.grown]) * PAGE / MANY_ROWS
    verdicts.append(Verdict(f"{MANY_ROWS:,} structures", Bar(f"x what one of {PAGE} costs", 1.2, most=True), grown))
    return verdicts
