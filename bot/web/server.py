"""The one HTTP server of the process: opening it, closing it, and what it logs.

What it serves comes as routes from the other modules here; none of them knows the server, and it knows none of them.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from contextlib import suppress

from aiohttp import web
from aiohttp.http import HttpProcessingError
from aiohttp.typedefs import Handler

from bot.errors import ConfigurationError
from bot.web.connections import Connections, Limits

log = logging.getLogger(__name__)

BODY_LIMIT = 64 * 1024
"""Nothing we serve takes more than a webhook's JSON."""
SHUTDOWN_SECONDS = 1.0
"""aiohttp waits this long twice: for requests to end, then for the cancelled ones."""


def drop_quotations(record: logging.LogRecord) -> bool:
    """Log that a request was malformed without what it said: aiohttp's traceback quotes it, path and all."""
    if record.exc_info and isinstance(record.exc_info[1], HttpProcessingError):
        record.exc_info = None
    return True


class WebServer:
    """Serves the routes on one address from start() to stop()."""

    def __init__(
        self, host: str, port: int, routes: Iterable[web.AbstractRouteDef], limits: Limits | None = None
    ) -> None:
        self._host = host
        self._wanted_port = port
        self._limits = limits or Limits()
        self._application = web.Application(client_max_size=BODY_LIMIT, middlewares=[self._answer])
        self._application.add_routes(list(routes))
        self._runner: web.AppRunner | None = None
        self._listener: asyncio.Server | None = None
        self._connections: Connections

    @property
    def port(self) -> int:
        """The port listened on: the one asked for, or the one the system gave for 0. Only while started."""
        if self._listener is None or not self._listener.sockets:
            raise RuntimeError("the web server is not started")
        return int(self._listener.sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Begin to listen; ConfigurationError if the address cannot be had."""
        protocol_log = log.getChild("protocol")
        protocol_log.addFilter(drop_quotations)
        self._runner = web.AppRunner(
            self._application,
            handle_signals=False,
            shutdown_timeout=SHUTDOWN_SECONDS,
            access_log=None,
            logger=protocol_log,
            keepalive_timeout=self._limits.idle_seconds,
            lingering_time=self._limits.lingering_seconds,
        )
        await self._runner.setup()
        assert self._runner.server is not None
        self._connections = Connections(self._runner.server, self._limits)
        try:
            loop = asyncio.get_running_loop()
            self._listener = await loop.create_server(self._connections.accept, self._host, self._wanted_port)
        except OSError as error:
            await self.stop()
            raise ConfigurationError(
                f"HTTP_HOST and HTTP_PORT: cannot listen on {self._host}:{self._wanted_port} ({error.strerror})."
            ) from error
        log.info("web server listens on %s:%d", self._host, self.port)

    async def stop(self) -> None:
        """Stop listening and let requests under way end, for a few seconds at most; may be called twice."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()
        runner, self._runner = self._runner, None
        if runner is not None:
            self._connections.close()
            await runner.cleanup()

    @web.middleware
    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer a request, and see the answer off, within the time for both.

        Logs the route, never the path: paths carry the signatures of picture links and the tokens of webhooks.
        """
        begun, status = time.monotonic(), 500
        try:
            with self._connections.request(request):
                async with asyncio.timeout(self._limits.request_seconds):
                    response = await _sent(request, handler)
            status = response.status
        except TimeoutError:
            status = 408
            if request.transport is not None:
                request.transport.abort()
            raise
        except web.HTTPException as answer:
            status = answer.status
            raise
        finally:
            resource = request.match_info.route.resource
            route = resource.canonical if resource is not None else "(no route)"
            log.info("%s %s %d %.0f ms", request.method, route, status, (time.monotonic() - begun) * 1000)
        return response


async def _sent(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The answer, after it is sent; aiohttp would send it where no limit of ours reaches.

    That whoever asked has gone away meanwhile is no error: aiohttp finds it out again, and closes the connection.
    """
    try:
        response = await handler(request)
    except web.HTTPException as answer:
        with suppress(ConnectionError):
            await answer.prepare(request)
            await answer.write_eof()
        raise
    with suppress(ConnectionError):
        await response.prepare(request)
        await response.write_eof()
    return response
