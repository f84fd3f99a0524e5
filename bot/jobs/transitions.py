"""Which status may follow which, what that does to the held credits, and when to look again. Pure."""

from __future__ import annotations

from bot.models import Job, JobStatus, LedgerKind

_S = JobStatus

LEGAL: dict[JobStatus, frozenset[JobStatus]] = {
    _S.QUEUED: frozenset({_S.QUEUED, _S.SUBMITTING, _S.FAILED, _S.CANCELLED}),
    _S.SUBMITTING: frozenset({_S.SUBMITTING, _S.QUEUED, _S.RENDERING, _S.UNKNOWN, _S.FAILED, _S.CANCELLED}),
    _S.RENDERING: frozenset({_S.DELIVERING, _S.UNKNOWN, _S.FAILED, _S.CANCELLED}),
    _S.UNKNOWN: frozenset({_S.UNKNOWN, _S.DELIVERING, _S.FAILED}),
    _S.DELIVERING: frozenset({_S.DELIVERING, _S.DELIVERED, _S.PARKED, _S.FAILED}),
    _S.DELIVERED: frozenset(),
    _S.PARKED: frozenset(),
    _S.FAILED: frozenset(),
    _S.CANCELLED: frozenset(),
}

CANCELLABLE = frozenset(status for status, after in LEGAL.items() if _S.CANCELLED in after)
"""Where a requester may still cancel. Neither provider can stop a task, so a rendering one is merely not waited for."""

ENDED = frozenset({_S.DELIVERED, _S.PARKED, _S.FAILED, _S.CANCELLED})
"""Statuses that nothing follows."""

_CLOSING = {
    _S.DELIVERED: LedgerKind.SETTLE,
    _S.PARKED: LedgerKind.RELEASE,
    _S.FAILED: LedgerKind.RELEASE,
    _S.CANCELLED: LedgerKind.RELEASE,
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


def closing_entry(to: JobStatus) -> LedgerKind | None:
    """What happens to the held credits: settled when a clip was delivered, released when none was."""
    return _CLOSING.get(to)


def backoff(attempts: int, jitter: float, *, first: float = 2.0, cap: float = 120.0) -> float:
    """Seconds to wait after the `attempts`-th failure in a row: doubling, capped, less half of it times `jitter`."""
    return min(cap, first * 2.0 ** min(attempts, 16)) * (1 - jitter / 2)


def look_interval(elapsed: float, usual: float, shortest: float, longest: float) -> float:
    """Seconds until the next look at a task: seldom while it cannot be ready, often around the usual time.

    Late ones are looked at seldom again, since something is wrong with them.
    """
    return shortest if 0.6 * usual <= elapsed + longest and elapsed <= 1.5 * usual else longest
