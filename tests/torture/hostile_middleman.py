"""A middleman in front of a provider's stand-in: what no well-meant server sends, streamed and bounded.

It passes requests on as they are until something is scripted. Nothing here holds more than a chunk in memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp import web

from sandbox.providers.standin import reset

Json = dict[str, Any]
Trick = Callable[[web.Request], Awaitable[web.StreamResponse]]
MIB = 1024 * 1024
HOP = {"content-length", "transfer-encoding", "content-encoding", "connection", "date", "server"}


@dataclass(slots=True)
class Played:
    """A trick for requests whose "METHOD /path" begins with `start`, played so many times."""

    start: str
    trick: Trick
    times: int


class Middleman:
    """Listens on a port of its own; `url` is what the bot is told, `target` the stand-in behind it."""

    def __init__(self) -> None:
        self.target = ""
        self.url = ""
        self.alter: Callable[[Json], Json] | None = None
        self.sent = 0
        self._tricks: list[Played] = []
        self._runner: web.AppRunner | None = None
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 * MIB)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._session = aiohttp.ClientSession(auto_decompress=False)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def play(self, start: str, trick: Trick, times: int = 1) -> None:
        """Answer the next requests that begin like this with a trick."""
        self._tricks.append(Played(start, trick, times))

    def calm(self) -> None:
        """Pass everything on again."""
        self._tricks.clear()
        self.alter = None
        self.sent = 0

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        try:
            return await self._answer(request)
        except (aiohttp.ClientError, ConnectionError):  # a line that breaks behind us breaks before us
            reset(request)
            return web.Response(status=499)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        line = f"{request.method} {request.path}"
        for played in self._tricks:
            if played.times > 0 and line.startswith(played.start):
                played.times -= 1
                return await played.trick(request)
        return await self.pass_on(request)

    async def pass_on(self, request: web.Request) -> web.StreamResponse:
        """The stand-in's own answer."""
        assert self._session is not None
        headers = {key: value for key, value in request.headers.items() if key.lower() not in {"host", *HOP}}
        body = await request.read()
        async with self._session.request(
            request.method, self.target + request.raw_path, data=body or None, headers=headers, allow_redirects=False
        ) as answer:
            raw = await answer.read()
            if self.alter is not None and answer.status == 200 and answer.content_type == "application/json":
                raw = json.dumps(self.alter(json.loads(raw))).encode()
            kept = {key: value for key, value in answer.headers.items() if key.lower() not in HOP}
            return web.Response(status=answer.status, body=raw, headers=kept)

    # -- tricks ------------------------------------------------------------------------------------------------------

    def flood(
        self, size: int, *, announced: int | None = None, kind: str = "application/json", head: bytes = b""
    ) -> Trick:
        """A body of so many bytes, or until the other side has had enough; `announced` is its Content-Length."""

        async def trick(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse(headers={"Content-Type": kind})
            response.content_length = announced
            await response.prepare(request)
            chunk = b" " * (64 * 1024)
            with contextlib.suppress(ConnectionError):  # the other side has had enough
                await response.write(head)
                for _ in range(size // len(chunk)):
                    await response.write(chunk)
                    self.sent += len(chunk)
            reset(request)
            return response

        return trick

    def bomb(self, size: int) -> Trick:
        """A small gzip body that unpacks to so many bytes."""

        async def trick(request: web.Request) -> web.StreamResponse:
            packer, parts = zlib.compressobj(9, zlib.DEFLATED, 31), []
            for _ in range(size // MIB):
                parts.append(await asyncio.to_thread(packer.compress, b" " * MIB))
            body = b"".join([*parts, packer.flush()])
            self.sent += len(body)
            headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
            return web.Response(body=body, headers=headers)

        return trick

    def drip(self, seconds: float, *, headers: bool = False) -> Trick:
        """One byte now and then, of the body or of the head, for so long at most."""

        async def trick(request: web.Request) -> web.StreamResponse:
            transport = request.transport
            assert transport is not None
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            transport.write(head + (b"X-Slow: " if headers else b"Content-Length: 1000000\r\n\r\n{"))
            for _ in range(int(seconds / 0.2)):
                if transport.is_closing():
                    break
                transport.write(b" ")
                await asyncio.sleep(0.2)
            reset(request)
            return web.Response(status=499)

        return trick

    def endless_head(self, size: int) -> Trick:
        """Header after header, each of a size that is allowed."""

        async def trick(request: web.Request) -> web.StreamResponse:
            transport = request.transport
            assert transport is not None
            transport.write(b"HTTP/1.1 200 OK\r\n")
            line = b": ".join([b"X-More", b"a" * 4000]) + b"\r\n"
            for _ in range(size // len(line)):
                if transport.is_closing():
                    break
                transport.write(line)
                self.sent += len(line)
                waited = 0
                while transport.get_write_buffer_size() > MIB and waited < 1500:
                    waited += 1
                    await asyncio.sleep(0.02)
            reset(request)
            return web.Response(status=499)

        return trick

    def say(self, body: bytes, status: int = 200, kind: str = "video/mp4", encoding: str = "") -> Trick:
        """A short answer."""
        packed = {"Content-Encoding": encoding} if encoding else {}

        async def trick(_request: web.Request) -> web.StreamResponse:
            return web.Response(status=status, body=body, headers={"Content-Type": kind, **packed})

        return trick

    def send_on(self, location: str) -> Trick:
        """A redirect."""

        async def trick(_request: web.Request) -> web.StreamResponse:
            return web.Response(status=302, headers={"Location": location})

        return trick

    def link(self, path: str) -> str:
        """An address at this middleman."""
        return f"{self.url}/{path}"
