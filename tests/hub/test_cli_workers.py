"""hub1000 serve --workers: several processes behind one address, with the same databases."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from hub.cli import main


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("HUB1000_")}
    return {**kept, "HUB1000_DATA": str(tmp_path / "data")}


def started(environment: dict[str, str], cwd: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "hub.cli", "serve", "--port", "0", *arguments]
    return subprocess.Popen(
        command, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.fixture
def workers(environment: dict[str, str], tmp_path: Path) -> Iterator[str]:
    process = started(environment, tmp_path, "--workers", "2")
    try:
        found = re.search(r"http://[\d.:]+", process.stdout.readline())
        assert found
        yield found[0]
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=30)
    levels = {json.loads(line)["level"] for line in errors.splitlines()}
    assert (process.returncode, levels) == (0, {"info"})


def test_workers_share_the_address_and_end_with_the_first_process(workers: str) -> None:
    for _ in range(6):  # a connection each, so that both are met
        answer = httpx.post(f"{workers}/graphql", json={"query": "{ sources { id } }"}, timeout=30)
        assert len(answer.json()["data"]["sources"]) == 4


def children(pid: int) -> set[int]:
    return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


def test_a_worker_that_dies_is_replaced(environment: dict[str, str], tmp_path: Path) -> None:
    process = started(environment, tmp_path, "--workers", "2")
    url = re.search(r"http://[\d.:]+", process.stdout.readline())[0]
    assert httpx.post(f"{url}/graphql", json={"query": "{ __typename }"}, timeout=30).status_code == 200
    before = children(process.pid)
    os.kill(min(before), signal.SIGKILL)

    while len(children(process.pid) - before) == 0 or min(before) in children(process.pid):
        assert process.poll() is None
    for _ in range(4):
        assert httpx.post(f"{url}/graphql", json={"query": "{ __typename }"}, timeout=30).status_code == 200

    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 0
    assert re.search(rf"worker {min(before)} died \(-9\) and is replaced", errors)


def refused(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address).close()
    except ConnectionRefusedError:
        return True
    return False


def test_once_all_stop_nobody_is_let_in_who_would_get_no_answer(environment: dict[str, str], tmp_path: Path) -> None:
    process = started(environment, tmp_path, "--workers", "2")
    url = re.search(r"http://[\d.:]+", process.stdout.readline())[0]
    address = ("127.0.0.1", int(url.rpartition(":")[2]))
    with httpx.Client(base_url=url, timeout=30) as kept:
        assert kept.post("/graphql", json={"query": "{ __typename }"}).status_code == 200
        process.send_signal(signal.SIGTERM)
        while not refused(address):
            assert process.poll() is None

        last = kept.post("/graphql", json={"query": "{ __typename }"})

    assert last.json() == {"data": {"__typename": "Query"}}
    process.communicate(timeout=30)
    assert process.returncode == 0


def test_a_change_in_one_worker_is_seen_by_the_others(
    workers: str, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    data = environment["HUB1000_DATA"]
    assert main(["admin", "create-key", "--data", data, "--role", "moderator", "--name", "essai"]) == 0
    key = capsys.readouterr().out.splitlines()[0]
    query = "query ($id: ID!) { structure(id: $id) { links { state } } }"
    found = (
        """{ structures(filter: { place: { commune: "21231" } }, first: 100) { nodes { id } coverage { status } } }"""
    )
    clients = [httpx.Client(base_url=workers, timeout=30) for _ in range(8)]  # kept alive: each stays with its worker
    try:
        for client in clients:
            nodes = client.post("/graphql", json={"query": found}).json()["data"]["structures"]["nodes"]
        ids = [node["id"] for node in nodes]
        a = next(id_ for id_ in ids if id_.startswith("annuaire_sante--"))
        b = next(id_ for id_ in ids if id_.startswith("registry_sandbox--"))

        def linked() -> list[int]:
            asked = {"query": query, "variables": {"id": a}}
            answers = [client.post("/graphql", json=asked).json() for client in clients]
            return [len(answer["data"]["structure"]["links"]) for answer in answers]

        linked()
        before = linked()
        mutation = (
            f'mutation {{ linkRecords(input: {{ a: "{a}", b: "{b}" }}) {{ ... on LinkDecided {{ link {{ id }} }} }} }}'
        )
        token = {"authorization": f"Bearer {key}"}
        told = clients[0].post("/graphql", json={"query": mutation}, headers=token).json()
        assert told["data"]["linkRecords"]["link"]["id"], json.dumps(told)

        for _ in range(100):  # the others look after some milliseconds
            after = linked()
            if min(after) > max(before):
                break
        assert min(after) > max(before)
        assert len(set(after)) == 1
    finally:
        for client in clients:
            client.close()


def test_a_worker_that_cannot_start_stops_all(environment: dict[str, str], tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    wrong = tmp_path / "wrong.json"
    wrong.write_text("nothing")
    os.mkfifo(manifest)  # the first process reads it until it is closed: its workers find another file
    (tmp_path / "hub.toml").write_text(f'[server]\nworkers = 2\ntrusted_documents = "{manifest}"\n')
    process = started(environment, tmp_path)
    with manifest.open("w") as first:
        first.write('{"a": "{ __typename }"}')
        wrong.replace(manifest)
    assert process.stdout.readline().startswith("hub1000 serves")
    _, errors = process.communicate(timeout=30)

    assert process.returncode == 1
    assert "a worker cannot start" in errors
    assert "server.trusted_documents" in errors


def test_what_is_wrong_is_told_once_before_any_worker_starts(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "registry.sqlite").write_bytes(b"this is not a database" * 100)

    process = started(environment, tmp_path, "--workers", "2")
    out, errors = process.communicate(timeout=30)

    assert (process.returncode, out) == (1, "")
    assert errors.startswith("hub1000: registry: ")
    assert len(errors.splitlines()) == 1


@pytest.mark.parametrize("number", ["0", "65", "x", "-1"])
def test_a_wrong_number_of_workers(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["serve", "--workers", number])

    assert stopped.value.code == 2
    assert "a number of processes is wanted (1 to 64)" in capsys.readouterr().err
