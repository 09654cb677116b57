"""The server stops: whoever reached it gets an answer, nobody else gets in."""

import asyncio
import socket

import pytest
from bounded_server import GET, Echo, Running, bounded
from eventually import eventually


def listens(server: Running) -> bool:
    return any(listening.is_serving() for listening in server.server.servers)


async def test_requests_in_flight_and_those_still_coming_are_answered() -> None:
    app = Echo()
    async with bounded(app, drain_seconds=30) as server:
        idle_reader, idle_writer = await server.connect(GET)
        await idle_reader.readuntil(b"\r\n\r\n")
        busy_reader, busy_writer = await server.connect(GET.replace(b"/ ", b"/wait "))
        await app.waiting.wait()

        stopping = asyncio.create_task(server.stop())
        await eventually(lambda: not listens(server))
        idle_writer.write(GET)
        assert (await idle_reader.readline()) == b"HTTP/1.1 200 OK\r\n"
        app.go.set()
        assert b"200 OK" in await busy_reader.read()
        idle_writer.close()
        busy_writer.close()
        await stopping


async def test_who_waits_to_be_accepted_is_answered() -> None:
    async with bounded(Echo()) as server:
        # This thread runs the server too: these connections are the kernel's until it goes on.
        clients = [socket.create_connection(server.address) for _ in range(5)]
        for client in clients:
            client.sendall(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        await server.stop()
        for client in clients:
            with client:
                client.settimeout(10)
                assert client.recv(1000).startswith(b"HTTP/1.1 200 OK")


async def test_idle_connections_are_closed_after_the_drain_and_new_ones_refused() -> None:
    async with bounded(Echo(), drain_seconds=0.05) as server:
        reader, writer = await server.connect()
        await eventually(lambda: len(server.server.server_state.connections) == 1)
        stopping = asyncio.create_task(server.stop())
        await eventually(lambda: not listens(server))

        with pytest.raises(ConnectionRefusedError):
            await server.connect()
        assert await reader.read() == b""
        writer.close()
        await stopping


async def test_a_connection_that_asks_while_draining_is_closed_after_its_answer() -> None:
    app = Echo()
    async with bounded(app, drain_seconds=0.05) as server:
        reader, writer = await server.connect()
        await eventually(lambda: len(server.server.server_state.connections) == 1)
        [connection] = server.server.server_state.connections
        connection.shutdown()
        writer.write(GET.replace(b"/ ", b"/wait "))
        await app.waiting.wait()
        await asyncio.sleep(0.06)  # the loop's clock, so that the drain has ended: what began is finished
        app.go.set()
        answer = await reader.read()
        writer.close()

    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert b"connection: close" in answer
