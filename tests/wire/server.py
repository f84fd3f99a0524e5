"""Wire: the simulated Discord on a socket. Authentication, faults and the record of requests; rules are elsewhere."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from aiohttp import web
from aiohttp.typedefs import Handler

from sandbox.providers.standin import reset
from tests.wire import refusals
from tests.wire.bodies import Body, read_body
from tests.wire.callbacks import Callbacks
from tests.wire.changes import Changes
from tests.wire.control import Control
from tests.wire.faults import Fault, FaultScript
from tests.wire.gateway import Gateway
from tests.wire.interactions import Interactions
from tests.wire.ledger import Ledger, RequestRecord
from tests.wire.messages import Messages
from tests.wire.rest import BASE, BODY, Rest, answer
from tests.wire.things import Flag, Message
from tests.wire.world import World

Witness = Callable[[str, str, Any, int, Any], None]
"""Told of each exchange: method, path, what was sent as JSON, status, what was answered as JSON."""

MAX_BODY = 600 * 1024 * 1024
OPEN = ("/interactions/", "/webhooks/")
"""Paths whose token is in them."""
LIMITS = {"X-RateLimit-Limit": "50", "X-RateLimit-Remaining": "49", "X-RateLimit-Reset-After": "1.000"}


class Wire:
    """`async with Wire() as wire:` listens on a free port; point DISCORD_API_URL at `wire.api_url`.

    `world` is what exists, `interactions` lets members act, `changes` lets owners act, `faults` and `gateway` make
    trouble, `ledger` is what came in.
    """

    def __init__(self, world: World | None = None, *, heartbeat_seconds: float = 41.25, shards: int = 1) -> None:
        self.world = world or World.standard()
        self.faults = FaultScript()
        self.ledger = Ledger()
        self.gateway = Gateway(self.world, heartbeat_seconds=heartbeat_seconds, shards=shards)
        self.messages = Messages(self.world)
        self.interactions = Interactions(self.world, self.gateway, self.messages)
        self.changes = Changes(self.world, self.gateway)
        callbacks = Callbacks(self.world, self.messages, self.interactions)
        self._rest = Rest(self.world, self.messages, self.gateway, self.interactions, callbacks)
        self._control = Control(self)
        self._runner: web.AppRunner | None = None
        self.witness: Witness | None = None

    @property
    def routes(self) -> set[tuple[str, str]]:
        """(method, path below the REST base) of all that is answered."""
        router = web.UrlDispatcher()
        self._rest.add_routes(router)
        paths = [(route.method, route.resource.canonical) for route in router.routes() if route.resource is not None]
        return {(method, path.removeprefix(BASE)) for method, path in paths if path.startswith(BASE)}

    # -- listening ---------------------------------------------------------------------------------------------------

    @property
    def api_url(self) -> str:
        """The REST base, for DISCORD_API_URL."""
        return self.world.base_url + BASE

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; port 0 takes a free one."""
        app = web.Application(middlewares=[self._front], client_max_size=MAX_BODY)
        self._rest.add_routes(app.router)
        self._control.add_routes(app.router)
        app.router.add_get("/gateway", self.gateway.handle)
        app.router.add_get("/gateway/", self.gateway.handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        self.world.base_url = f"http://{host}:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        """Stop listening."""
        await self.gateway.stop()
        if self._runner is not None:
            await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    # -- for referees ------------------------------------------------------------------------------------------------

    def posted(self, channel: str | int) -> list[Message]:
        """The bot's own messages in a channel that everybody sees and that were not deleted, oldest first."""
        found = self.world.channel(channel).messages.values()
        return [
            m for m in found if m.author is self.world.bot and m.deleted_at is None and Flag.EPHEMERAL not in m.flags
        ]

    async def until(self, condition: Callable[[], Any], seconds: float = 20.0) -> Any:
        """Wait until a condition holds, and return what it gave; TimeoutError otherwise."""
        deadline = time.monotonic() + seconds
        while not (found := condition()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{condition} did not become true within {seconds} s")
            await asyncio.sleep(0.02)
        return found

    # -- requests ----------------------------------------------------------------------------------------------------

    @web.middleware
    async def _front(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/wire/"):
            return await self._control.handle(request, handler)
        if request.path.startswith("/gateway"):
            return await handler(request)
        path = request.path.removeprefix(BASE)
        cut = self.faults.take(request.method, path, None)
        if cut is not None:
            return await self._cut(cut, request, path)
        raw, body = await self._read(request)
        record = self._note(request, path, body)
        record.fault = self.faults.take(request.method, path, raw)
        response = await self._play(record.fault, request, handler)
        record.status, record.code = response.status, response.get(CODE)
        if self.witness is not None and isinstance(response, web.Response) and request.path.startswith(BASE):
            said = json.loads(response.body) if isinstance(response.body, bytes) and response.body else None
            self.witness(request.method, path, body.payload, response.status, said)
        if not response.prepared:
            response.headers.update(LIMITS | {"X-RateLimit-Bucket": f"{abs(hash(record.route)):x}"})
        return response

    async def _read(self, request: web.Request) -> tuple[str, Body]:
        """The body as JSON text, and parsed; one that cannot be read counts as empty and is refused later."""
        try:
            request[BODY] = await read_body(request)
        except refusals.Refusal as refusal:
            request[BROKEN] = refusal
            request[BODY] = Body()
        return _as_text(request[BODY].payload), request[BODY]

    def _note(self, request: web.Request, path: str, body: Body) -> RequestRecord:
        resource = request.match_info.route.resource
        route = "" if resource is None else re.sub(r"\{[^}]+\}", "{}", resource.canonical.removeprefix(BASE))
        files = [(upload.filename, len(upload.data)) for upload in body.files.values()]
        record = RequestRecord(request.method, path, route, dict(request.query), body.payload, files, self.world.now())
        self.ledger.requests.append(record)
        return record

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            self._check(request)
            return await handler(request)
        except refusals.Refusal as refusal:
            return _refused(refusal)
        except web.HTTPClientError as error:
            return _refused(refusals.no_such_route(error.status))
        except (KeyError, TypeError, ValueError) as error:
            return _refused(refusals.invalid_form("body", "BASE_TYPE_REQUIRED", f"{type(error).__name__}: {error}"))

    def _check(self, request: web.Request) -> None:
        path = request.path.removeprefix(BASE)
        public = not request.path.startswith(BASE) or path.startswith(OPEN)
        if not public and request.headers.get("Authorization") != f"Bot {self.world.token}":
            raise refusals.unauthorized()
        if BROKEN in request:
            raise request[BROKEN]

    async def _play(self, fault: Fault | None, request: web.Request, handler: Handler) -> web.StreamResponse:
        if fault is None:
            return await self._answer(request, handler)
        response = await self._answer(request, handler) if fault.effect else None
        await asyncio.sleep(fault.delay)
        if fault.reset:
            reset(request)
            return web.Response(status=499)
        if fault.retry_after is not None:
            return _limited(fault.retry_after, everywhere=fault.everywhere)
        if fault.status is None:
            return response if response is not None else await self._answer(request, handler)
        if isinstance(fault.body, str):
            return web.Response(text=fault.body, status=fault.status, headers=fault.headers)
        body = {"message": "scripted", "code": fault.code} if fault.body is None else fault.body
        scripted = answer(body, fault.status)
        scripted.headers.update(fault.headers)
        scripted[CODE] = fault.code
        return scripted

    async def _cut(self, fault: Fault, request: web.Request, path: str) -> web.StreamResponse:
        record = self._note(request, path, Body())
        record.fault = fault
        read = 0
        async for chunk in request.content.iter_any():
            read += len(chunk)
            if read >= (fault.cut_after or 0):
                break
        reset(request)
        return web.Response(status=499)


BROKEN = web.RequestKey("broken", refusals.Refusal)
CODE = web.ResponseKey("code", int)


def _as_text(payload: Any) -> str:
    return json.dumps(payload, ensure_ascii=False)


def _refused(refusal: refusals.Refusal) -> web.Response:
    response = answer(refusal.body, refusal.status)
    response[CODE] = refusal.code
    return response


def _limited(seconds: float, *, everywhere: bool) -> web.Response:
    # discord.py believes a 429 only if it came "Via" a proxy, as Discord's always do.
    body = {"message": "You are being rate limited.", "retry_after": seconds, "global": everywhere}
    response = answer(body, 429)
    scope = {"X-RateLimit-Global": "true"} if everywhere else {}
    response.headers.update({"Retry-After": str(seconds), "Via": "1.1 wire", "X-RateLimit-Scope": "user"} | scope)
    return response
