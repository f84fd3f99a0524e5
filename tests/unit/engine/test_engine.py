"""When steps are taken: once they are due and their kind is ready, and one at a time for each key and lane."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field

from bot.engine.engine import Engine
from bot.errors import StaleJob
from tests.resting import rest, running
from tests.unit.jobs.samples import NOW, Clock


@dataclass
class Steps:
    """A handler that writes down what it is asked for, waits for a gate if it is shut, and answers with `again`."""

    again: list[float | Exception] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    inside: Counter[str] = field(default_factory=Counter)
    most: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def __call__(self, key: str) -> float | None:
        self.taken.append(key)
        self.inside[key] += 1
        self.most = max(self.most, self.inside[key])
        try:
            await self.gate.wait()
            await asyncio.sleep(0)
        finally:
            self.inside[key] -= 1
        answer = self.again.pop(0) if self.again else None
        if isinstance(answer, Exception):
            raise answer
        return answer


async def begun(steps: Steps, count: int) -> None:
    """Wait until so many have begun."""
    async with asyncio.timeout(5):
        while len(steps.taken) < count:  # noqa: ASYNC110 - a list tells nobody
            await asyncio.sleep(0.001)


async def test_a_step_is_taken_when_it_is_due_and_not_before(engine: Engine, clock: Clock) -> None:
    steps = Steps()
    engine.plug("walk", steps)
    engine.make_due("walk", "later", NOW + 10)
    engine.make_due("walk", "now")
    async with running(engine):
        await rest(engine, clock)
        assert steps.taken == ["now"]
        clock.pass_(10)
        await rest(engine, clock)
    assert steps.taken == ["now", "later"]
    assert engine.beat == clock.now


async def test_an_engine_that_sleeps_is_woken_by_what_becomes_due_sooner(engine: Engine, clock: Clock) -> None:
    steps = Steps()
    engine.plug("walk", steps)
    engine.make_due("walk", "far", NOW + 1000)
    async with running(engine):
        await rest(engine, clock)
        engine.make_due("walk", "near")
        await begun(steps, 1)
    assert steps.taken == ["near"]


async def test_of_two_due_times_the_earlier_holds(engine: Engine, clock: Clock) -> None:
    steps = Steps()
    engine.plug("walk", steps)
    for at in (NOW + 30, NOW + 10, NOW + 20):
        engine.make_due("walk", "a", at)
    assert engine.waiting() == 1
    async with running(engine):
        clock.pass_(10)
        await rest(engine, clock)
        assert steps.taken == ["a"]
        clock.pass_(100)
        await rest(engine, clock)
    assert steps.taken == ["a"]


async def test_a_step_gives_when_it_is_due_again(engine: Engine, clock: Clock) -> None:
    steps = Steps(again=[NOW + 5, NOW + 9])
    engine.plug("walk", steps)
    engine.make_due("walk", "a")
    async with running(engine):
        for wanted in (1, 1, 2, 2, 3, 3):
            await rest(engine, clock)
            assert len(steps.taken) == wanted
            clock.pass_(2.5)
    assert engine.waiting() == 0


async def test_of_one_key_one_step_is_taken_at_a_time_and_other_keys_do_not_wait(engine: Engine, clock: Clock) -> None:
    steps = Steps()
    steps.gate.clear()
    engine.plug("walk", steps)
    async with running(engine):
        for key in ("a", "a", "b", "a", "c"):
            engine.make_due("walk", key)
            await asyncio.sleep(0.005)
        assert sorted(steps.taken) == ["a", "b", "c"]
        steps.gate.set()
        await rest(engine, clock)
    assert steps.most == 1


async def test_a_step_made_due_while_it_runs_runs_once_more(engine: Engine, clock: Clock) -> None:
    steps = Steps()
    steps.gate.clear()
    engine.plug("walk", steps)
    engine.make_due("walk", "a")
    async with running(engine):
        await begun(steps, 1)
        for _ in range(5):
            engine.make_due("walk", "a")
            await asyncio.sleep(0.005)
        assert steps.taken == ["a"]
        steps.gate.set()
        await rest(engine, clock)
    assert steps.taken == ["a", "a"]


async def test_kinds_of_one_lane_exclude_each_other_and_those_of_others_do_not(engine: Engine, clock: Clock) -> None:
    walk, run, sing = Steps(), Steps(), Steps()
    for steps in (walk, run):
        steps.gate.clear()
    engine.plug("walk", walk, lane="legs")
    engine.plug("run", run, lane="legs")
    engine.plug("sing", sing)
    async with running(engine):
        for kind in ("walk", "run", "sing"):
            engine.make_due(kind, "a")
        await begun(sing, 1)
        await begun(walk, 1)
        await asyncio.sleep(0.01)
        assert run.taken == []
        walk.gate.set()
        await begun(run, 1)
        run.gate.set()
        await rest(engine, clock)
    assert (walk.taken, run.taken) == (["a"], ["a"])


async def test_a_kind_that_is_not_ready_is_held_until_it_is_released(engine: Engine, clock: Clock) -> None:
    steps, ready = Steps(), False
    engine.plug("walk", steps, ready=lambda: ready)
    engine.make_due("walk", "a")
    engine.make_due("walk", "b", NOW + 60)
    async with running(engine):
        await rest(engine, clock)
        engine.release(["walk"])  # still it is not
        await rest(engine, clock)
        assert steps.taken == []
        ready = True
        engine.release(["walk", "unheard of"])
        await rest(engine, clock)
        assert steps.taken == ["a"]
        clock.pass_(60)
        await rest(engine, clock)
    assert steps.taken == ["a", "b"]


async def test_what_nobody_has_plugged_in_yet_is_taken_once_somebody_does(engine: Engine, clock: Clock) -> None:
    steps = Steps()
    engine.make_due("walk", "a")
    async with running(engine):
        await rest(engine, clock)
        engine.plug("walk", steps)
        await rest(engine, clock)
    assert steps.taken == ["a"]


async def test_a_stale_step_runs_again_a_moment_later_and_does_not_spin(engine: Engine, clock: Clock) -> None:
    steps = Steps(again=[StaleJob("a")])
    engine.plug("walk", steps)
    engine.make_due("walk", "a")
    async with running(engine):
        await rest(engine, clock)
        for _ in range(10):
            engine.wake()
            await asyncio.sleep(0.001)
        assert steps.taken == ["a"]
        clock.pass_(1)
        await rest(engine, clock)
        clock.pass_(60)
        await rest(engine, clock)
    assert steps.taken == ["a", "a"]


async def test_nothing_begins_once_it_is_being_stopped(engine: Engine, clock: Clock) -> None:
    slow, steps = Steps(), Steps()
    slow.gate.clear()
    engine.plug("slow", slow)
    engine.plug("walk", steps)
    task = asyncio.create_task(engine.run())
    engine.make_due("slow", "a")
    await begun(slow, 1)
    stopping = asyncio.create_task(engine.stop())
    await asyncio.sleep(0)
    engine.make_due("walk", "a")
    engine.make_due("slow", "a")
    slow.gate.set()
    await stopping
    await task
    assert (slow.taken, steps.taken) == (["a"], [])
    assert not engine.busy
