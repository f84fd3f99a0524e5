"""Taking one look within its time: one that raises or hangs becomes a finding. What is looked at is elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from multiprocessing.pool import ThreadPool
from typing import TypeVar

from bot.doctor.report import Finding, error

T = TypeVar("T")

Look = Callable[[], Awaitable[Sequence[Finding]]]
_THREADS = 6
_ENDING_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Check:
    """One look, with what to do where it comes to no end."""

    name: str
    look: Look
    advice: str


async def take(check: Check, seconds: float) -> list[Finding]:
    """What a look finds, or that it failed or took too long. Never raises, and never takes much longer than told."""
    looking = asyncio.ensure_future(_awaited(check.look))
    await asyncio.wait({looking}, timeout=seconds)
    if not looking.done():
        looking.cancel()
        await asyncio.wait({looking}, timeout=_ENDING_SECONDS)
        return [error(check.name, f"no answer within {seconds:g} s", check.advice)]
    failure = looking.exception()
    if failure is not None:
        return [error(check.name, f"the check itself failed ({type(failure).__name__})", check.advice)]
    return list(looking.result())


async def _awaited(look: Look) -> Sequence[Finding]:
    return await look()


async def aside(work: Callable[[], T]) -> T:
    """Run what blocks in a thread that nobody waits for at the end: a disk that hangs must not hold up the report."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[T] = loop.create_future()

    def deliver(give: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the loop has been closed: nobody waits any more
            loop.call_soon_threadsafe(lambda: None if ended.done() else give())

    _threads().apply_async(
        work,
        callback=lambda result: deliver(lambda: ended.set_result(result)),
        error_callback=lambda failure: deliver(lambda: ended.set_exception(failure)),
    )
    return await ended


@cache
def _threads() -> ThreadPool:
    """Threads that end with the process; those of an executor would be waited for."""
    return ThreadPool(_THREADS)
