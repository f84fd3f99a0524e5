"""CallbackHandler: what a webhook may do to a job. It is looked at; what the call claimed is not believed."""

from __future__ import annotations

import contextlib

from bot.clocks import Clock
from bot.errors import StaleJob
from bot.jobs.job_transitions import JobTransitions
from bot.jobs.polling.poller import Poller
from bot.models import Job, JobStatus
from bot.storage.jobs import JobStore


class CallbackHandler:
    """Finds the job of a webhook's token and makes it due."""

    def __init__(self, store: JobStore, transitions: JobTransitions, poller: Poller, clock: Clock) -> None:
        self._store = store
        self._transitions = transitions
        self._poller = poller
        self._clock = clock

    async def called_back(self, provider: str, token_hash: str, task_id: str | None) -> bool:
        """Wake the job; False when there is none. The first task id for a job of unknown outcome is remembered."""
        job = await self._store.by_webhook(token_hash)
        if job is None or job.provider != provider:
            return False
        await self._learn(job, task_id)
        self._poller.wake(job)
        return True

    async def _learn(self, job: Job, task_id: str | None) -> None:
        # The answer to the submission was lost, or is still to come, but the provider did start: now it can be asked.
        if job.task_id is not None or task_id is None:
            return
        now = self._clock()
        with contextlib.suppress(StaleJob):
            if job.status is JobStatus.UNKNOWN:
                await self._transitions.move(job, JobStatus.UNKNOWN, task_id=task_id, due_at=now)
            elif job.status is JobStatus.SUBMITTING:
                await self._transitions.move(
                    job, JobStatus.RENDERING, task_id=task_id, submitted_at=job.submitting_at or now, attempts=0
                )
