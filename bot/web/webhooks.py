"""/webhooks/...: a provider says that something has happened. It wakes the job, and that is all it does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from bot.jobs.submission.callback_urls import PATH, token_hash
from bot.providers.callbacks import CallbackVerifier

log = logging.getLogger(__name__)

Wake = Callable[[str, str, str | None], Awaitable[bool]]
"""(provider, hash of the token, task id if it could be read) -> whether there is such a job."""

READ_SECONDS = 5.0


class WebhookRoutes:
    """Answers 204 to a genuine call, and the same 404 to all else: wrong method, path, signature, size or pace."""

    def __init__(self, callbacks: Mapping[str, CallbackVerifier], wake: Wake) -> None:
        self._callbacks = callbacks
        self._wake = wake

    def routes(self) -> list[web.RouteDef]:
        """Routes for the server."""
        return [web.route("*", PATH + "/{provider}/{token}", self._receive)]

    async def _receive(self, request: web.Request) -> web.Response:
        provider = request.match_info["provider"]
        callbacks = self._callbacks.get(provider)
        if request.method != "POST" or callbacks is None:
            raise web.HTTPNotFound
        body = await _body(request)
        if not callbacks.genuine(request.headers, body):
            raise web.HTTPNotFound
        if not await self._wake(provider, token_hash(request.match_info["token"]), callbacks.task_id(body)):
            raise web.HTTPNotFound
        return web.Response(status=204)


async def _body(request: web.Request) -> bytes:
    try:
        async with asyncio.timeout(READ_SECONDS):
            return await request.read()
    except (TimeoutError, web.HTTPRequestEntityTooLarge):
        raise web.HTTPNotFound from None
