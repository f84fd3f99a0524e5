"""When an assembly is looked at, and what becomes of it when looking fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from math import inf, nan

import pytest

from bot.assemblies.assembler import ATTEMPTS, Assembler, Step
from bot.assemblies.assembler import Builder as Build
from bot.errors import DeliveryPostponed, DestinationGone, Refused
from bot.models import Assembly, AssemblyKind, JobStatus, ReplyTarget
from bot.outlet import Outlet
from bot.storage.assemblies import AssemblyStore
from bot.storage.database import Database
from tests.unit.jobs.channel import Channel
from tests.unit.jobs.samples import Clock, a_job

TARGET = ReplyTarget(77, 7, 1, 5, "ja")


@dataclass
class Builder:
    """Answers each look with the next of its steps, and remembers what it was shown."""

    steps: list[Step | Exception]
    seen: list[Assembly] = field(default_factory=list)
    before: Callable[[Assembly], None] = lambda assembly: None

    async def __call__(self, assembly: Assembly) -> Step:
        self.seen.append(assembly)
        self.before(assembly)
        step = self.steps.pop(0) if self.steps else Step()
        if isinstance(step, Exception):
            raise step
        return step


@pytest.fixture
def rows(database: Database) -> AssemblyStore:
    return AssemblyStore(database)


@asynccontextmanager
async def running(rows: AssemblyStore, clock: Clock, builder: Build | None) -> AsyncIterator[Assembler]:
    outlet = Outlet()
    assembler = Assembler(rows, outlet, clock)
    outlet.on_attach(assembler.wake)
    if builder is not None:
        assembler.plug(AssemblyKind.REEL, builder)
    loop = asyncio.create_task(assembler.run())
    outlet.attach(Channel(clock))
    yield assembler
    await assembler.stop()
    await loop


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - what is waited for are rows and lists, which tell nobody
            await asyncio.sleep(0.005)


async def until_noted(rows: AssemblyStore, assembly_id: str, attempts: int) -> None:
    """Wait until a row says that so many looks have failed in a row."""
    async with asyncio.timeout(5):
        while (await one(rows, assembly_id)).attempts < attempts:  # noqa: ASYNC110 - rows tell nobody
            await asyncio.sleep(0.005)


async def one(rows: AssemblyStore, assembly_id: str) -> Assembly:
    found = await rows.get(assembly_id)
    assert found is not None
    return found


async def test_it_is_built_once_and_ends(rows: AssemblyStore, clock: Clock) -> None:
    builder = Builder([Step(state={"posted": True}, message_id=9, ended=True)])
    async with running(rows, clock, builder) as assembler:
        new, is_new = await assembler.begin(AssemblyKind.REEL, TARGET, {"clips": ["a"]})
        again, is_new_again = await assembler.begin(AssemblyKind.REEL, TARGET, {"clips": ["b"]})
        await until(lambda: bool(builder.seen))
        assembler.poke(new.assembly_id)
        await asyncio.sleep(0.05)
    assert (is_new, is_new_again, again.assembly_id) == (True, False, new.assembly_id)
    assert len(builder.seen) == 1
    stored = await one(rows, new.assembly_id)
    assert (stored.state, stored.message_id, stored.ended_at) == ({"posted": True}, 9, clock())


async def test_no_step_begins_once_it_is_being_stopped(rows: AssemblyStore, clock: Clock) -> None:
    looking = asyncio.Event()

    class Slow(AssemblyStore):
        async def open_ones(self) -> list[Assembly]:
            looking.set()
            await asyncio.sleep(0.05)
            return await super().open_ones()

    await rows.add(Assembly("a" * 20, 1, AssemblyKind.REEL, TARGET, {}, clock()))
    builder = Builder([])
    async with running(Slow(rows._database), clock, builder) as assembler:
        await looking.wait()
        await assembler.stop()
        await asyncio.sleep(0.1)
    assert builder.seen == []


async def test_a_job_that_ends_brings_it_back(rows: AssemblyStore, clock: Clock) -> None:
    builder = Builder([])
    async with running(rows, clock, builder) as assembler:
        new, _ = await assembler.begin(AssemblyKind.REEL, TARGET, {}, due_in=None)
        assembler.poke(new.assembly_id)
        await until(lambda: len(builder.seen) == 1)
        job = replace(a_job(), assembly_id=new.assembly_id)
        assembler.on_job(job, replace(job, status=JobStatus.DELIVERED))
        await until(lambda: len(builder.seen) == 2)


async def test_what_an_earlier_process_left_open_is_looked_at(rows: AssemblyStore, clock: Clock) -> None:
    await rows.add(Assembly("a" * 20, 1, AssemblyKind.REEL, TARGET, {}, clock()))
    builder = Builder([])
    async with running(rows, clock, builder):
        await until(lambda: len(builder.seen) == 1)


async def test_trouble_is_waited_out_with_longer_and_longer_waits_and_then_given_up(
    rows: AssemblyStore, clock: Clock
) -> None:
    builder = Builder([DeliveryPostponed("down"), ValueError("a bug"), *[DeliveryPostponed("down")] * ATTEMPTS])
    async with running(rows, clock, builder) as assembler:
        new, _ = await assembler.begin(AssemblyKind.REEL, TARGET, {})
        for attempt in range(1, ATTEMPTS + 1):
            await until_noted(rows, new.assembly_id, attempt)
            clock.now += 200
            assembler.wake()
        await asyncio.sleep(0.05)
    assert len(builder.seen) == ATTEMPTS
    assert (await one(rows, new.assembly_id)).ended_at is not None


class SlowRows(AssemblyStore):
    """Reads at once, and says what it has read only when the gate is open."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.gate, self.has_read = asyncio.Event(), asyncio.Event()
        self.gate.set()

    async def open_ones(self) -> list[Assembly]:
        found = await super().open_ones()
        self.has_read.set()
        await self.gate.wait()
        return found


