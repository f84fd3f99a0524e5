"""A look that raises, hangs, or blocks a thread becomes one line in time."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence

from bot.doctor.looking import Check, aside, take
from bot.doctor.report import Finding, Level, fine


async def well() -> Sequence[Finding]:
    return [fine("x", "well")]


async def raises() -> Sequence[Finding]:
    raise ZeroDivisionError("a secret")


async def hangs() -> Sequence[Finding]:
    await asyncio.Event().wait()
    return []


async def clings() -> Sequence[Finding]:
    """Does not let itself be cancelled at once."""
    try:
        await asyncio.Event().wait()
    finally:
        await asyncio.sleep(10)
    return []


async def blocks() -> Sequence[Finding]:
    return await aside(lambda: [fine("x", str(threading.Event().wait(5)))])


async def test_what_is_found_is_handed_on() -> None:
    assert await take(Check("x", well, "do"), 1) == [fine("x", "well")]


async def test_one_that_raises_is_one_line_without_its_words() -> None:
    (finding,) = await take(Check("x", raises, "do this"), 1)
    assert finding == Finding("x", Level.ERROR, "the check itself failed (ZeroDivisionError)", "do this")


async def test_one_that_hangs_is_one_line_in_time() -> None:
    for look in (hangs, clings, blocks):
        begun = time.monotonic()
        (finding,) = await take(Check("x", look, "do this"), 0.05)
        assert finding == Finding("x", Level.ERROR, "no answer within 0.05 s", "do this")
        assert time.monotonic() - begun < 2


async def test_what_blocks_is_done_in_a_thread_and_may_raise() -> None:
    assert await aside(lambda: threading.current_thread() is threading.main_thread()) is False
    (finding,) = await take(Check("x", lambda: aside(lambda: [fine("x", str(1 // 0))]), "do"), 1)
    assert "ZeroDivisionError" in finding.found
