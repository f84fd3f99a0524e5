"""The course of a brainstorm: what is asked for, what comes next and when, and who wins. Pure.

What a brainstorm is and how it is changed is in brainstorm.py.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from bot.assemblies.assembler import finished
from bot.assemblies.brainstorm import Brainstorm, BrainstormStage, reopened
from bot.jobs.intake import Draft, Order
from bot.models import Assembly, Job, JobStatus, ReplyTarget
from bot.policy.asking import NO_STANDING, Standing

OPEN = frozenset({BrainstormStage.DRAFTING, BrainstormStage.RESERVING})
"""Before anything is rendered."""

DRAFT_SECONDS = 24 * 3600.0
"""How long a draft may lie untouched."""

VOTES_SECONDS = 15.0
"""Between two looks at the votes."""


def orders(
    assembly: Assembly,
    storm: Brainstorm,
    standings: Mapping[int, Standing],
    *,
    without: Collection[int] = (),
    optimize_prompt: bool | None = None,
) -> list[Order]:
    """What to ask for: each take for its owner, in the thread. Of whom there is no standing, none is assumed.

    They all carry the interaction id that the brainstorm began with, so that however often and by whomever this is
    submitted, there is one set of jobs.
    """
    assert storm.thread_id is not None
    return [
        Order(
            ReplyTarget(
                assembly.target.interaction_id, take.owner, assembly.target.guild_id, storm.thread_id, take.locale
            ),
            draft(storm, take.prompt, assembly_id=assembly.assembly_id, optimize_prompt=optimize_prompt),
            take.number,
            standings.get(take.owner, NO_STANDING),
        )
        for take in storm.takes
        if take.owner not in without
    ]


def draft(
    storm: Brainstorm, prompt: str, *, assembly_id: str | None = None, optimize_prompt: bool | None = None
) -> Draft:
    """One take as a request."""
    return Draft(
        prompt=prompt,
        resolution=storm.resolution,
        duration_seconds=storm.duration_seconds,
        optimize_prompt=optimize_prompt,
        provider=storm.provider,
        has_first_frame=storm.picture is not None,
        first_spoiler=storm.picture is not None and storm.picture.spoiler,
        assembly_id=assembly_id,
    )


def jobs_of_takes(storm: Brainstorm, jobs: Sequence[Job]) -> dict[int, Job]:
    """The job of each take by the take's number; a take that was left out has none."""
    found = {job.take: job for job in jobs}
    return {take.number: found[take.number] for take in storm.takes if take.number in found}


def positions(storm: Brainstorm, jobs: Sequence[Job]) -> dict[str, int]:
    """The number that people see of each job's take, counted from 1, by job id."""
    known = jobs_of_takes(storm, jobs)
    return {known[take.number].job_id: at for at, take in enumerate(storm.takes, start=1) if take.number in known}


# -- what comes next ---------------------------------------------------------------------------------------------------


def advanced(storm: Brainstorm, jobs: Sequence[Job], now: float, reserving: float) -> Brainstorm:
    """The brainstorm as it ought to be now; the same one when nothing is due.

    After `reserving` seconds, jobs that are not there were never asked for: the process ended in between.
    """
    if storm.stage in OPEN:
        if not jobs:
            return _still_open(storm, now, reserving)
        known = jobs_of_takes(storm, jobs)
        left_out = {take.owner: None for take in storm.takes if take.number not in known}
        storm = replace(storm, stage=BrainstormStage.RENDERING, left_out=tuple(left_out))
    if storm.stage is BrainstormStage.RENDERING and finished(list(jobs)):
        if len(shown(jobs)) < 2:
            return replace(storm, stage=BrainstormStage.ENDED)
        return replace(storm, stage=BrainstormStage.VOTING, ends_at=now + storm.minutes * 60)
    if storm.stage is BrainstormStage.VOTING and storm.ends_at is not None and now >= storm.ends_at:
        return replace(storm, stage=BrainstormStage.ENDED)
    return storm


def _still_open(storm: Brainstorm, now: float, reserving: float) -> Brainstorm:
    if storm.stage is BrainstormStage.DRAFTING and now >= storm.touched_at + DRAFT_SECONDS:
        return replace(storm, stage=BrainstormStage.ENDED)
    if storm.stage is BrainstormStage.RESERVING and now >= storm.touched_at + reserving:
        return reopened(now)(storm)
    return storm


def next_look(storm: Brainstorm, now: float, reserving: float) -> float | None:
    """When to look again, if nothing happens before; None where only a job's end brings it on."""
    if storm.stage is BrainstormStage.DRAFTING:
        return storm.touched_at + DRAFT_SECONDS
    if storm.stage is BrainstormStage.RESERVING:
        return storm.touched_at + reserving
    if storm.stage is BrainstormStage.VOTING and storm.ends_at is not None:
        return min(storm.ends_at, now + VOTES_SECONDS)
    return None


def shown(jobs: Sequence[Job]) -> list[Job]:
    """Those whose clips are in the thread."""
    return [job for job in jobs if job.status is JobStatus.DELIVERED and job.deleted_at is None]


def winners(jobs: Sequence[Job], votes: Mapping[str, int]) -> list[Job]:
    """The clips with the most votes, several where they tie; none where nobody voted."""
    most = max((votes.get(job.job_id, 0) for job in shown(jobs)), default=0)
    return [job for job in shown(jobs) if most and votes.get(job.job_id, 0) == most]
