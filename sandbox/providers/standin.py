"""What both stand-ins do alike: listen, record, play faults, serve clips, answer /sandbox/*. No vendor's format."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import Any, ClassVar

import aiohttp
from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from sandbox.drawing.render import Renderer
from sandbox.providers.faults import Ending, Fault, FaultScript, Garbage, Route, parse_faults
from sandbox.providers.tasks import Charge, RequestRecord, Task, TaskBook

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
SECRET_HEADERS = frozenset({"authorization", "x-api-key", "cookie"})
MAX_BODY = 60 * 1024 * 1024
HTML = "<!doctype html><html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"
GARBAGE = {
    Garbage.HTML: ("text/html", HTML),
    Garbage.TRUNCATED: ("application/json", '{"success": true, "jobId": "3f1c'),
    # Deeper than any JSON reader's recursion limit.
    Garbage.NESTED: ("application/json", "[" * 100_000 + "]" * 100_000),
}


class Refusal(Exception):
    """An answer that is not the good one: status and JSON body as they go out."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body


class StandIn:
    """One provider's stand-in; subclasses add routes and say what an unknown path answers."""

    catalogue: ClassVar[Mapping[str, Fault]] = {}
    routes_of: ClassVar[Mapping[tuple[str, str], Route]] = {}

    def __init__(self, renderer: Renderer, render_seconds: float, clock: Callable[[], float] = time.time) -> None:
        self.faults = FaultScript()
        self.book = TaskBook(renderer, render_seconds, clock)
        self.requests: list[RequestRecord] = []
        self.url = ""
        self._runner: web.AppRunner | None = None

    @property
    def tasks(self) -> dict[str, Task]:
        """Every task by id, oldest first."""
        return self.book.tasks

    @property
    def charges(self) -> list[Charge]:
        """What was charged and given back, in order."""
        return self.book.charges

    @property
    def completed_at(self) -> dict[str, float]:
        """When each ended task ended."""
        return self.book.completed_at

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Add the provider's own paths."""
        raise NotImplementedError

    def unknown_path(self, status: int) -> Refusal:
        """The provider's answer to a path or method it does not have."""
        raise NotImplementedError

    def answer_headers(self) -> dict[str, str]:
        """Headers that every answer carries."""
        return {}

    async def start(self, host: str, port: int) -> None:
        """Listen; port 0 takes a free one. `url` is set afterwards."""
        app = web.Application(middlewares=[self._front], client_max_size=MAX_BODY)
        app.router.add_get("/files/{task_id}.mp4", self._file)
        app.router.add_get("/sandbox/ledger", self._ledger)
        app.router.add_route("*", "/sandbox/faults", self._faults)
        self.add_routes(app.router)
        self.book.session = aiohttp.ClientSession()
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        self.url = f"http://{host}:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        """Stop listening and forget work in progress."""
        await self.book.close()
        if self._runner is not None:
            await self._runner.cleanup()
        if self.book.session is not None:
            await self.book.session.close()

    @web.middleware
    async def _front(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/sandbox/"):
            return await handler(request)
        text = await self._note(request)
        route = self._route(request)
        fault = self.faults.for_request(route, text) if route is not None else None
        response = await (self._answer(request, handler) if fault is None else self._play(fault, request, handler))
        if not response.prepared:
            response.headers.update(self.answer_headers())
        return response

    def _route(self, request: web.Request) -> Route | None:
        if request.path.startswith("/uploads/"):
            return None
        if request.path.startswith("/files/"):
            return Route.FILE
        for (method, prefix), route in self.routes_of.items():
            if request.method == method and request.path.startswith(prefix):
                return route
        return Route.ANY

    async def _note(self, request: web.Request) -> str:
        # A multipart body is a stream: reading it here would leave nothing for its handler.
        text = "" if request.content_type.startswith("multipart/") else await request.text()
        try:
            body = json.loads(text) if text else None
        except (ValueError, RecursionError):
            body = None
        headers = {key: value for key, value in request.headers.items() if key.lower() not in SECRET_HEADERS}
        query, now = dict(request.query), self.book.clock()
        self.requests.append(RequestRecord(request.method, request.path, query, headers, body, now))
        return request.path + text

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except Refusal as refusal:
            return web.json_response(refusal.body, status=refusal.status)
        except web.HTTPClientError as error:
            unknown = self.unknown_path(error.status)
            return web.json_response(unknown.body, status=unknown.status)

    async def _play(self, fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
        answer = await self._answer(request, handler) if fault.effect else None
        await asyncio.sleep(fault.delay)
        if fault.reset:
            reset(request)
            return web.Response()
        if fault.garbage is not None:
            content_type, body = GARBAGE[fault.garbage]
            return web.Response(text=body, content_type=content_type)
        if fault.status is None:
            return answer if answer is not None else await self._answer(request, handler)
        if isinstance(fault.body, str):
            return web.Response(text=fault.body, status=fault.status, headers=fault.headers)
        return web.json_response(fault.body, status=fault.status, headers=fault.headers)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        task = self.tasks.get(request.match_info["task_id"])
        if task is None or task.clip is None or task.finished_at is None or task.outcome.ending is Ending.LINK_GONE:
            return web.Response(status=404, text="not found")
        match task.outcome.ending:
            case Ending.LINK_FORBIDDEN:
                return web.Response(status=403, text="expired")
            case Ending.CLIP_HTML:
                return web.Response(text=HTML, content_type="text/html")
            case Ending.CLIP_SHORT | Ending.LINK_CUT as ending:
                return await self._half(request, task, broken=ending is Ending.LINK_CUT)
        return web.FileResponse(task.clip, headers={"Content-Type": "video/mp4"})

    async def _half(self, request: web.Request, task: Task, *, broken: bool) -> web.StreamResponse:
        assert task.clip is not None
        data = await asyncio.to_thread(task.clip.read_bytes)
        half = data[: len(data) // 2]
        response = web.StreamResponse(headers={"Content-Type": "video/mp4"})
        response.content_length = len(data) if broken else len(half)
        await response.prepare(request)
        await response.write(half)
        if broken:
            # Let what was written leave first: a reset throws away what is still in the buffer.
            await asyncio.sleep(0.05)
            reset(request)
        else:
            await response.write_eof()
        return response

    async def _faults(self, request: web.Request) -> web.StreamResponse:
        if request.method == "POST":
            try:
                self.faults.add(*parse_faults(await request.json(), self.catalogue))
            except (ValidationError, ValueError) as error:
                return web.json_response({"error": str(error)}, status=400)
        elif request.method == "DELETE":
            self.faults.clear()
        waiting = TypeAdapter(tuple[Fault, ...]).dump_python(self.faults.waiting, mode="json")
        return web.json_response({"waiting": waiting, "catalogue": sorted(self.catalogue)})

    async def _ledger(self, request: web.Request) -> web.StreamResponse:
        now = self.book.clock()
        tasks = [
            {"task_id": t.task_id, "phase": t.phase(now), "prompt": t.wish.prompt, "finished_at": t.finished_at}
            for t in self.tasks.values()
        ]
        charges, requests = [asdict(c) for c in self.charges], [asdict(r) for r in self.requests]
        body = {"tasks": tasks, "charges": charges, "completed_at": self.completed_at, "requests": requests}
        return web.json_response(body)


def reset(request: web.Request) -> None:
    """Break a connection so that the other side sees a reset, not an orderly end."""
    if request.transport is None:
        return
    link = request.transport.get_extra_info("socket")
    if link is not None:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.transport.abort()


def base_url(request: web.Request) -> str:
    """Our address as the caller knows it, so that links work through a port mapping too."""
    return f"{request.scheme}://{request.host}"
