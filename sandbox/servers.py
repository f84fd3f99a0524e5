"""Both stand-ins together, as tests and benchmarks use them. No wire format; what they answer is in their own files."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from sandbox.drawing.render import FRAME_RATE, SHORT_SIDE, FfmpegRenderer, Renderer
from sandbox.providers.acedata import AceData, Unfinished
from sandbox.providers.apiframe import Apiframe


class Sandbox:
    """Both providers on real sockets: `async with Sandbox(render_seconds=0.3) as box: box.apiframe.url`.

    Port 0 takes a free one. Without a `renderer` clips are rendered by FFmpeg and cached in `cache`, or in a folder
    that goes when the sandbox closes; none then has more frames a second or a longer short side than told here.
    """

    def __init__(
        self,
        *,
        render_seconds: float = 3.0,
        host: str = "127.0.0.1",
        apiframe_port: int = 0,
        acedata_port: int = 0,
        key: str = "afk_sandbox",
        token: str = "sandbox",  # noqa: S107
        credits: int = 1_000_000,
        webhook_copies: int = 1,
        unfinished: Unfinished = Unfinished.EMPTY,
        max_concurrency: int | None = None,
        renderer: Renderer | None = None,
        cache: Path | None = None,
        frame_rate: int = FRAME_RATE,
        short_side: int = SHORT_SIDE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._renderer = renderer or FfmpegRenderer(cache, frame_rate=frame_rate, short_side=short_side)
        self._where = ((host, apiframe_port), (host, acedata_port))
        self.apiframe = Apiframe(
            self._renderer, render_seconds, key=key, credits=credits, webhook_copies=webhook_copies, clock=clock
        )
        self.acedata = AceData(
            self._renderer,
            render_seconds,
            token=token,
            unfinished=unfinished,
            max_concurrency=max_concurrency,
            clock=clock,
        )

    async def __aenter__(self) -> Self:
        try:
            await self.apiframe.start(*self._where[0])
            await self.acedata.start(*self._where[1])
        except OSError:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Stop both and throw rendered clips away."""
        await self.apiframe.close()
        await self.acedata.close()
        self._renderer.close()
