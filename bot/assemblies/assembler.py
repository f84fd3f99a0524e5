"""Assembler: drives what is put together from clips (takes, brainstorms, reels) as the runner drives jobs.

It knows when an assembly is looked at and what a failure of it means, and nothing of what it is: each kind has one
Builder, which the cogs plug in. A row outlives the process, so every step may be taken again after a crash.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.clocks import Clock
from bot.errors import DeliveryPostponed, DestinationGone, Refused, StaleJob
from bot.jobs.transitions import ENDED, pause
from bot.models import Assembly, AssemblyKind, Job, JobStatus, ReplyTarget
from bot.outlet import Outlet
from bot.storage.assemblies import AssemblyStore, Check

log = logging.getLogger(__name__)

ATTEMPTS = 12
"""Failures in a row after which an assembly is given up; with the longest waits between them, about a quarter hour."""

_IDLE_SECONDS = 60.0
_LEAST_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Step:
    """What came of looking at an assembly. `due_at` None: only a wake brings it back. `ended`: never again."""

    state: Mapping[str, Any] | None = None
    message_id: int | None = None
    due_at: float | None = None
    ended: bool = False


Builder = Callable[[Assembly], Awaitable[Step]]
"""Takes one step. It may raise DeliveryPostponed (later), DestinationGone (never), or StaleJob (read it again)."""


class Assembler:
    """Remembers nothing that is not in the rows but which of them somebody is working on."""

    def __init__(self, store: AssemblyStore, outlet: Outlet, clock: Clock) -> None:
        self._store = store
        self._outlet = outlet
        self._clock = clock
        self._builders: dict[AssemblyKind, Builder] = {}
        self._steps: dict[str, asyncio.Task[None]] = {}
        self._writes: set[asyncio.Task[Assembly]] = set()
        self._again: set[str] = set()
        self._wake = asyncio.Event()
        self._stopping = False
        self._recalled = False

    def plug(self, kind: AssemblyKind, builder: Builder) -> None:
        """Build assemblies of this kind with this builder from now on."""
        self._builders[kind] = builder
        self.wake()

    def wake(self) -> None:
        """Look again at once."""
        self._wake.set()

    def on_job(self, before: Job, after: Job) -> None:
        """Listener of the mover: a job that ends, or is cancelled, may be what its assembly waits for."""
        if after.assembly_id is not None and (after.status, after.awaited) != (before.status, before.awaited):
            self.poke(after.assembly_id)

    def poke(self, assembly_id: str) -> None:
        """Look at this one at once, whatever its due time; once more if it is being looked at just now."""
        self._again.add(assembly_id)
        self.wake()

    def now(self) -> float:
        """What its clock says; due times are measured with it."""
        return self._clock()

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
        self.wake()
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
        edit: Callable[[Assembly], Mapping[str, Any]],
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

    # -- the loop ----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Take every step that is due, until `stop`."""
        while not self._stopping:
            self._wake.clear()
            try:
                pause = await self._look()
            except Exception:
                # The boundary: a locked database must not end the loop for good.
                log.exception("the assemblies could not be looked through")
                pause = 5.0
            try:
                await asyncio.wait_for(self._wake.wait(), pause)
            except TimeoutError:
                continue

    async def stop(self) -> None:
        """Cut every step off but what is being written down; the rows say how to go on."""
        self._stopping = True
        self.wake()
        for step in list(self._steps.values()):
            step.cancel()
        await asyncio.gather(*self._steps.values(), return_exceptions=True)
        await asyncio.gather(*self._writes, return_exceptions=True)

    async def _look(self) -> float:
        if not self._outlet.connected:
            return _IDLE_SECONDS
        now, soonest = self._clock(), _IDLE_SECONDS
        working, asked = set(self._steps), set(self._again)
        listed = await self._store.open_ones()
        found = {assembly.assembly_id: assembly for assembly in listed}
        if self._stopping:  # meanwhile: nobody would wait for a step that is begun now
            return _IDLE_SECONDS
        if not self._recalled:
            # What an earlier process heard of and did not get round to.
            self._recalled, self._again = True, set(found)
        self._again -= asked - found.keys()
        for assembly in found.values():
            # A step that ended while the rows were read has left an old row here; its end brings on another look.
            if assembly.assembly_id in working or assembly.kind not in self._builders:
                continue
            wait = self._wait(assembly, now)
            if wait is not None and wait <= 0:
                self._again.discard(assembly.assembly_id)
                task = asyncio.create_task(self._step(assembly), name=f"assembly {assembly.assembly_id}")
                self._steps[assembly.assembly_id] = task
            elif wait is not None:
                soonest = min(soonest, wait)
        return soonest

    def _wait(self, assembly: Assembly, now: float) -> float | None:
        if assembly.assembly_id in self._again:
            return 0.0
        return None if assembly.due_at is None else assembly.due_at - now

    async def _step(self, assembly: Assembly) -> None:
        try:
            await self._advance(assembly)
        except StaleJob:
            self._again.add(assembly.assembly_id)
        except Exception:
            # The boundary: one assembly that cannot be built must not keep the others waiting.
            log.exception("%s %s failed", assembly.kind, assembly.assembly_id)
            await self._fail(assembly, None)
        finally:
            self._steps.pop(assembly.assembly_id, None)
            self.wake()

    async def _advance(self, assembly: Assembly) -> None:
        try:
            step = await self._builders[assembly.kind](assembly)
        except DeliveryPostponed as error:
            await self._fail(assembly, error.retry_after)
            return
        except DestinationGone as error:
            log.info("%s %s has nowhere to go: %s", assembly.kind, assembly.assembly_id, error)
            await self._write(assembly, ended_at=self._clock(), due_at=None)
            return
        changes: dict[str, Any] = {"due_at": self._due(step), "attempts": 0}
        if step.state is not None:
            changes["state"] = step.state
        if step.message_id is not None:
            changes["message_id"] = step.message_id
        if step.ended:
            changes |= {"ended_at": self._clock(), "due_at": None}
        # What was done outside is done: being stopped now must not leave it to be done again.
        writing = asyncio.create_task(self._store.change(assembly, **changes))
        self._writes.add(writing)
        writing.add_done_callback(self._writes.discard)
        await asyncio.shield(writing)

    def _due(self, step: Step) -> float | None:
        """When to look again; a step that has posted nothing is not followed by another at once, whatever it says."""
        if step.due_at is None or step.message_id is not None:
            return step.due_at
        least = self._clock() + _LEAST_SECONDS
        return step.due_at if step.due_at > least else least

    async def _fail(self, assembly: Assembly, retry_after: float | None) -> None:
        attempts = assembly.attempts + 1
        if attempts >= ATTEMPTS:
            log.warning("%s %s is given up after %d attempts", assembly.kind, assembly.assembly_id, attempts)
            await self._write(assembly, ended_at=self._clock(), due_at=None, attempts=attempts)
            return
        wait = pause(attempts, random.random(), retry_after)
        await self._write(assembly, due_at=self._clock() + wait, attempts=attempts)

    async def _write(self, assembly: Assembly, **changes: Any) -> None:
        try:
            await self._store.change(assembly, **changes)
        except StaleJob:
            self._again.add(assembly.assembly_id)


def finished(jobs: list[Job]) -> bool:
    """Whether nothing more will come of these jobs soon: each has ended, or nobody waits for it any more."""
    return all(job.status in ENDED or job.status is JobStatus.UNKNOWN or not job.awaited for job in jobs)
