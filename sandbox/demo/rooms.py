"""The front page of `make play`: SimCord shows one channel at a time, and this chooses which.

`/` lists the channel and every thread that was opened in it; `/room/<id>` closes the page that is open, opens that
room's, and sends the browser there.
"""

from __future__ import annotations

import asyncio
import html
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import simcord
from aiohttp import web

from sandbox.demo.stage import Stage
from sandbox.ports import free_port

REFRESH_SECONDS = 2
PAGE = """<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="{seconds}"><title>Rushes</title>
<style>body{{font:17px/1.5 system-ui,sans-serif;background:#1e1f22;color:#dbdee1;max-width:44rem;margin:8vh auto}}
a{{display:block;padding:.8rem 1rem;margin:.5rem 0;background:#2b2d31;border-radius:10px}}
a{{color:#fff;text-decoration:none}}
a:hover{{background:#404249}}p{{color:#a5a9b1}}</style><h1>The Cutting Room</h1>{rooms}
<p>A thread appears here as soon as /brainstorm opens one. Come back to this page to change rooms.</p>"""


class Rooms:
    """`async with Rooms(stage, port) as rooms:` serves the front page at `rooms.url`."""

    def __init__(self, stage: Stage, port: int | None = None, **profile: Any) -> None:
        self._stage = stage
        self._port = port or free_port()
        self._profile = profile
        self._door = asyncio.Lock()
        self.turn = asyncio.Lock()
        """SimCord does one thing at a time and refuses a second; its page then gives up. All who ask it hold this."""
        self._runner: web.AppRunner | None = None
        self.here: simcord.ChannelHandle = stage.channel
        self.preview: simcord.Preview | None = None

    @property
    def url(self) -> str:
        """The front page."""
        return f"http://127.0.0.1:{self._port}/"

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.add_routes([web.get("/", self._list), web.get("/room/{number:[0-9]+}", self._enter)])
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        await self.go(self._stage.channel)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.preview is not None:
            await self.preview.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def go(self, room: simcord.ChannelHandle) -> str:
        """Open a room's page in place of the one before; its address."""
        async with self._door:
            if self.preview is not None:
                await self.preview.close()
            viewers = [self._stage.ada, self._stage.ben, self._stage.mia]
            async with self.turn:
                self.preview = self._stage.env.preview(room, viewers=viewers, layout="channel", **self._profile)
                self._queue_presses(self.preview)
                await self.preview.__aenter__()
            self.here = room
            return self.preview.url

    def _queue_presses(self, preview: simcord.Preview) -> None:
        """Let a press wait for its turn, and count although the page has been refreshed since it was shown.

        SimCord refuses both, and has no public place to change that.
        """
        act = preview._action

        async def wait(context_id: str | None, body: Mapping[str, Any]) -> dict[str, Any]:
            async with self.turn:
                outcome = await act(context_id, body)
                if outcome["rejected"] and outcome["diagnostics"][0]["code"] == "stale-revision":
                    return await act(context_id, {**body, "published_revision": outcome["revision"]})
                return outcome

        preview._action = wait  # type: ignore[method-assign]

    def rooms(self) -> list[simcord.ChannelHandle]:
        """The channel and its threads, and where moderators read what was done."""
        return [self._stage.channel, *self._stage.channel.threads, self._stage.log]

    async def _list(self, request: web.Request) -> web.Response:
        links = "".join(
            f'<a href="/room/{room.id}">{"#" if room in (self._stage.channel, self._stage.log) else "&#129525;"} '
            f"{html.escape(room.name or '')}</a>"
            for room in self.rooms()
        )
        return web.Response(text=PAGE.format(seconds=REFRESH_SECONDS, rooms=links), content_type="text/html")

    async def _enter(self, request: web.Request) -> web.Response:
        number = int(request.match_info["number"])
        for room in self.rooms():
            if room.id == number:
                raise web.HTTPFound(await self.go(room))
        raise web.HTTPNotFound(text="There is no such room.")
