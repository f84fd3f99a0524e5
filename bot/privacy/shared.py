"""SharedWork: what becomes of takes, brainstorms and reels, with messages and files, when a member is erased."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from bot.assemblies.assembler import Assembler
from bot.assemblies.brainstorm import Brainstorm
from bot.assemblies.reel import ReelMaker
from bot.assemblies.state import read_any, write
from bot.changes import AssemblyChanges
from bot.errors import Refused
from bot.jobs.transitions import ENDED
from bot.library.library import Library
from bot.models import Assembly
from bot.outlet import Outlet
from bot.privacy.course import Board, Fate, Place, fate, state_of, unnamed


@dataclass(frozen=True, slots=True)
class Parted:
    """Which assemblies are to be deleted, the threads of those, and where there are messages of all that were met."""

    doomed: list[str] = field(default_factory=list)
    threads: list[int] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    boards: list[Board] = field(default_factory=list)


class SharedWork:
    """Everything here may be done again without harm."""

    def __init__(self, assembler: Assembler, library: Library, reels: ReelMaker, outlet: Outlet) -> None:
        self._assembler = assembler
        self._library = library
        self._reels = reels
        self._outlet = outlet

    async def part_with(self, page: Sequence[Assembly], user_id: int, job_ids: Collection[str]) -> Parted:
        """Go through some assemblies: change those of others, and take back what is known of those that go."""
        parted = Parted()
        for assembly in page:
            found = fate(assembly, user_id, job_ids)
            if found is Fate.STAYS:
                continue
            parted.places.extend(places_of(assembly))
            if found is Fate.EDITED:
                await self._unname(assembly, user_id, job_ids)
                parted.boards.extend(board_of(assembly))
            else:
                await self._take_away(assembly, user_id)
                parted.doomed.append(assembly.assembly_id)
                parted.threads.extend(found for found in [thread_of(assembly)] if found is not None)
        return parted

    async def discard(self, assembly: Assembly) -> None:
        """Delete the files of an assembly."""
        state = state_of(assembly)
        if isinstance(state, Brainstorm) and state.picture is not None:
            await self._library.forget_picture(state.picture)
        await self._reels.discard(assembly.assembly_id)

    async def _unname(self, assembly: Assembly, user_id: int, job_ids: Collection[str]) -> None:
        """Change somebody else's; one that has ended is opened once more, so that its board is brought up to date."""
        now = self._assembler.now()

        def edit(fresh: Assembly) -> AssemblyChanges:
            changes: AssemblyChanges = {"state": write(unnamed(read_any(fresh), user_id, job_ids))}
            return changes | {"ended_at": None, "due_at": now} if fresh.ended_at is not None else changes

        with contextlib.suppress(Refused):  # it is gone, or cannot be read any more
            await self._assembler.change(assembly.assembly_id, edit, guild_id=assembly.target.guild_id)

    async def _take_away(self, assembly: Assembly, user_id: int) -> None:
        """End it, and take back the messages that are known of it; a sweep finds the others."""
        if assembly.ended_at is None:
            ended: AssemblyChanges = {"ended_at": self._assembler.now(), "due_at": None}
            with contextlib.suppress(Refused):
                await self._assembler.change(
                    assembly.assembly_id, lambda _fresh: ended, guild_id=assembly.target.guild_id
                )
        guild_id, channel_id, sweeper = assembly.target.guild_id, assembly.target.channel_id, self._outlet.sweeper
        thread_id = thread_of(assembly)
        if assembly.message_id is not None:
            await sweeper.delete(guild_id, thread_id or channel_id, assembly.message_id)
        if thread_id is not None and thread_id != channel_id:
            await sweeper.delete(guild_id, channel_id, thread_id)
            await sweeper.unname_thread(thread_id)
        await self._forget_copies(assembly, user_id)
        await self.discard(assembly)

    async def _forget_copies(self, assembly: Assembly, user_id: int) -> None:
        """The picture of a brainstorm is in the takes of others as well: their clips are theirs, it is not."""
        state = state_of(assembly)
        if not isinstance(state, Brainstorm) or state.picture is None:
            return
        for job in await self._library.of_assembly(assembly.assembly_id):
            if job.target.user_id == user_id or job.status not in ENDED or job.request.first_frame is None:
                continue  # one that has not ended is made from it just now, and its copy goes with its time
            await self._library.forget_picture(job.request.first_frame)
            if job.status_message_id not in {None, job.result_message_id}:
                target = job.target
                await self._outlet.sweeper.delete(target.guild_id, target.channel_id, int(job.status_message_id or 0))


def thread_of(assembly: Assembly) -> int | None:
    """The thread of a brainstorm."""
    state = state_of(assembly)
    return state.thread_id if isinstance(state, Brainstorm) else None


def board_of(assembly: Assembly) -> list[Board]:
    """The board of a brainstorm, where it has one."""
    thread_id = thread_of(assembly)
    if thread_id is None or assembly.message_id is None:
        return []
    return [Board(assembly.target.guild_id, thread_id, assembly.message_id)]


def places_of(assembly: Assembly) -> list[Place]:
    """Where there may be messages of an assembly."""
    target, thread_id = assembly.target, thread_of(assembly)
    channels = [target.channel_id] if thread_id is None else [target.channel_id, thread_id]
    return [Place(target.guild_id, channel_id, target.interaction_id) for channel_id in channels]
