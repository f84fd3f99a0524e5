"""The one HTTP server of the process: opening it, closing it, and what it logs.

What it serves comes as routes from the other modules here; none of them knows the server, and it knows none of them.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable

from aiohttp import web
from aiohttp.http import HttpProcessingError
from aiohttp.typedefs import Handler

from bot.errors import ConfigurationError

log = logging.getLogger(__name__)

BODY_LIMIT = 64 * 1024
"""Nothing we serve takes more than a webhook's JSON."""
SHUTDOWN_SECONDS = 1.0
"""aiohttp waits this long twice: for requests to end, then for the cancelled ones."""


@web.middleware
async def log_route(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Log the route, never the path: paths carry the signatures of picture links and the tokens of webhooks."""
    begun, status = time.monotonic(), 500
    try:
        response = await handler(request)
        status = response.status
    except web.HTTPException as answer:
        status = answer.status
        raise
    finally:
        resource = request.match_info.route.resource
        route = resource.canonical if resource is not None else "(no route)"
        log.info("%s %s %d %.0f ms", request.method, route, status, (time.monotonic() - begun) * 1000)
    return response


def drop_quotations(record: logging.LogRecord) -> bool:
    """Log that a request was malformed without what it said: aiohttp's traceback quotes it, path and all."""
    if record.exc_info and isinstance(record.exc_info[1], HttpProcessingError):
        record.exc_info = None
    return True


class WebServer:
    """Serves the routes on one address from start() to stop()."""

    def __init__(self, host: str, port: int, routes: Iterable[web.AbstractRouteDef]) -> None:
        self._host = host
        self._wanted_port = port
        self._application = web.Application(client_max_size=BODY_LIMIT, middlewares=[log_route])
        self._application.add_routes(list(routes))
        self._runner: web.AppRunner | None = None

    @property
    def port(self) -> int:
        """The port listened on: the one asked for, or the one the system gave for 0. Only while started."""
        if self._runner is None or not self._runner.addresses:
            raise RuntimeError("the web server is not started")
        return int(self._runner.addresses[0][1])

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
        )
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._wanted_port).start()
        except OSError as error:
            await self.stop()
            raise ConfigurationError(
                f"HTTP_HOST and HTTP_PORT: cannot listen on {self._host}:{self._wanted_port} ({error.strerror})."
            ) from error
        log.info("web server listens on %s:%d", self._host, self.port)

    async def stop(self) -> None:
        """Stop listening and let requests under way end, for a few seconds at most; may be called twice."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()
