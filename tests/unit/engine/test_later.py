"""Edits that nobody waits for: made in the turn of their channel, once however often they are asked for before it."""

from __future__ import annotations

import asyncio
from time import monotonic

from bot.engine.budget import Budget
from bot.engine.engine import Engine
from bot.engine.later import LaterEdits

APART = 0.05


async def test_what_is_asked_for_again_before_its_turn_is_made_once_and_shows_the_newest() -> None:
    engine, budget = Engine(monotonic), Budget(monotonic, apart=APART)
    connected, votes = False, 3
    made: asyncio.Queue[tuple[str, int, float]] = asyncio.Queue()
    later = LaterEdits(engine, budget, lambda: connected)

    async def edit(key: str) -> None:
        made.put_nowait((key, votes, monotonic()))

    later.plug("count", edit)
    running = asyncio.create_task(engine.run())
    for key in ("a", "a", "a", "b"):
        later.ask("count", key, 1)
    await asyncio.sleep(3 * APART)
    assert made.empty(), "nothing is made before there is a connection"
    connected, votes = True, 4
    later.release()
    async with asyncio.timeout(5):
        both = [await made.get(), await made.get()]
        assert sorted(one[:2] for one in both) == [("a", 4), ("b", 4)]
        budget.book(1)
        began = monotonic()
        later.ask("count", "a", 1)
        assert (await made.get())[2] - began >= APART / 2
    await engine.stop()
    await running
    assert made.empty()
