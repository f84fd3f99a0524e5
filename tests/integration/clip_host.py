"""A stand-in for a provider's file server, on the loopback interface, and what the download tests do with it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.errors import ClipError
from bot.media.clips.download import Downloader

MOVIE = os.urandom(3_000_000)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Host:
    """A server that answers every path with one handler and keeps what it was asked."""

    def __init__(self) -> None:
        self.requests: list[web.Request] = []
        self.handler: Handler = self.movie
        self.port = 0
        self._runner: web.AppRunner | None = None

    async def movie(self, request: web.Request) -> web.StreamResponse:
        return web.Response(body=MOVIE, content_type="video/mp4")

    async def start(self) -> None:
        async def handle(request: web.Request) -> web.StreamResponse:
            self.requests.append(request)
            return await self.handler(request)

        application = web.Application()
        application.router.add_route("*", "/{path:.*}", handle)
        self._runner = web.AppRunner(application, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    def url(self, path: str = "clip.mp4", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}/{path}"


@asynccontextmanager
async def running_host() -> AsyncIterator[Host]:
    """A host for the length of a test."""
    host = Host()
    await host.start()
    try:
        yield host
    finally:
        await host.stop()


def downloader(host: Host, **options: Any) -> Downloader:
    return Downloader([("127.0.0.1", host.port)], **options)


async def failure(fetcher: Downloader, url: str, to: Path) -> ClipError:
    """The error of a fetch that must leave nothing behind."""
    with pytest.raises(ClipError) as caught:
        await fetcher.fetch(url, to)
    assert list(to.parent.glob("*")) == []
    return caught.value


def answers(response: Callable[[], web.StreamResponse]) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        return response()

    return handle


def redirects(location: str, status: int = 302) -> Handler:
    return answers(lambda: web.Response(status=status, headers={"Location": location}))
