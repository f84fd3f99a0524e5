"""/healthz and /readyz, for whatever supervises the bot. What counts as a problem is decided by who builds this."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

CHECK_SECONDS = 5.0


class Health:
    """Two answers: the process runs (restart it if not), and it can do its work (wait if not).

    `problems` is asked anew each time and gives names of what is not well, e.g. database, discord or engine, each with
    a text that stays inside: only the names are shown.
    """

    def __init__(self, problems: Callable[[], Awaitable[Mapping[str, str]]], *, timeout: float = CHECK_SECONDS) -> None:
        self._problems = problems
        self._timeout = timeout

    def routes(self) -> list[web.RouteDef]:
        """Routes for the server."""
        return [web.get("/healthz", self.alive), web.get("/readyz", self.ready)]

    async def alive(self, request: web.Request) -> web.Response:
        """Answer 200 as long as the event loop turns."""
        return web.json_response({"status": "ok"})

    async def ready(self, request: web.Request) -> web.Response:
        """Answer 200 without problems, else 503 with their names; a check that hangs is the problem `timeout`."""
        try:
            async with asyncio.timeout(self._timeout):
                names = sorted(await self._problems())
        except TimeoutError:
            names = ["timeout"]
        if names:
            return web.json_response({"status": "unready", "problems": names}, status=503)
        return web.json_response({"status": "ok"})
