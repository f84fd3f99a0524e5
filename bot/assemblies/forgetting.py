"""Forgetting: a clip is taken out of its channel for good, and with it all that was brought in for it. No Discord."""

from __future__ import annotations

from dataclasses import replace

from bot.assemblies.assembler import Assembler, finished
from bot.assemblies.brainstorm import Brainstorm
from bot.assemblies.rows import look_again
from bot.assemblies.state import read, read_all, write
from bot.changes import AssemblyChanges
from bot.library.library import Library
from bot.models import Assembly, AssemblyKind, Job, JobStatus


async def forget(library: Library, assembler: Assembler, job: Job) -> None:
    """Forget a clip, with its pictures and what its status message shows; what it is a part of is looked at again."""
    await library.forget(job)
    if job.assembly_id is None:
        return
    await look_again(assembler, job.assembly_id, job.target.guild_id)
    await _forget_together(library, assembler, job.assembly_id, job.target.guild_id)


async def _forget_together(library: Library, assembler: Assembler, assembly_id: str, guild_id: int) -> None:
    """With the last clip of a brainstorm, forget the picture that they all began with."""
    assembly = await assembler.get(assembly_id, guild_id=guild_id)
    if assembly.kind is not AssemblyKind.BRAINSTORM:
        return
    picture = next((storm.picture for _, storm in read_all([assembly], Brainstorm)), None)
    jobs = await library.of_assembly(assembly_id)
    if picture is None or not finished(jobs) or any(_is_kept(job) for job in jobs):
        return
    await library.forget_picture(picture)
    now = assembler.now()

    def without(fresh: Assembly) -> AssemblyChanges:
        changes: AssemblyChanges = {"state": write(replace(read(fresh, Brainstorm), picture=None))}
        if fresh.ended_at is not None:  # then it is opened once more, so that its board is brought up to date
            changes |= {"ended_at": None, "due_at": now}
        return changes

    await assembler.change(assembly_id, without, guild_id=guild_id)


def _is_kept(job: Job) -> bool:
    return job.status is JobStatus.PARKED or (job.status is JobStatus.DELIVERED and job.deleted_at is None)
