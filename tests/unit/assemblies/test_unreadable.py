"""Rows that this release cannot read are kept, said once, and keep nothing else from going on."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import cast

import pytest
from sqlalchemy import Connection, text

from bot.assemblies import rows
from bot.assemblies.assembler import Assembler, StepResult
from bot.assemblies.brainstorm import Brainstorm
from bot.assemblies.state import read, write
from bot.assemblies.takes import Takes
from bot.engine.engine import Engine
from bot.errors import Refused, StateUnreadable
from bot.models import Assembly, AssemblyKind, ReplyTarget
from bot.outlet import Deliverer, Outlet
from bot.storage.assemblies import AssemblyStore
from bot.storage.database import Database
from tests.unit.jobs.samples import NOW, Clock

STORM = Brainstorm("a fox", 10, NOW, thread_id=5)
HARMS = {
    "a later version": ("brainstorm", json.dumps(write(STORM) | {"version": 2})),
    "a stage of no release": ("brainstorm", json.dumps(write(STORM) | {"stage": "dreaming"})),
    "an empty state": ("takes", "{}"),
    "a list": ("takes", "[]"),
    "nothing": ("reel", "null"),
    "half a state": ("brainstorm", '{"idea": "a f'),
    "a kind of no release": ("opera", '{"acts": 3}'),
}


class Stage:
    """Two assemblies in one database, one of which is read by a builder without trouble."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.store = AssemblyStore(database)
        self.looks: Counter[str] = Counter()

    async def build(self, assembly: Assembly) -> StepResult:
        self.looks[assembly.assembly_id] += 1
        if assembly.kind is AssemblyKind.BRAINSTORM:
            read(assembly, Brainstorm)
        return StepResult(state=write(read(assembly, Takes)), ended=True)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Assembler]:
        engine, outlet = Engine(Clock()), Outlet()
        assembler = Assembler(self.store, engine, outlet, Clock())
        outlet.attach(cast(Deliverer, object()))
        for kind in (AssemblyKind.TAKES, AssemblyKind.BRAINSTORM, AssemblyKind.REEL):
            assembler.plug(kind, self.build)
        await assembler.recall()
        loop = asyncio.create_task(engine.run())
        yield assembler
        await engine.stop()
        await loop
        assert engine.waiting() == 0, "what cannot be read is due at no time"

    async def put(self, number: int, kind: AssemblyKind = AssemblyKind.TAKES) -> str:
        assembly_id = str(number) * 20
        target = ReplyTarget(number, 7, 1, 5)
        await self.store.add(Assembly(assembly_id, 1, kind, target, write(Takes(2)), NOW, due_at=NOW))
        return assembly_id

    async def harm(self, assembly_id: str, kind: str, state: str) -> None:
        change = text("UPDATE assemblies SET kind = :kind, state = :state WHERE assembly_id = :id")

        def work(connection: Connection) -> None:
            connection.execute(change, {"kind": kind, "state": state, "id": assembly_id})

        await self.database.write(work)

    async def row(self, assembly_id: str) -> tuple[object, ...]:
        query = text("SELECT version, kind, state, due_at, attempts, ended_at FROM assemblies WHERE assembly_id = :id")
        return tuple(await self.database.read(lambda one: one.execute(query, {"id": assembly_id}).one()))


@pytest.fixture
def stage(database: Database) -> Stage:
    return Stage(database)


async def ended(stage: Stage, assembly_id: str) -> None:
    async with asyncio.timeout(5):
        while (await stage.row(assembly_id))[-1] is None:  # noqa: ASYNC110 - rows tell nobody
            await asyncio.sleep(0.005)


@pytest.mark.parametrize(("kind", "state"), HARMS.values(), ids=HARMS)
async def test_a_row_that_cannot_be_read_is_kept_and_said_once(
    stage: Stage, kind: str, state: str, caplog: pytest.LogCaptureFixture
) -> None:
    harmed, sound = await stage.put(1), await stage.put(2)
    await stage.harm(harmed, kind, state)
    before = await stage.row(harmed)
    with caplog.at_level(logging.INFO):
        async with stage.running() as assembler:
            await ended(stage, sound)
            for _ in range(3):
                assembler.poke(harmed)
                await asyncio.sleep(0.02)
    assert await stage.row(harmed) == before
    assert stage.looks[harmed] <= 4, "once at the start, and once for each time it is called"
    (said,) = [record for record in caplog.records if harmed in record.getMessage()]
    assert (said.levelno, said.exc_info) == (logging.ERROR, None)
    assert "cannot be read, and is kept as it is" in said.getMessage()


async def test_it_goes_on_where_a_release_runs_that_can_read_it(stage: Stage) -> None:
    harmed, sound = await stage.put(1), await stage.put(2)
    await stage.harm(harmed, "takes", '{"takes": 2, "version": 2}')
    async with stage.running():
        await ended(stage, sound)
    await stage.harm(harmed, "takes", '{"takes": 2, "version": 1}')
    async with stage.running():
        await ended(stage, harmed)


async def test_whoever_changes_it_is_refused_and_nothing_is_written(stage: Stage) -> None:
    harmed = await stage.put(1, AssemblyKind.BRAINSTORM)
    await stage.harm(harmed, "brainstorm", '{"idea": 1}')
    before = await stage.row(harmed)
    edit = rows.brainstorm_edited(lambda storm: replace(storm, minutes=1))
    async with stage.running() as assembler:
        with pytest.raises(StateUnreadable, match="assembly_unreadable"):
            await assembler.change(harmed, edit, guild_id=1)
    assert await stage.row(harmed) == before


async def test_it_keeps_its_member_from_nothing_new(stage: Stage) -> None:
    harmed = await stage.put(1, AssemblyKind.BRAINSTORM)
    await stage.harm(harmed, "brainstorm", "{}")
    async with stage.running() as assembler:
        check = rows.check_no_other_draft
        for number in (2, 3):
            target = ReplyTarget(number, 7, 1, 5)
            beginning = assembler.begin(AssemblyKind.BRAINSTORM, target, write(STORM), due_in=None, check=check)
            if number == 2:
                assert (await beginning)[1]
            else:
                with pytest.raises(Refused, match="brainstorm_open"):
                    await beginning
