"""One at a time for each key, and nothing is kept of a key that nobody is interested in."""

from __future__ import annotations

import asyncio

import pytest

from bot.engine.keyed_locks import KeyedLocks


async def test_whoever_comes_while_another_waits_waits_too() -> None:
    """Forgetting a lock as soon as its first holder is done let a third one in beside the second."""
    locks, inside, most = KeyedLocks(), 0, 0

    async def visit(seconds: float) -> None:
        nonlocal inside, most
        await asyncio.sleep(seconds)
        async with locks.hold("a"):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.03)
            inside -= 1

    await asyncio.gather(*(visit(0.01 * number) for number in range(8)))
    assert (most, len(locks)) == (1, 0)


async def test_others_are_not_kept_waiting_and_failures_let_go() -> None:
    locks = KeyedLocks()
    async with locks.hold("a"), asyncio.timeout(1), locks.hold("b"):
        assert len(locks) == 2
    with pytest.raises(LookupError):
        async with locks.hold("a"):
            raise LookupError
    waiting = asyncio.create_task(_hold_for_ever(locks))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert len(locks) == 0


async def _hold_for_ever(locks: KeyedLocks) -> None:
    async with locks.hold("a"):
        await asyncio.Event().wait()
