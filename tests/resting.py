"""Waiting until an engine has done all that is due, so that a test can move its clock on: how fast the machine is does
not matter then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.clocks import Clock
from bot.engine.engine import Engine


def rests(engine: Engine, clock: Clock) -> bool:
    """Whether nothing is under way, and nothing due by now."""
    at = engine._due.next_at()
    return not engine.busy and (at is None or at > clock())


async def rest(engine: Engine, clock: Clock, *, seconds: float = 20.0) -> None:
    """Wait until all that is due by now has been done."""
    engine.wake()
    async with asyncio.timeout(seconds):
        while not rests(engine, clock):  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.001)


@asynccontextmanager
async def running(engine: Engine) -> AsyncIterator[Engine]:
    """The engine at work, stopped in the end."""
    task = asyncio.create_task(engine.run())
    yield engine
    await engine.stop()
    await task
