"""Poller: asks a provider for all tasks that are due in one query, and keeps what it said until the job has taken it.

When a task is due is said by poll_schedule.py. A poll that changes nothing writes nothing.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bot.clocks import Clock
from bot.engine.due import DueHeap
from bot.engine.engine import Engine
from bot.errors import AccountProblem, HeldBack, ProviderError
from bot.jobs.next_steps import JobStep
from bot.jobs.polling.schedule import PollSchedule, Verdict
from bot.jobs.status.shown import PROGRESS_STEP
from bot.jobs.transitions import ENDED
from bot.models import Job
from bot.providers.base import RemoteTask
from bot.providers.routing import Router

log = logging.getLogger(__name__)


class Found(NamedTuple):
    """What a look at a task has come to; the task where it is finished."""

    verdict: Verdict
    task: RemoteTask | None


class Poller:
    """Takes the `poll` step of a provider; remembers the jobs whose tasks are looked at, and nothing that is not known
    again after a restart."""

    def __init__(self, router: Router, schedule: PollSchedule, engine: Engine, clock: Clock) -> None:
        self._router = router
        self._schedule = schedule
        self._engine = engine
        self._clock = clock
        self._watched: dict[str, Job] = {}
        self._tasks: dict[tuple[str, str], str] = {}
        self._due: defaultdict[str, DueHeap[str]] = defaultdict(DueHeap)
        self._found: dict[str, Found] = {}

    def watch(self, job: Job) -> None:
        """Look at a job's task from now on, as it is now."""
        self._watched[job.job_id] = job
        self._tasks[job.provider, str(job.task_id)] = job.job_id
        if job.job_id not in self._found:
            self._look_at(job, self._schedule.first_look(job))

    def forget(self, job_id: str) -> None:
        """Do not look at it any more."""
        job = self._watched.pop(job_id, None)
        if job is not None:
            self._due[job.provider].discard(job_id)
            self._tasks.pop((job.provider, str(job.task_id)), None)
        self._found.pop(job_id, None)
        self._schedule.forget(job_id)

    def wake(self, job: Job) -> None:
        """Look at once, or as soon as there is a task: somebody says that there is something to be seen."""
        if job.status in ENDED:
            return
        self._schedule.wake(job.job_id)
        if job.job_id in self._watched:
            self._look_at(self._watched[job.job_id], self._clock())

    def found(self, job_id: str) -> Found | None:
        """What the last look has come to, where that is an end."""
        return self._found.get(job_id)

    def look_on(self, job_id: str) -> None:
        """What was found did not end the job: look at its task again."""
        self._found.pop(job_id, None)
        job = self._watched.get(job_id)
        if job is not None:
            self._look_at(job, self._schedule.next_look(job))

    async def poll(self, provider: str) -> float | None:
        """Ask for all due tasks at once; gives when the next one is due."""
        due = self._due[provider]
        await self._replan(provider)
        jobs = self._take_due(provider, due)
        if jobs:
            tasks: Mapping[str, RemoteTask] = {}
            try:
                tasks = await self._ask(provider, jobs)
            finally:
                # An answer that nobody foresaw is none: the engine tells of it, and the jobs' own time goes on.
                self._take_down(provider, jobs, tasks)
            await self._replan(provider)
        return due.next_at()

    def _take_down(self, provider: str, jobs: Sequence[Job], tasks: Mapping[str, RemoteTask]) -> None:
        self._schedule.shared(provider, len(jobs), -(-len(jobs) // self._router[provider].capabilities.batch))
        for job in (*jobs, *self._also_seen(provider, jobs, tasks)):
            if job.job_id in self._watched:
                self._note(job, tasks.get(str(job.task_id)))

    async def _replan(self, provider: str) -> None:
        for job_id, at in await self._schedule.replan(provider):
            job = self._watched.get(job_id)
            if job is not None and job_id not in self._found:
                self._due[provider].discard(job_id)
                self._look_at(job, at)

    def _also_seen(self, provider: str, asked: Sequence[Job], tasks: Mapping[str, RemoteTask]) -> list[Job]:
        """Jobs whose tasks stood in the answer though they were not due: a look at no cost."""
        of = {(provider, str(job.task_id)) for job in asked}
        others = (self._tasks.get((provider, task_id)) for task_id in tasks if (provider, task_id) not in of)
        seen = [self._watched[job_id] for job_id in others if job_id in self._watched and job_id not in self._found]
        for job in seen:
            self._due[provider].discard(job.job_id)
        return seen

    def _take_due(self, provider: str, due: DueHeap[str]) -> list[Job]:
        now, jobs = self._clock(), list[Job]()
        at = due.next_at()
        if at is None or at > now:
            return jobs
        # A query that must be made takes along what would be due soon after it.
        early: list[tuple[str, float]] = []
        until = now + self._schedule.together(provider)
        while (at := due.next_at()) is not None and (job_id := due.pop(until)) is not None:
            job = self._watched.get(job_id)
            if at > now and not self._schedule.rested(job_id):
                early.append((job_id, at))
            elif job is not None and job.provider == provider and job.task_id is not None:
                jobs.append(job)
        for job_id, at in early:
            due.put(job_id, at)
        return jobs

    async def _ask(self, provider: str, jobs: list[Job]) -> Mapping[str, RemoteTask]:
        try:
            return await self._router[provider].fetch([str(job.task_id) for job in jobs])
        except HeldBack:
            return {}
        except ProviderError as error:
            self._router.report_failure(provider, error, fetching=True)
            if isinstance(error, AccountProblem):
                self._engine.make_due(JobStep.TELL_OWNER, f"{provider} {error.code}")
            log.warning("%s could not be asked for %d tasks: %s", provider, len(jobs), error.code)
            return error.found

    def _note(self, job: Job, task: RemoteTask | None) -> None:
        before = self._schedule.progress(job.job_id) or 0
        verdict = self._schedule.note(job, task)
        if verdict == "running":
            self._look_at(job, self._schedule.next_look(job))
            if (self._schedule.progress(job.job_id) or 0) // PROGRESS_STEP > before // PROGRESS_STEP:
                self._engine.make_due(JobStep.SHOW, job.job_id)
        else:
            self._found[job.job_id] = Found(verdict, task)
            self._engine.make_due(JobStep.TAKE, job.job_id)

    def _look_at(self, job: Job, at: float) -> None:
        if self._due[job.provider].put(job.job_id, at):
            self._engine.make_due(JobStep.POLL, job.provider, at)
