"""Which status may follow which, what that does to the held credits, and the pauses between tries. Pure."""

from __future__ import annotations

from bot.models import FailureCode, Job, JobStatus, LedgerKind
from bot.storage.open_jobs import OpenJob

_S = JobStatus

LEGAL: dict[JobStatus, frozenset[JobStatus]] = {
    _S.QUEUED: frozenset({_S.QUEUED, _S.SUBMITTING, _S.FAILED, _S.CANCELLED}),
    _S.SUBMITTING: frozenset({_S.SUBMITTING, _S.QUEUED, _S.RENDERING, _S.UNKNOWN, _S.FAILED, _S.CANCELLED}),
    _S.RENDERING: frozenset({_S.DELIVERING, _S.UNKNOWN, _S.FAILED}),
    _S.UNKNOWN: frozenset({_S.UNKNOWN, _S.DELIVERING, _S.FAILED}),
    _S.DELIVERING: frozenset({_S.DELIVERING, _S.DELIVERED, _S.PARKED, _S.FAILED, _S.CANCELLED}),
    _S.DELIVERED: frozenset(),
    _S.PARKED: frozenset(),
    _S.FAILED: frozenset(),
    _S.CANCELLED: frozenset(),
}

CANCELLABLE = frozenset({_S.QUEUED, _S.SUBMITTING, _S.RENDERING})
"""Where a requester may still cancel."""

STARTED = frozenset({_S.SUBMITTING, _S.RENDERING})
"""Where the provider may be at work and may charge for it. Neither provider can stop a task, so a job that is cancelled
here goes on, and keeps its place at the provider: it is merely not waited for, and its clip is kept, not posted."""

ENDED = frozenset({_S.DELIVERED, _S.PARKED, _S.FAILED, _S.CANCELLED})
"""Statuses that nothing follows."""

_CLOSING = {
    _S.DELIVERED: LedgerKind.SETTLE,
    _S.FAILED: LedgerKind.RELEASE,
    _S.UNKNOWN: LedgerKind.RELEASE,
}

GIVE_UP_LOOKING_SECONDS = 24 * 3600.0
"""How long a task of unknown outcome is still looked at: Apiframe keeps its results for 24 h."""

STRIKES = 3
"""Crashes during a step of one job after which the job is put aside: it may be what brings the process down."""

SLOW_LOOK_SECONDS = 300.0
"""Between two looks at a task that nobody waits for any more."""


def check(job: Job, to: JobStatus) -> None:
    """Raise ValueError for an arrow that is not drawn."""
    if to not in LEGAL[job.status]:
        raise ValueError(f"{job.job_id}: {job.status} cannot become {to}")


def is_cancellable(job: Job) -> bool:
    """Whether it can be cancelled, and has not been yet."""
    return job.status in CANCELLABLE and job.awaited


def closing_entry(before: JobStatus, to: JobStatus) -> LedgerKind | None:
    """What happens to the held credits: settled when there is a clip, released when there certainly is none.

    A parked clip stays held until it is fetched, or deleted unfetched; a cancelled job is charged for where it had
    started and its clip came all the same.
    """
    if to is _S.CANCELLED:
        return LedgerKind.SETTLE if before is _S.DELIVERING else LedgerKind.RELEASE
    return _CLOSING.get(to)


def gave_back(job: Job) -> bool:
    """Whether its credits went back to its requester; as long as it may still bring a clip, they have not."""
    return job.status in {_S.FAILED, _S.UNKNOWN, _S.CANCELLED} and not job.finished_unwanted


def is_hopeless(job: Job, now: float) -> bool:
    """Whether a task of unknown outcome has been looked at for so long that it will not turn up."""
    return now - started_at(job) > GIVE_UP_LOOKING_SECONDS


def started_at(job: Job | OpenJob) -> float:
    """When its provider may have begun with it."""
    return job.submitted_at or job.submitting_at or job.created_at


def in_a_row(job: Job, kind: FailureCode | None) -> int:
    """How many failures of one kind a job under way has had one after the other; None is the posting of messages."""
    return job.attempts if job.failure is kind else 0


def trying_since(job: Job) -> int | None:
    """Since when a job's provider ought to have taken it; None before that has failed, and once there is a task."""
    if job.status is JobStatus.QUEUED:
        failing = job.attempts > 0 or job.turn_at is not None  # whose turn has come, and whose provider is left alone
    else:
        failing = job.status is JobStatus.SUBMITTING and job.task_id is None and job.attempts > 0
    if not failing:
        return None
    return round(job.created_at if job.turn_at is None else job.turn_at)
