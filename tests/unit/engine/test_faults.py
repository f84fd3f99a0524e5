"""Steps that fail: they are tried again after growing pauses, given up after ten tries, and cut off by a stop."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from bot.engine.engine import Engine, Faults
from bot.engine.retry import FAULTS, fault_pause
from bot.errors import JobGone, NotItsTurn, StaleJob
from tests.resting import rest, running
from tests.unit.engine.test_engine import Steps, begun
from tests.unit.jobs.samples import NOW, Clock

BUG = LookupError("nobody foresaw this")


@dataclass
class Told:
    """What the owner of a kind is told of its faults; `trouble` is raised in place of listening."""

    cut_off: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    given_up: list[tuple[str, int]] = field(default_factory=list)
    trouble: Exception | None = None

    def faults(self) -> Faults:
        async def cut_off(key: str) -> None:
            self.cut_off.append(key)

        async def failed(key: str) -> None:
            self.failed.append(key)
            if self.trouble is not None:
                raise self.trouble

        async def given_up(key: str, times: int) -> None:
            self.given_up.append((key, times))

        return Faults(cut_off, failed, given_up)


async def failing(engine: Engine, clock: Clock, steps: Steps, told: Told, tries: int) -> list[float]:
    """Skip from one try of a step to the next; the pauses between them."""
    engine.plug("walk", steps, faults=told.faults())
    engine.make_due("walk", "a")
    pauses = []
    async with running(engine):
        await rest(engine, clock)
        for number in range(1, tries):
            began = clock.now
            while len(steps.taken) == number:
                clock.pass_(5)
                await rest(engine, clock)
            pauses.append(clock.now - began)
    return pauses


async def test_a_step_that_fails_is_tried_again_after_longer_and_longer_pauses_and_then_given_up(
    engine: Engine, clock: Clock
) -> None:
    steps, told = Steps(again=[BUG] * 100), Told()
    pauses = await failing(engine, clock, steps, told, FAULTS + 2)
    assert pauses == [fault_pause(number) for number in range(1, FAULTS + 2)] == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (30.0, 600.0)
    assert told.failed == ["a"] * (FAULTS + 2)
    assert told.given_up == [("a", 1), ("a", 2), ("a", 3)]


def test_what_hinders_a_step_has_most_of_an_hour_to_pass() -> None:
    assert sum(fault_pause(number) for number in range(1, FAULTS)) > 2500


async def test_a_step_that_ends_in_good_order_is_not_counted_any_more(engine: Engine, clock: Clock) -> None:
    answers: list[float | Exception] = [*[BUG] * (FAULTS - 1), NOW, *[BUG] * (FAULTS - 1)]
    steps, told = Steps(again=answers), Told()
    await failing(engine, clock, steps, told, len(answers))
    assert told.given_up == []


async def test_nothing_is_kept_of_a_step_that_ended_in_good_order(engine: Engine, clock: Clock) -> None:
    await failing(engine, clock, Steps(again=[BUG]), Told(), 2)
    assert (engine._faults, engine._again, engine._running, engine.waiting()) == ({}, {}, {}, 0)


async def test_a_step_that_has_failed_is_left_alone_whoever_makes_it_due(engine: Engine, clock: Clock) -> None:
    """And so is another one for the same key: it may come to the very same."""
    steps, stroll = Steps(again=[BUG]), Steps()
    engine.plug("walk", steps, lane="legs")
    engine.plug("stroll", stroll, lane="legs")
    engine.plug("run", Steps())
    engine.make_due("walk", "a")
    async with running(engine):
        await rest(engine, clock)
        assert engine.left_alone("walk") == {"a"}
        assert engine.left_alone("run") == frozenset()
        engine.make_due("stroll", "a")
        for _ in range(20):
            engine.make_due("walk", "a")
            await rest(engine, clock)
        engine.make_due("walk", "b")
        await rest(engine, clock)
        assert (steps.taken, stroll.taken) == (["a", "b"], [])
        clock.pass_(30)
        assert engine.left_alone("walk") == frozenset()
        await rest(engine, clock)
        assert engine._faults == {}
    assert steps.taken == ["a", "b", "a"]
    assert stroll.taken == ["a"]


async def test_a_step_made_due_while_it_fails_waits_as_well(engine: Engine, clock: Clock) -> None:
    """A step writes a transition down, which makes it due, and fails after that."""
    steps = Steps(again=[BUG])
    steps.gate.clear()
    engine.plug("walk", steps)
    engine.make_due("walk", "a")
    async with running(engine):
        await begun(steps, 1)
        engine.make_due("walk", "a")
        await asyncio.sleep(0.005)
        steps.gate.set()
        await rest(engine, clock)
        assert steps.taken == ["a"]


async def test_a_step_that_had_to_wait_for_its_turn_has_not_ended_in_good_order(engine: Engine, clock: Clock) -> None:
    """Or a step that another one has to make due again after each failure would never be given up."""
    answers: list[float | Exception] = []
    for _ in range(FAULTS):
        answers += [BUG, NotItsTurn("a")]
    steps, told = Steps(again=answers), Told()
    engine.plug("walk", steps, faults=told.faults())
    async with running(engine):
        for _ in range(2 * FAULTS):
            engine.make_due("walk", "a")
            await rest(engine, clock)
            clock.pass_(600)
    assert told.given_up == [("a", 1)]


async def test_a_step_for_what_was_deleted_is_not_taken_again(engine: Engine, clock: Clock) -> None:
    steps = Steps(again=[JobGone("a")])
    engine.plug("walk", steps)
    engine.make_due("walk", "a")
    async with running(engine):
        for _ in range(3):
            await rest(engine, clock)
            clock.pass_(3600)
    assert steps.taken == ["a"]


@pytest.mark.parametrize("trouble", [StaleJob("a"), OSError("the disk is full")], ids=lambda e: type(e).__name__)
async def test_trouble_with_putting_a_step_aside_stops_nothing(
    engine: Engine, clock: Clock, trouble: Exception
) -> None:
    steps, told = Steps(again=[BUG, BUG]), Told(trouble=trouble)
    await failing(engine, clock, steps, told, 3)
    assert steps.taken == ["a"] * 3


async def test_a_stop_gives_steps_time_and_cuts_off_what_takes_longer(clock: Clock) -> None:
    engine, told, ended = Engine(clock, stop_seconds=0.2), Told(), list[str]()

    async def walk(key: str) -> None:
        await asyncio.sleep(0.05 if key == "short" else 3600)
        ended.append(key)

    engine.plug("walk", walk, faults=told.faults())
    engine.plug("plain", walk)
    task = asyncio.create_task(engine.run())
    for kind, key in (("walk", "short"), ("walk", "long"), ("plain", "long")):
        engine.make_due(kind, key)
    await asyncio.sleep(0.01)
    assert engine.busy
    async with asyncio.timeout(5):
        await engine.stop()
        await task
    assert (ended, told.cut_off, told.failed) == (["short"], ["long"], [])
    assert not engine.busy
