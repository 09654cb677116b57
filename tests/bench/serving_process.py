"""A server that is measured: its processes, the CPU and memory they take, and what a load gets from it."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Self

from serving_load import SEPARATOR

HERE = Path(__file__).parent
TICKS = os.sysconf("SC_CLK_TCK")

READY_SECONDS = 90.0
"""The longest that a server may take to its first answer."""

CORES = sorted(os.sched_getaffinity(0))
SERVING, ASKING = ({CORES[0]}, set(CORES[1:])) if len(CORES) > 1 else (set(CORES), set(CORES))
"""Cores: what is measured has one of its own, whatever its number of threads; load and directories have the others."""


@dataclass(frozen=True)
class Run:
    """What one load gave: CPU in seconds an answer, times in milliseconds, memory in MiB."""

    answers: int
    rate: float
    cpu: float
    p50: float
    p99: float
    peak: float


class Server:
    """A server in a process of its own, with all that it starts. `port`: None when it prints it on its first line."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        port: int | None = None,
        environment: Mapping[str, str] | None = None,
        folder: Path = HERE,
        cores: set[int] = SERVING,
        log: Path | None = None,
    ) -> None:
        self._log = log
        before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, cores)  # a process begins on the cores of the one that starts it
        try:
            with log.open("wb") if log else open(os.devnull, "wb") as output:
                self._process = subprocess.Popen(
                    command,
                    stdout=subprocess.PIPE if port is None else output,
                    stderr=None if log is None else output,
                    cwd=folder,
                    env={**os.environ, **(environment or {})},
                    start_new_session=True,
                )
        finally:
            os.sched_setaffinity(0, before)
        self.port = port if port is not None else self._told()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()

    def _told(self) -> int:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("a server ended before it listened: see above")
        return int(line)

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    @property
    def said(self) -> str:
        """The end of its log."""
        return self._log.read_text(errors="replace")[-1_000:] if self._log else ""

    def ids(self) -> list[int]:
        """Its process and all their descendants."""
        children: dict[int, list[int]] = defaultdict(list)
        for id_ in (int(name) for name in os.listdir("/proc") if name.isdigit()):
            if stat := _stat(id_):
                children[int(stat[1])].append(id_)
        found, todo = [], [self._process.pid]
        while todo:
            found.append(todo.pop())
            todo += children[found[-1]]
        return found

    def cpu(self) -> float:
        """Seconds of CPU used so far, user and system."""
        stats = (_stat(id_) for id_ in self.ids())
        return sum(int(stat[11]) + int(stat[12]) for stat in stats if stat) / TICKS

    def peak(self) -> float:
        """MiB that its processes have held at the most."""
        return sum(memory(id_, "VmHWM") for id_ in self.ids())


def _stat(id_: int) -> list[str]:
    try:
        return Path(f"/proc/{id_}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # it is gone
        return []


def memory(id_: int, what: str) -> float:
    """MiB that a process holds (`VmRSS`), or has held at the most (`VmHWM`); 0 when it is gone."""
    try:
        found = re.search(rf"{what}:\s+(\d+)", Path(f"/proc/{id_}/status").read_text())
    except OSError:
        return 0.0
    return int(found[1]) / 1024 if found else 0.0


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def python(file: str, *arguments: object) -> list[str]:
    """The command that runs a file of this folder."""
    return [sys.executable, str(HERE / file), *map(str, arguments)]


def ask(port: int, path: str, body: object | None = None) -> Any:
    """One answer, decoded; OSError while nobody listens."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        headers = {"content-type": "application/json", "accept": "application/json"}
        connection.request("GET" if body is None else "POST", path, body and json.dumps(body), headers)
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


def wait_for(server: Server, path: str, body: object, wanted: object) -> float:
    """Seconds until a server gives the answer that is wanted; RuntimeError when it never does."""
    start, told = monotonic(), None
    while monotonic() - start < READY_SECONDS and server.running:
        try:
            told = ask(server.port, path, body)
        except (OSError, ValueError, http.client.HTTPException):
            told = None
        if told == wanted:
            return monotonic() - start
        sleep(0.005)
    state = "runs" if server.running else "has ended"
    raise RuntimeError(f"no right answer, but {str(told)[:600]}; it {state} and says: {server.said}")


def measure(
    servers: Sequence[Server], requests: Sequence[bytes], seconds: float, connections: int, status: str = "200"
) -> Run:
    """Load the first of some servers; what they all do counts."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(SEPARATOR.join(requests))
        file.flush()
        command = python("serving_load.py", servers[0].port, seconds, connections, file.name)
        before = sum(server.cpu() for server in servers)
        cores = os.sched_getaffinity(0)
        os.sched_setaffinity(0, ASKING)
        try:
            told = subprocess.run(command, stdout=subprocess.PIPE, check=True)
        finally:
            os.sched_setaffinity(0, cores)
    spent = sum(server.cpu() for server in servers) - before
    found = json.loads(told.stdout)
    if set(found["statuses"]) != {status}:
        raise RuntimeError(f"answers have the statuses {found['statuses']}, not {status} alone")
    answers = found["answers"]
    peak = sum(server.peak() for server in servers)
    return Run(answers, answers / found["seconds"], spent / answers, found["p50"], found["p99"], peak)
