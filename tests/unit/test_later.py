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
    connected, votes, shown = False, 0, []
    later = LaterEdits(engine, budget, lambda: connected)

    async def edit(key: str) -> None:
        shown.append((key, votes, monotonic()))

    later.plug("count", edit)
    running = asyncio.create_task(engine.run())
    budget.book(1)
    for _ in range(3):
        votes += 1
        later.ask("count", "a", 1)
    later.ask("count", "b", 1)
    await asyncio.sleep(3 * APART)
    assert shown == [], "nothing is made before there is a connection"
    connected, votes = True, 4
    later.release()
    async with asyncio.timeout(5):
        while len(shown) < 2:
            await asyncio.sleep(0.01)
    assert sorted(made[:2] for made in shown) == [("a", 4), ("b", 4)]
    began = monotonic()
    later.ask("count", "a", 1)
    later.ask("count", "b", 1)
    async with asyncio.timeout(5):
        while len(shown) < 4:
            await asyncio.sleep(0.01)
    assert shown[3][2] - began >= APART
    await engine.stop()
    await running
