"""Assembler: takes the steps of what is put together from clips (takes, brainstorms, reels), driven by the engine.

It knows what a failure of a step means, and nothing of what an assembly is: each kind has one Builder, which the cogs
plug in. A row outlives the process, so every step may be taken again after a crash.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.changes import AssemblyChanges
from bot.clocks import Clock
from bot.engine.engine import Engine, Faults
from bot.errors import DeliveryPostponed, DestinationGone, Refused, StaleJob, StateUnreadable
from bot.jobs.transitions import ENDED
from bot.models import Assembly, AssemblyKind, Job, JobStatus, ReplyTarget
from bot.outlet import Outlet
from bot.storage.assemblies import AssemblyStore, Check
from bot.timings import BACKOFF, Backoff

log = logging.getLogger(__name__)

ASSEMBLE = "assemble"
"""The kind of its steps; their keys are the ids of assemblies."""

ATTEMPTS = 12
"""Failures in a row after which an assembly is given up; with the longest waits between them, about a quarter hour."""

_LEAST_SECONDS = 1.0
_UNPLUGGED_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class StepResult:
    """What came of looking at an assembly. `due_at` None: only a wake brings it back. `ended`: never again."""

    state: Mapping[str, Any] | None = None
    message_id: int | None = None
    due_at: float | None = None
    ended: bool = False


Builder = Callable[[Assembly], Awaitable[StepResult]]
"""Takes one step. It may raise DeliveryPostponed (later), DestinationGone (never), StaleJob (read it again), or
StateUnreadable (left as it is)."""


class Assembler:
    """Remembers nothing that is not in the rows, but which of them it has said it cannot read."""

    def __init__(
        self, store: AssemblyStore, engine: Engine, outlet: Outlet, clock: Clock, backoff: Backoff = BACKOFF
    ) -> None:
        self._store = store
        self._engine = engine
        self._clock = clock
        self._backoff = backoff
        self._builders: dict[AssemblyKind, Builder] = {}
        self._writes: set[asyncio.Task[Assembly]] = set()
        self._unreadable: set[str] = set()
        faults = Faults(_nothing, self._fault, self._given_up)
        engine.plug(ASSEMBLE, self.advance, ready=lambda: outlet.connected, faults=faults, long=True)

    def plug(self, kind: AssemblyKind, builder: Builder) -> None:
        """Build assemblies of this kind with this builder from now on."""
        self._builders[kind] = builder
        self._engine.release([ASSEMBLE])

    def on_job(self, before: Job, after: Job) -> None:
        """Listener of the transitions: a job that ends, or is cancelled, may be what its assembly waits for."""
        if after.assembly_id is not None and (after.status, after.awaited) != (before.status, before.awaited):
            self.poke(after.assembly_id)

    def poke(self, assembly_id: str) -> None:
        """Look at this one at once, whatever its due time; once more if it is being looked at just now."""
        self._engine.make_due(ASSEMBLE, assembly_id)

    def now(self) -> float:
        """What its clock says; due times are measured with it."""
        return self._clock()

    async def recall(self) -> None:
        """Look at all that are open: what an earlier process heard of and did not get round to."""
        for assembly in await self._store.open_ones():
            self.poke(assembly.assembly_id)

    async def close(self) -> None:
        """Wait for what is being written down."""
        await asyncio.gather(*self._writes, return_exceptions=True)

    # -- what cogs call ----------------------------------------------------------------------------------------------

    async def begin(
        self,
        kind: AssemblyKind,
        target: ReplyTarget,
        state: Mapping[str, Any],
        *,
        due_in: float | None = 0.0,
        check: Check | None = None,
    ) -> tuple[Assembly, bool]:
        """Write down a new assembly; (it, True), or (the first one of the same interaction, False).

        `check` is shown what the member has open of this kind, and may raise Refused.
        """
        now = self._clock()
        due_at = None if due_in is None else now + due_in
        new = Assembly(secrets.token_hex(10), 1, kind, target, state, now, due_at=due_at)
        found = await self._store.add(new, check)
        if found[1] and due_at is not None:
            self._engine.make_due(ASSEMBLE, new.assembly_id, due_at)
        return found

    async def get(self, assembly_id: str, *, guild_id: int) -> Assembly:
        """An assembly of this server; Refused("no_such_assembly") for any other id."""
        assembly = await self._store.get(assembly_id)
        if assembly is None or assembly.target.guild_id != guild_id:
            raise Refused("no_such_assembly")
        return assembly

    async def open_ones(self, channel_id: int, kind: AssemblyKind) -> list[Assembly]:
        """Those of a channel that have not ended."""
        return await self._store.open_in(channel_id, kind)

    async def open_of(self, guild_id: int, user_id: int, kind: AssemblyKind) -> list[Assembly]:
        """Those of a member of a server that have not ended."""
        return await self._store.open_of(guild_id, user_id, kind)

    async def change(
        self,
        assembly_id: str,
        edit: Callable[[Assembly], AssemblyChanges],
        *,
        guild_id: int,
        check: Check | None = None,
    ) -> Assembly:
        """Apply `edit`, which gives the changed columns of a fresh assembly or raises Refused, until nobody was faster.

        The assembly is looked at afterwards. `check` is shown the member's others of its kind, and may raise Refused.
        """
        while True:
            fresh = await self.get(assembly_id, guild_id=guild_id)
            try:
                changed = await self._store.change(fresh, check, **edit(fresh))
            except StaleJob:
                continue
            self.poke(assembly_id)
            return changed

    # -- steps -------------------------------------------------------------------------------------------------------

    async def advance(self, assembly_id: str) -> float | None:
        """Take one step of an assembly; gives when the next one is due."""
        assembly = await self._store.get(assembly_id)
        if assembly is None or assembly.ended_at is not None:
            return None
        builder = self._builders.get(assembly.kind)
        if assembly.kind is AssemblyKind.OTHER:
            self._leave(assembly, "it is of no kind that is known")
            return None
        if builder is None:
            return self._clock() + _UNPLUGGED_SECONDS
        try:
            step = await builder(assembly)
        except DeliveryPostponed as error:
            return await self._again(assembly, error.retry_after)
        except DestinationGone as error:
            log.info("%s %s has nowhere to go: %s", assembly.kind, assembly.assembly_id, error)
            await self._store.change(assembly, ended_at=self._clock(), due_at=None)
            return None
        except StateUnreadable as error:
            self._leave(assembly, str(error.facts["faults"]))
            return None
        return await self._write(assembly, step)

    def _leave(self, assembly: Assembly, why: str) -> None:
        """Leave a row alone that cannot be read, without an end: a release that can will go on with it. Said once."""
        if assembly.assembly_id not in self._unreadable:
            self._unreadable.add(assembly.assembly_id)
            log.error("%s %s cannot be read, and is kept as it is: %s", assembly.kind, assembly.assembly_id, why)

    async def _write(self, assembly: Assembly, step: StepResult) -> float | None:
        changes: AssemblyChanges = {"due_at": self._due(step), "attempts": 0}
        if step.state is not None:
            changes["state"] = step.state
        if step.message_id is not None:
            changes["message_id"] = step.message_id
        if step.ended:
            changes |= {"ended_at": self._clock(), "due_at": None}
        if all(getattr(assembly, name) == value for name, value in changes.items()):
            return assembly.due_at
        # What was done outside is done: being stopped now must not leave it to be done again.
        writing = asyncio.create_task(self._store.change(assembly, **changes))
        self._writes.add(writing)
        writing.add_done_callback(self._writes.discard)
        return (await asyncio.shield(writing)).due_at

    def _due(self, step: StepResult) -> float | None:
        """When to look again; a step that has posted nothing is not followed by another at once, whatever it says."""
        if step.due_at is None or step.message_id is not None:
            return step.due_at
        return max(self._clock() + _LEAST_SECONDS, step.due_at)  # in this order: what is no number is never greater

    async def _again(self, assembly: Assembly, retry_after: float | None) -> float | None:
        """Note a failure; gives when it is tried again, or None where it is given up."""
        attempts = assembly.attempts + 1
        if attempts >= ATTEMPTS:
            log.warning("%s %s is given up after %d attempts", assembly.kind, assembly.assembly_id, attempts)
            await self._store.change(assembly, ended_at=self._clock(), due_at=None, attempts=attempts)
            return None
        due_at = self._clock() + self._backoff.wait(attempts, retry_after)
        await self._store.change(assembly, due_at=due_at, attempts=attempts)
        return due_at

    async def _fault(self, assembly_id: str) -> None:
        """One that cannot be built by a fault of ours has failed once more."""
        assembly = await self._store.get(assembly_id)
        if assembly is not None and assembly.ended_at is None:
            await self._again(assembly, None)

    async def _given_up(self, assembly_id: str, _times: int) -> None:
        assembly = await self._store.get(assembly_id)
        if assembly is not None and assembly.ended_at is None:
            await self._store.change(assembly, ended_at=self._clock(), due_at=None)


async def _nothing(_assembly_id: str) -> None:
    """A step that was cut off has changed nothing."""


def finished(jobs: list[Job]) -> bool:
    """Whether nothing more will come of these jobs soon: each has ended, or nobody waits for it any more."""
    return all(job.status in ENDED or job.status is JobStatus.UNKNOWN or not job.awaited for job in jobs)
