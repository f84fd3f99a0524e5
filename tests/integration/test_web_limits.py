"""Nobody holds a socket of the web server for ever, and nobody keeps the others out: over raw sockets."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from bot.web.connections import Limits
from bot.web.server import WebServer

SHORT = Limits(head_seconds=0.4, idle_seconds=0.4, request_seconds=0.8, lingering_seconds=0.3, connections=5)
MUCH = 32 * 1024 * 1024
HEAD = b"GET / HTTP/1.1\r\nHost: x\r\n"


async def quick(request: web.Request) -> web.Response:
    return web.Response(text="here")


async def reading(request: web.Request) -> web.Response:
    return web.Response(text=str(len(await request.read())))


async def much(request: web.Request) -> web.Response:
    return web.Response(body=b"x" * MUCH)


async def slow(request: web.Request) -> web.Response:
    await asyncio.sleep(0.5)
    return web.Response(text="late")


@asynccontextmanager
async def served(limits: Limits = SHORT) -> AsyncIterator[WebServer]:
    routes = [web.get("/", quick), web.post("/", reading), web.get("/much", much), web.get("/slow", slow)]
    server = WebServer("127.0.0.1", 0, routes, limits)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


def held(server: WebServer) -> int:
    """Connections that are open on our side."""
    assert server._runner is not None
    assert server._runner.server is not None
    return len(server._runner.server.connections)


async def let_go(server: WebServer, within: float = 4.0) -> None:
    """Wait until no connection is open any more."""
    until = time.monotonic() + within
    while held(server):
        assert time.monotonic() < until, f"{held(server)} connections are still open"
        await asyncio.sleep(0.02)


async def drip(port: int, first: bytes, drop: bytes = b"", seconds: float = 4.0) -> float:
    """Send this and then a drop every 50 ms, until the other side has had enough; seconds that it took."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    begun = time.monotonic()
    writer.write(first)
    with contextlib.suppress(ConnectionError, TimeoutError):
        while time.monotonic() - begun < seconds:
            with contextlib.suppress(TimeoutError):
                if not await asyncio.wait_for(reader.read(4096), 0.05):
                    break
            writer.write(drop)
            await writer.drain()
    writer.close()
    return time.monotonic() - begun


@pytest.mark.parametrize(
    ("first", "drop"),
    [
        (b"", b""),
        (HEAD, b""),
        (HEAD, b"X-Y: z\r\n"),
        (b"G", b""),
        (HEAD + b"\r\n" + HEAD, b"a"),
        (HEAD + b"\r\n", b""),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n", b"x"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n", b"x"),
    ],
    ids=["silence", "an unfinished head", "a head without end", "one byte", "a second head without end", "idle after"
         " an answer", "a slow body", "slow chunks", "a body that nobody wanted"],
)  # fmt: skip
async def test_a_connection_that_leads_nowhere_is_ended(first: bytes, drop: bytes) -> None:
    async with served() as server:
        assert await drip(server.port, first, drop) < 3.0
        await let_go(server)


@pytest.mark.parametrize("requests", [1, 200], ids=["one", "many in a row"])
async def test_an_answer_that_nobody_reads_is_not_kept_for_ever(requests: int) -> None:
    async with served() as server:
        _, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1024)
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(b"GET /much HTTP/1.1\r\nHost: x\r\n\r\n" * requests)
        await asyncio.sleep(0.2)
        assert held(server) == 1
        await let_go(server)
        writer.transport.abort()


async def test_many_idle_sockets_keep_nobody_out() -> None:
    patient = Limits(head_seconds=60.0, connections=5)
    async with served(patient) as server, aiohttp.ClientSession() as session:
        idle = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(40)]
        for _ in range(3):
            reply = await session.get(f"http://127.0.0.1:{server.port}/", timeout=aiohttp.ClientTimeout(3))
            assert (reply.status, await reply.text()) == (200, "here")
        assert held(server) <= patient.connections + 1
        for _, writer in idle:
            writer.close()


async def test_those_that_are_being_answered_are_not_sent_away_for_others() -> None:
    async with served(Limits(connections=5)) as server:
        asking = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(5)]
        for _, writer in asking:
            writer.write(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        await asyncio.sleep(0.2)
        late, _ = await asyncio.open_connection("127.0.0.1", server.port)
        with contextlib.suppress(ConnectionError):
            assert await asyncio.wait_for(late.read(), 2) == b""
        for reader, writer in asking:
            assert (await asyncio.wait_for(reader.readuntil(b"late"), 2)).startswith(b"HTTP/1.1 200 OK")
            writer.close()


@pytest.mark.parametrize("drop", [b"", b"X-Y: z\r\n"], ids=["silence", "a head without end"])
async def test_the_first_head_has_less_time_than_an_idle_connection(drop: bytes) -> None:
    async with served(Limits(head_seconds=0.4, idle_seconds=60.0)) as server:
        assert await drip(server.port, HEAD, drop) < 3.0
        await let_go(server)


async def test_whoever_asks_slowly_but_in_time_is_answered_and_may_ask_again() -> None:
    async with served() as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        for _ in range(4):
            for part in (HEAD[:9], HEAD[9:], b"\r\n"):
                writer.write(part)
                await asyncio.sleep(0.05)
            assert (await reader.readuntil(b"here")).startswith(b"HTTP/1.1 200 OK")
            await asyncio.sleep(0.1)
        writer.close()


@pytest.mark.parametrize("path", ["/slow", "/nowhere"])
async def test_whoever_goes_away_before_the_answer_is_no_error_in_the_log(
    path: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with served() as server:
        for _ in range(3):
            _, writer = await asyncio.open_connection("127.0.0.1", server.port)
            # Reset and not closed, as a connection of a process that was killed.
            asked = writer.get_extra_info("socket")
            asked.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            await writer.drain()
            writer.transport.abort()
        await asyncio.sleep(0.7)
        await let_go(server)
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
