"""Stepping tells every moment at which a task of the application waits, and changes nothing in what the task does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest

from tests import stepping
from tests.stepping import DONE, WAIT, Moment, task_factory


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


@pytest.fixture(autouse=True)
def these_are_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stepping, "OURS", (__file__,))


@pytest.fixture
def told() -> list[Moment]:
    return []


async def stepped(coroutine: Any, told: list[Moment], exact: str | None = None) -> Any:
    loop = asyncio.get_running_loop()
    loop.set_task_factory(task_factory(told.append, exact))
    try:
        return await asyncio.create_task(coroutine)
    finally:
        loop.set_task_factory(None)


FIRST, SECOND, MENDED = "branch#1 > leaf#1", "branch#1 > leaf#2", "branch#2"


async def test_each_suspension_is_told_with_the_chain_that_waits(told: list[Moment]) -> None:
    future = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_later(0.01, future.set_result, "done")
    assert await stepped(branch(future), told) == "done"
    assert told == [Moment(FIRST, WAIT), Moment(FIRST, DONE), Moment(SECOND, WAIT), Moment(SECOND, DONE)]


async def test_a_failing_await_is_a_moment_and_fails_as_ever(told: list[Moment]) -> None:
    future = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_later(0.01, future.set_exception, OSError("broken"))
    assert await stepped(branch(future), told) == "mended"
    assert told[2:] == [Moment(SECOND, WAIT), Moment(SECOND, DONE), Moment(MENDED, WAIT), Moment(MENDED, DONE)]


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
    assert told[-1] == Moment(SECOND, DONE)


async def test_what_waits_within_an_async_generator_is_named_too(told: list[Moment]) -> None:
    assert await stepped(inside(), told) == "within"
    assert [moment.place for moment in told if moment.side == WAIT] == ["inside#1 > around#1", "inside#2 > around#2"]


async def test_an_await_that_lets_go_several_times_is_passed_once(told: list[Moment]) -> None:
    async def thrice() -> None:
        await foreign()

    await stepped(thrice(), told)
    assert [moment.side for moment in told] == [WAIT, DONE]


async def test_a_call_that_is_made_again_is_passed_again(told: list[Moment]) -> None:
    async def twice() -> None:
        for _ in range(2):
            await foreign()

    await stepped(twice(), told)
    assert [moment.side for moment in told] == [WAIT, DONE, WAIT, DONE]


@pytest.mark.parametrize("fails", [False, True])
async def test_the_exact_place_is_told_before_anything_else_is_done(fails: bool) -> None:
    """As soon as the answer is there: neither what comes after it has been done, nor what mends a failure."""
    done: list[str] = []

    async def acts(future: asyncio.Future[str]) -> None:
        try:
            await foreign()
            await future
            done.append("went on")
        except OSError:
            done.append("mended")

    future = asyncio.get_running_loop().create_future()
    end = partial(future.set_exception, OSError("broken")) if fails else partial(future.set_result, "well")
    asyncio.get_running_loop().call_later(0.01, end)
    seen: list[list[str]] = []
    place = f"{acts.__qualname__.replace('.<locals>', '')}#2"
    loop = asyncio.get_running_loop()
    loop.set_task_factory(
        task_factory(lambda moment: seen.append([*done]) if moment == Moment(place, DONE) else None, place)
    )
    try:
        await asyncio.create_task(acts(future))
    finally:
        loop.set_task_factory(None)
    assert seen == [[]]
    assert done == (["mended"] if fails else ["went on"])


async def test_the_exact_place_is_told_as_often_as_it_is_passed(told: list[Moment]) -> None:
    """A process that is to die at the second passing must not die at the first."""

    async def thrice() -> None:
        for _ in range(3):
            await foreign()
            await foreign()

    await stepped(thrice(), told)
    once, told[:] = [*told], []
    place = f"{thrice.__qualname__.replace('.<locals>', '')}#1"
    await stepped(thrice(), told, place)
    assert told == once
    assert told.count(Moment(place, DONE)) == 3


def foreign() -> Any:
    """An awaitable that is none of ours, and lets go twice."""
    scope: dict[str, Any] = {"asyncio": asyncio}
    exec("async def twice():\n    await asyncio.sleep(0)\n    await asyncio.sleep(0)\n", scope)
    return scope["twice"]()
