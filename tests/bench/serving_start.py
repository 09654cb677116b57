"""How long the hub takes from its start to its first answer, and what its workers hold while nobody asks."""

import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from serving_cases import BODY, Bar
from serving_process import CORES, Server, ask, free_port, memory, wait_for
from serving_report import Verdict, table

STARTS = 7
WORKERS = 2
QUESTIONS = 20
"""Asked of each worker before it is idle."""

FIRST = {"query": "{ priorities { code } axes { rank } }"}
STARTED = Bar("s to the first answer", 1.5, most=True)
IDLE = Bar("MiB held by an idle worker", 150, most=True)


def measure() -> list[Verdict]:
    """Start the hub some times, with its bytecode and its databases at hand, and print what that takes."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        with _hub(data, 1) as server:
            wanted = _first(server)
        took, cpu = [], []
        for _ in range(STARTS):
            began = time.monotonic()
            with _hub(data, 1) as server:
                wait_for(server, "/graphql", FIRST, wanted)
                took.append(time.monotonic() - began)
                cpu.append(server.cpu())
        with _hub(data, WORKERS) as server:
            _first(server)
            workers = server.ids()[1:]
            fresh = [memory(id_, "VmRSS") for id_ in workers]
            for _ in range(QUESTIONS * WORKERS):
                ask(server.port, "/graphql", BODY)
            idle = [memory(id_, "VmRSS") for id_ in workers]
    verdicts = [Verdict("start, median", STARTED, median(took)), Verdict("memory", IDLE, max(idle))]
    judged = [f"{v.bar}: {'holds' if v.holds else 'FAILS'}" for v in verdicts]
    rows = [
        ("start to first answer, least", f"{min(took):.2f} s", ""),
        (f"start to first answer, median of {STARTS}", f"{median(took):.2f} s", judged[0]),
        ("CPU of that, median", f"{median(cpu):.2f} s", ""),
        (f"largest of {WORKERS} workers, never asked", f"{max(fresh):.0f} MiB", ""),
        (f"largest of {WORKERS} workers, asked before", f"{max(idle):.0f} MiB", judged[1]),
    ]
    table(("hub1000 serve", "found", "bar"), rows)
    return verdicts


def _hub(data: Path, workers: int) -> Server:
    port = free_port()
    options = ["--port", str(port), "--data", str(data), "--workers", str(workers)]
    command = [sys.executable, "-m", "hub.cli", "serve", *options]
    return Server(command, port=port, cores=set(CORES), log=data / "log.txt")


def _first(server: Server) -> object:
    """Its first answer, whenever that comes."""
    while True:
        try:
            return ask(server.port, "/graphql", FIRST)
        except OSError:
            assert server.running, "the hub does not start"
            time.sleep(0.01)
