"""Where a clip comes from: which clip it was made from, and which of several takes it is."""

from __future__ import annotations

from dataclasses import dataclass

from bot.assemblies.brainstorm import Brainstorm
from bot.assemblies.brainstorm_course import positions
from bot.assemblies.state import read
from bot.assemblies.takes import Takes
from bot.client.bot import Services
from bot.errors import Refused
from bot.models import AssemblyKind, Job
from cogs.core.texts import clip_jump_url
from cogs.i18n.words import Translation


@dataclass(frozen=True, slots=True)
class Lineage:
    """What a job's own row does not say: where its parent's clip is, unless that is gone; and of several takes, which
    one it is and how many there are."""

    parent_url: str | None = None
    take: tuple[int, int] | None = None


ALONE = Lineage()


def lineage_facts(job: Job, lineage: Lineage, t: Translation) -> list[str]:
    """The same in words, with a link; nothing for a clip that stands alone."""
    found = []
    if lineage.take is not None:
        number, takes = lineage.take
        found.append(t("clip.take", number=number, takes=takes))
    if job.relation is not None:
        if lineage.parent_url is None:
            found.append(t(f"clip.lineage.{job.relation}.gone"))
        else:
            found.append(t(f"clip.lineage.{job.relation}.linked", url=lineage.parent_url))
    return found


async def lineage_of(services: Services, job: Job) -> Lineage:
    """The lineage of a job; what is not known any more is left out."""
    if job.parent_id is None and job.assembly_id is None:
        return ALONE
    return Lineage(await _parent_url(services, job), await _take(services, job))


async def _parent_url(services: Services, job: Job) -> str | None:
    if job.parent_id is None:
        return None
    try:
        parent = await services.jobs.job(job.parent_id, guild_id=job.target.guild_id)
    except Refused:
        return None
    shown = parent.result_message_id is not None and parent.deleted_at is None
    return clip_jump_url(parent) if shown else None


async def _take(services: Services, job: Job) -> tuple[int, int] | None:
    if job.assembly_id is None:
        return None
    try:
        assembly = await services.assembler.get(job.assembly_id, guild_id=job.target.guild_id)
        if assembly.kind is AssemblyKind.TAKES:
            return job.take + 1, read(assembly, Takes).takes
        storm = read(assembly, Brainstorm)
    except Refused:
        return None
    number = positions(storm, await services.library.of_assembly(assembly.assembly_id)).get(job.job_id)
    return None if number is None else (number, len(storm.takes))
