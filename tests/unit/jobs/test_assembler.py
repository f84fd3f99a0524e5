"""When an assembly is looked at, and what becomes of it when looking fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import inf, nan

import pytest

from bot.assemblies.assembler import ASSEMBLE, ATTEMPTS, Assembler, StepResult
from bot.assemblies.assembler import Builder as Build
from bot.engine.engine import Engine
from bot.errors import DeliveryPostponed, DestinationGone, Refused
from bot.models import Assembly, AssemblyKind, JobStatus, ReplyTarget
from bot.outlet import Outlet
from bot.storage.assemblies import AssemblyStore
from bot.storage.database import Database
from tests import resting
from tests.unit.jobs.channel import Channel
from tests.unit.jobs.samples import Clock, a_job

TARGET = ReplyTarget(77, 7, 1, 5, "ja")


@dataclass
class Builder:
    """Answers each look with the next of its steps, and remembers what it was shown."""

    steps: list[StepResult | Exception]
    seen: list[Assembly] = field(default_factory=list)

    async def __call__(self, assembly: Assembly) -> StepResult:
        self.seen.append(assembly)
        step = self.steps.pop(0) if self.steps else StepResult()
        if isinstance(step, Exception):
            raise step
        return step


@pytest.fixture
def rows(database: Database) -> AssemblyStore:
    return AssemblyStore(database)


def assembled(rows: AssemblyStore, clock: Clock, builder: Build | None) -> tuple[Engine, Assembler, Outlet]:
    outlet, engine = Outlet(clock), Engine(clock, stop_seconds=1.0)
    assembler = Assembler(rows, engine, outlet, clock)
    outlet.on_attach(lambda: engine.release([ASSEMBLE]))
    if builder is not None:
        assembler.plug(AssemblyKind.REEL, builder)
    return engine, assembler, outlet


@asynccontextmanager
async def running(rows: AssemblyStore, clock: Clock, builder: Build | None) -> AsyncIterator[tuple[Engine, Assembler]]:
    engine, assembler, outlet = assembled(rows, clock, builder)
    await assembler.recall()
    async with resting.running(engine):
        outlet.attach(Channel(clock))
        yield engine, assembler
    await assembler.close()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - what is waited for are rows and lists, which tell nobody
            await asyncio.sleep(0.005)


async def one(rows: AssemblyStore, assembly_id: str) -> Assembly:
    found = await rows.get(assembly_id)
    assert found is not None
    return found


async def test_it_is_built_once_and_ends(rows: AssemblyStore, clock: Clock) -> None:
    builder = Builder([StepResult(state={"posted": True}, message_id=9, ended=True)])
    async with running(rows, clock, builder) as (engine, assembler):
        new, is_new = await assembler.begin(AssemblyKind.REEL, TARGET, {"clips": ["a"]})
        again, is_new_again = await assembler.begin(AssemblyKind.REEL, TARGET, {"clips": ["b"]})
        await resting.rest(engine, clock)
        assembler.poke(new.assembly_id)
        await resting.rest(engine, clock)
    assert (is_new, is_new_again, again.assembly_id) == (True, False, new.assembly_id)
    assert len(builder.seen) == 1
    stored = await one(rows, new.assembly_id)
    assert (stored.state, stored.message_id, stored.ended_at) == ({"posted": True}, 9, clock())


async def test_no_step_begins_once_it_is_being_stopped(rows: AssemblyStore, clock: Clock) -> None:
    """One that is under way is not waited for: a reel may take minutes, and is built from its row again."""
    begun, builder = list[Assembly](), Builder([])

    async def slow(assembly: Assembly) -> StepResult:
        begun.append(assembly)
        await asyncio.sleep(3600)
        return await builder(assembly)

    async with running(rows, clock, slow) as (engine, assembler):
        engine._stop_seconds = 60.0
        first, _ = await assembler.begin(AssemblyKind.REEL, TARGET, {})
        await until(lambda: bool(begun))
        async with asyncio.timeout(5):
            stopping = asyncio.create_task(engine.stop())
            await asyncio.sleep(0)
            await assembler.begin(AssemblyKind.REEL, replace(TARGET, interaction_id=78), {})
            assembler.poke(first.assembly_id)
            await stopping
    assert [assembly.assembly_id for assembly in begun] == [first.assembly_id]
    assert builder.seen == []
    assert (await one(rows, first.assembly_id)).attempts == 0


async def test_what_a_step_has_done_is_written_down_though_it_is_cut_off(rows: AssemblyStore, clock: Clock) -> None:
    """What was posted must not be posted again by the next process."""
    go_on = asyncio.Event()

    class Slow(AssemblyStore):
        async def change(self, *args: object, **changes: object) -> Assembly:
            await go_on.wait()
            return await super().change(*args, **changes)  # type: ignore[arg-type]

    builder = Builder([StepResult(message_id=9, ended=True)])
    engine, assembler, outlet = assembled(Slow(rows._database), clock, builder)
    outlet.attach(Channel(clock))
    engine._stop_seconds = 0.05
    task = asyncio.create_task(engine.run())
    new, _ = await assembler.begin(AssemblyKind.REEL, TARGET, {})
    await until(lambda: bool(builder.seen))
    await asyncio.gather(engine.stop(), task)
    go_on.set()
    await assembler.close()
    assert (await one(rows, new.assembly_id)).message_id == 9


async def test_a_job_that_ends_brings_it_back(rows: AssemblyStore, clock: Clock) -> None:
    builder = Builder([])
    async with running(rows, clock, builder) as (engine, assembler):
        new, _ = await assembler.begin(AssemblyKind.REEL, TARGET, {}, due_in=None)
        await resting.rest(engine, clock)
        assert builder.seen == []
        job = replace(a_job(), assembly_id=new.assembly_id)
        assembler.on_job(job, replace(job, attempts=3))
        await resting.rest(engine, clock)
        assert builder.seen == []
        assembler.on_job(job, replace(job, status=JobStatus.DELIVERED))
        await resting.rest(engine, clock)
    assert len(builder.seen) == 1


async def test_what_an_earlier_process_left_open_is_looked_at(rows: AssemblyStore, clock: Clock) -> None:
    await rows.add(Assembly("a" * 20, 1, AssemblyKind.REEL, TARGET, {}, clock()))
    builder = Builder([])
    async with running(rows, clock, builder) as (engine, _):
        await resting.rest(engine, clock)
    assert len(builder.seen) == 1


async def test_nothing_is_built_before_there_is_a_connection_and_a_builder(rows: AssemblyStore, clock: Clock) -> None:
    builder = Builder([])
    engine, assembler, outlet = assembled(rows, clock, None)
    await rows.add(Assembly("a" * 20, 1, AssemblyKind.REEL, TARGET, {}, clock()))
    await assembler.recall()
    async with resting.running(engine):
        await resting.rest(engine, clock)
        assembler.plug(AssemblyKind.REEL, builder)
        await resting.rest(engine, clock)
        assert builder.seen == []
        outlet.attach(Channel(clock))
        await resting.rest(engine, clock)
        assert len(builder.seen) == 1


async def test_trouble_is_waited_out_with_longer_and_longer_waits_and_then_given_up(
    rows: AssemblyStore, clock: Clock
) -> None:
    builder = Builder([DeliveryPostponed("down"), ValueError("a bug"), *[DeliveryPostponed("down")] * ATTEMPTS])
    begun = clock.now
    async with running(rows, clock, builder) as (engine, assembler):
        new, _ = await assembler.begin(AssemblyKind.REEL, TARGET, {})
        times: list[float] = []
        while (await one(rows, new.assembly_id)).ended_at is None:
            await resting.rest(engine, clock)
            times += [clock.now - begun] * (len(builder.seen) - len(times))
            clock.pass_(1)
            assert clock.now - begun < 3600
        clock.pass_(3600)
        await resting.rest(engine, clock)
    assert len(builder.seen) == ATTEMPTS
    assert (await one(rows, new.assembly_id)).attempts == ATTEMPTS
    waits = [later - earlier for earlier, later in pairwise(times)]
    assert min(waits) >= 2
    assert sum(waits[-3:]) > 3 * 60 > sum(waits[:3])


async def test_a_step_that_ends_while_the_rows_are_read_is_not_taken_again(rows: AssemblyStore, clock: Clock) -> None:
    """What has changed nothing and asks for nothing more is not looked at once more."""
    seen, begun, go_on = list[Assembly](), asyncio.Event(), asyncio.Event()

    async def build(assembly: Assembly) -> StepResult:
        seen.append(assembly)
        begun.set()
        await go_on.wait()
        return StepResult()

    async with running(rows, clock, build) as (engine, assembler):
        await assembler.begin(AssemblyKind.REEL, TARGET, {})
        await begun.wait()
        engine.wake()
        await asyncio.sleep(0.01)
        go_on.set()
        for _ in range(3):
            await resting.rest(engine, clock)
            clock.pass_(3600)
    assert len(seen) == 1


async def test_a_channel_that_is_gone_ends_it(rows: AssemblyStore, clock: Clock) -> None:
    builder = Builder([DestinationGone("deleted")])
    async with running(rows, clock, builder) as (engine, assembler):
        new, _ = await assembler.begin(AssemblyKind.REEL, TARGET, {})
        await resting.rest(engine, clock)
    assert (await one(rows, new.assembly_id)).ended_at is not None


async def test_edits_of_two_people_at_once_both_count(rows: AssemblyStore, clock: Clock) -> None:
    async with running(rows, clock, None) as (_, assembler):
        new, _ = await assembler.begin(AssemblyKind.BRAINSTORM, TARGET, {"takes": []})

        async def add(take: int) -> None:
            await assembler.change(
                new.assembly_id, lambda fresh: {"state": {"takes": [*fresh.state["takes"], take]}}, guild_id=1
            )

        await asyncio.gather(*(add(take) for take in range(8)))
        assert sorted((await one(rows, new.assembly_id)).state["takes"]) == list(range(8))
        with pytest.raises(Refused):
            await assembler.get(new.assembly_id, guild_id=2)


async def test_a_change_during_a_step_is_not_overwritten_and_is_seen_next(rows: AssemblyStore, clock: Clock) -> None:
    gate = asyncio.Event()

    async def slow(assembly: Assembly) -> StepResult:
        seen.append(dict(assembly.state))
        if len(seen) == 1:
            await gate.wait()
        return StepResult(state={**assembly.state, "built": True})

    seen: list[dict[str, object]] = []
    async with running(rows, clock, slow) as (engine, assembler):
        new, _ = await assembler.begin(AssemblyKind.REEL, TARGET, {"votes": 0})
        await until(lambda: bool(seen))
        await assembler.change(new.assembly_id, lambda fresh: {"state": {"votes": 1}}, guild_id=1)
        gate.set()
        await until(lambda: len(seen) >= 2)
        await resting.rest(engine, clock)
    assert (await one(rows, new.assembly_id)).state == {"votes": 1, "built": True}


@pytest.mark.parametrize("due_at", [0.0, -inf, nan], ids=str)
async def test_a_builder_that_always_wants_to_go_on_at_once_does_not_spin(
    rows: AssemblyStore, clock: Clock, due_at: float
) -> None:
    builder = Builder([StepResult(state={"step": number}, due_at=due_at) for number in range(10_000)])
    async with running(rows, clock, builder) as (engine, assembler):
        await assembler.begin(AssemblyKind.REEL, TARGET, {})
        for _ in range(5):
            await asyncio.sleep(0.01)
            engine.wake()
        assert len(builder.seen) == 1
        clock.pass_(2)
        await resting.rest(engine, clock)
        assert len(builder.seen) == 2