async def test_a_step_that_ends_while_the_rows_are_read_is_not_taken_again(database: Database, clock: Clock) -> None:
    rows, seen = SlowRows(database), []
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def build(assembly: Assembly) -> Step:
        seen.append(assembly)
        begun.set()
        await go_on.wait()
        return Step()

    async with running(rows, clock, build) as assembler:
        new, _ = await assembler.begin(AssemblyKind.REEL, TARGET, {})
        await begun.wait()
        rows.gate.clear()
        rows.has_read.clear()
        assembler.wake()
        await rows.has_read.wait()
        go_on.set()
        while (await one(rows, new.assembly_id)).version == 1:  # noqa: ASYNC110 - rows tell nobody
            await asyncio.sleep(0.005)
        await asyncio.sleep(0.05)
        rows.gate.set()
        await asyncio.sleep(0.05)
    assert len(seen) == 1


async def test_a_channel_that_is_gone_ends_it(rows: AssemblyStore, clock: Clock) -> None:
    builder = Builder([DestinationGone("deleted")])
    async with running(rows, clock, builder) as assembler:
        new, _ = await assembler.begin(AssemblyKind.REEL, TARGET, {})
        await until(lambda: bool(builder.seen))
        await asyncio.sleep(0.05)
    assert (await one(rows, new.assembly_id)).ended_at is not None


async def test_edits_of_two_people_at_once_both_count(rows: AssemblyStore, clock: Clock) -> None:
    async with running(rows, clock, None) as assembler:
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

    async def slow(assembly: Assembly) -> Step:
        seen.append(dict(assembly.state))
        if len(seen) == 1:
            await gate.wait()
        return Step(state={**assembly.state, "built": True})

    seen: list[dict[str, object]] = []
    async with running(rows, clock, None) as assembler:
        assembler.plug(AssemblyKind.REEL, slow)
        new, _ = await assembler.begin(AssemblyKind.REEL, TARGET, {"votes": 0})
        await until(lambda: bool(seen))
        await assembler.change(new.assembly_id, lambda fresh: {"state": {"votes": 1}}, guild_id=1)
        gate.set()
        await until(lambda: len(seen) >= 2)
        await asyncio.sleep(0.05)
    assert (await one(rows, new.assembly_id)).state == {"votes": 1, "built": True}


@pytest.mark.parametrize("due_at", [0.0, -inf, nan], ids=str)
async def test_a_builder_that_always_wants_to_go_on_at_once_does_not_spin(
    rows: AssemblyStore, clock: Clock, due_at: float
) -> None:
    builder = Builder([Step(state={"step": number}, due_at=due_at) for number in range(10_000)])
    async with running(rows, clock, builder) as assembler:
        await assembler.begin(AssemblyKind.REEL, TARGET, {})
        for _ in range(5):
            await asyncio.sleep(0.05)
            assembler.wake()
        assert len(builder.seen) == 1
        clock.pass_(2)
        assembler.wake()
        await until(lambda: len(builder.seen) == 2)
