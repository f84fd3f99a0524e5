"""Stepping tells every moment at which a task of the application waits, and changes nothing in what the task does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests import stepping
from tests.stepping import FAILED, GO, WAIT, Moment, task_factory


async def leaf(future: asyncio.Future[str]) -> str:
    await asyncio.sleep(0)
    return await future


async def branch(future: asyncio.Future[str]) -> str:
    try:
        return await leaf(future)
    except OSError:
        await asyncio.sleep(0)
        return "mended"


@asynccontextmanager
async def around() -> AsyncIterator[str]:
    await asyncio.sleep(0)
    yield "within"
    await asyncio.sleep(0)


async def inside() -> str:
    async with around() as found:
        return found


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Moment]:
    monkeypatch.setattr(stepping, "OURS", (__file__,))
    return []


async def stepped(coroutine: Any, told: list[Moment]) -> Any:
    loop = asyncio.get_running_loop()
    loop.set_task_factory(task_factory(told.append))
    try:
        return await asyncio.create_task(coroutine)
    finally:
        loop.set_task_factory(None)


async def test_each_suspension_is_told_with_the_chain_that_waits(told: list[Moment]) -> None:
    future = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_later(0.01, future.set_result, "done")
    assert await stepped(branch(future), told) == "done"
    first, second = "branch#1 > leaf#1", "branch#1 > leaf#2"
    assert told == [
        Moment(first, WAIT, 1),
        Moment(first, GO, 1),
        Moment(second, WAIT, 1),
        Moment(second, GO, 1),
    ]


async def test_a_failing_await_is_a_moment_and_fails_as_ever(told: list[Moment]) -> None:
    future = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_later(0.01, future.set_exception, OSError("broken"))
    assert await stepped(branch(future), told) == "mended"
    assert told[3:] == [
        Moment("branch#1 > leaf#2", FAILED, 1),
        Moment("branch#2", WAIT, 1),
        Moment("branch#2", GO, 1),
    ]


async def test_cancelling_reaches_the_coroutine(told: list[Moment]) -> None:
    future = asyncio.get_running_loop().create_future()
    loop = asyncio.get_running_loop()
    loop.set_task_factory(task_factory(told.append))
    task = asyncio.create_task(branch(future))
    await asyncio.sleep(0.01)
    task.cancel()
    loop.set_task_factory(None)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert told[-1] == Moment("branch#1 > leaf#2", FAILED, 1)


async def test_what_waits_within_an_async_generator_is_named_too(told: list[Moment]) -> None:
    assert await stepped(inside(), told) == "within"
    assert [moment.place for moment in told if moment.side == WAIT] == ["inside#1 > around#1", "inside#2 > around#2"]


async def test_an_await_that_lets_go_several_times_counts_them(told: list[Moment]) -> None:
    async def thrice() -> None:
        await foreign()

    await stepped(thrice(), told)
    assert [(moment.side, moment.nth) for moment in told] == [(WAIT, 1), (GO, 1), (WAIT, 2), (GO, 2)]


def foreign() -> Any:
    """An awaitable that is none of ours, and lets go twice."""
    scope: dict[str, Any] = {"asyncio": asyncio}
    exec("async def twice():\n    await asyncio.sleep(0)\n    await asyncio.sleep(0)\n", scope)
    return scope["twice"]()
