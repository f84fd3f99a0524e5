"""JobTransitions: the one place that writes a transition, with its ledger entry, and tells whoever listens."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Unpack

from bot.changes import JobChanges
from bot.clocks import Clock
from bot.errors import JobGone, StaleJob
from bot.jobs import transitions
from bot.models import Job, JobStatus
from bot.storage.jobs import JobStore

log = logging.getLogger(__name__)

Listener = Callable[[Job, Job], None]
"""Called with a job before and after each transition, and when it is not waited for any more; must not block."""


class JobTransitions:
    """Moves jobs along the arrows of bot.jobs.transitions, compare-and-set."""

    def __init__(self, store: JobStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Be told of every transition from now on."""
        self._listeners.append(listener)

    async def move(self, job: Job, to: JobStatus, **changes: Unpack[JobChanges]) -> Job:
        """Write the new status and `changes`; StaleJob when the job has moved on since it was read."""
        transitions.check(job, to)
        # A step that ends in a transition has ended in good order.
        changes.setdefault("strikes", 0)
        now = self._clock()
        entry = transitions.closing_entry(job.status, to)
        if to in transitions.ENDED or to is JobStatus.UNKNOWN:
            changes.setdefault("ended_at", now)
        moved = await self._store.transition(job, at=now, entry=entry, status=to, **changes)
        if moved.status is not job.status:
            reason = f" ({moved.failure})" if moved.failure else ""
            log.info("job %s: %s -> %s%s", job.job_id, job.status, moved.status, reason)
        self._tell(job, moved)
        return moved

    async def stop_waiting(self, job: Job) -> Job:
        """Note that nobody waits for a job that has started; no transition, so that a POST under way still counts.

        StaleJob when it has not started, has ended, or was cancelled before.
        """
        now = self._clock()
        if not await self._store.stop_waiting(job.job_id, now):
            raise StaleJob(job.job_id)
        stopped = replace(job, cancelled_at=now)
        log.info("job %s: cancelled while %s, so it is not waited for", job.job_id, job.status)
        self._tell(job, stopped)
        return stopped

    def _tell(self, before: Job, after: Job) -> None:
        for listener in self._listeners:
            listener(before, after)

    async def forgive(self, job_id: str) -> None:
        """Take back the strikes of a step that was cut off by an orderly stop, and not by a crash."""
        await self._store.forgive(job_id)

    async def fresh(self, job_id: str) -> Job:
        """The job as it is stored now; JobGone when it is not there any more."""
        job = await self._store.get(job_id)
        if job is None:
            raise JobGone(job_id)
        return job
