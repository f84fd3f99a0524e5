"""/pictures/...: hands a provider the picture it was sent a signed link to. Signing is bot.media.links."""

from __future__ import annotations

import asyncio

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

from bot.media.links import PATH, PictureLinks
from bot.media.pictures.images import CONTENT_TYPES, PictureStore


class _PictureFile(web.FileResponse):
    """A file that is sent once: the server sends it under its limit of time, and aiohttp asks for it again then."""

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """See web.FileResponse."""
        return None if self.prepared else await super().prepare(request)


class PictureRoutes:
    """Serves kept pictures under links that hold; every failure is the same 404."""

    def __init__(self, links: PictureLinks, store: PictureStore) -> None:
        self._links = links
        self._store = store

    def routes(self) -> list[web.RouteDef]:
        """Routes for the server."""
        return [web.get(PATH + "/{name}/{expires}/{signature}", self._serve)]

    async def _serve(self, request: web.Request) -> web.FileResponse:
        name, parts = request.match_info["name"], request.match_info
        path = self._store.find(name) if self._links.check(name, parts["expires"], parts["signature"]) else None
        if path is None or not await asyncio.to_thread(path.is_file):
            raise web.HTTPNotFound
        return _PictureFile(
            path,
            headers={
                "Content-Type": CONTENT_TYPES[path.suffix],
                "Cache-Control": "private",
                "X-Content-Type-Options": "nosniff",
            },
        )
