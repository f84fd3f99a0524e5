"""JobScheduler: makes the next step of every job due, after each transition and at the start. Which: next_steps.py."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from bot.clocks import Clock
from bot.engine.engine import Engine
from bot.jobs.next_steps import JobStep, next_step
from bot.jobs.polling.poller import Poller
from bot.jobs.submission.dispatch import DAY_SECONDS
from bot.jobs.submission.line import Line
from bot.jobs.transitions import ENDED
from bot.models import Job, JobStatus
from bot.providers.routing import Router
from bot.storage.jobs import JobStore
from bot.storage.open_jobs import OpenJobs

SHOW_AFTER_SECONDS = 1.5
"""What is no end yet is shown a little later: often it is over by then, and one edit says both."""

SHOWN_A_SECOND = 2
"""How many of those that wait are looked at after a start, whether the message they have still says what it should.

It seldom does not, and each look takes some 2 ms: thousands at once would take a good part of a core.
"""

RECALL_SECONDS = 24 * 3600.0
"""How long ago a job may have ended whose end has not been shown, for that to be made up for."""


class JobScheduler:
    """Listens to the transitions; nothing here awaits anything but rows at the start."""

    def __init__(
        self,
        store: JobStore,
        open_jobs: OpenJobs,
        engine: Engine,
        line: Line,
        poller: Poller,
        router: Router,
        clock: Clock,
    ) -> None:
        self._store = store
        self._open_jobs = open_jobs
        self._engine = engine
        self._line = line
        self._poller = poller
        self._router = router
        self._clock = clock

    async def recall(self) -> None:
        """Make the steps of all open rows due, and show the ends that have not been shown."""
        now, waiting = self._clock(), itertools.count(1)
        async for page in self._open_jobs.steps_of_open():
            watched = []
            for row in page:
                self._line.add(row, row.user_id)
                step = next_step(row, self._router, now)
                if step is not None and step.kind is JobStep.POLL:
                    watched.append(row.job_id)
                elif step is not None:
                    self._engine.make_due(*step)
                seen = row.status is JobStatus.QUEUED and row.status_message_id is not None
                later = next(waiting) / SHOWN_A_SECOND if seen else 0.0
                self._engine.make_due(JobStep.SHOW, row.job_id, now + later)
            for job in await self._store.get_all(watched):
                self._poller.watch(job)
        self._line.serve(await self._open_jobs.served(self._line.members(), now - DAY_SECONDS))
        for job in await self._store.unshown(now - RECALL_SECONDS):
            self._engine.make_due(JobStep.SHOW, job.job_id, now)
        self._engine.make_due(JobStep.TIDY, "", now)

    def accepted(self, jobs: Sequence[Job]) -> None:
        """Jobs have come in."""
        for job in jobs:
            self._line.add(job, job.target.user_id)
            self._begin(job)

    def moved(self, before: Job, after: Job) -> None:
        """A listener of the transitions."""
        self._line.moved(before, after)
        self._begin(after)
        if before.status in {JobStatus.QUEUED, JobStatus.SUBMITTING, JobStatus.RENDERING}:
            self._engine.make_due(JobStep.DISPATCH, before.provider)

    def resume(self, job: Job) -> None:
        """Make the step due that a row asks for."""
        step = next_step(job, self._router, self._clock())
        if step is not None and step.kind is JobStep.POLL:
            self._poller.watch(job)
        elif step is not None:
            self._engine.make_due(*step)

    def show(self, job_id: str) -> None:
        """Have a status message brought up to date at once."""
        self._engine.make_due(JobStep.SHOW, job_id)

    def _begin(self, job: Job) -> None:
        now = self._clock()
        if job.status not in {JobStatus.RENDERING, JobStatus.UNKNOWN}:
            self._poller.forget(job.job_id)
        self.resume(job)
        over = job.status in ENDED or job.status is JobStatus.UNKNOWN
        self._engine.make_due(JobStep.SHOW, job.job_id, now if over else now + SHOW_AFTER_SECONDS)
