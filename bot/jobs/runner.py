"""Runner: the due-time loop that drives all jobs. No coroutine owns a job; start-up is the loop beginning again."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine, Iterable
from time import monotonic

from bot.errors import AccountProblem, HeldBack, ProviderError, StaleJob
from bot.jobs.fairness import fair_order
from bot.jobs.machinery import Machinery
from bot.jobs.setbacks import MOST, Setbacks
from bot.jobs.transitions import ENDED, LONGEST_WAIT_SECONDS, is_hopeless
from bot.models import Job, JobStatus
from bot.outlet import StatusView

log = logging.getLogger(__name__)

_IDLE_SECONDS = 30.0
_AT_ONCE_SECONDS = 0.02
_STOP_SECONDS = 5.0
_TROUBLE_SECONDS = 5.0
_DAY = 24 * 3600.0


class Runner:
    """Reads the open jobs, starts whatever step is due, sleeps until the next due time or until it is woken.

    Wakes are taken together, and the more there is to look through the more of them.
    """

    def __init__(self, machinery: Machinery) -> None:
        self._m = machinery
        self._wake = asyncio.Event()
        self._stopping = False
        self._steps: dict[str, asyncio.Task[None]] = {}
        self._done: set[str] = set()
        self._setbacks = Setbacks(machinery.clock)
        self.beat = 0.0

    def wake(self, *_: object) -> None:
        """Look again at once; fits as a listener of the mover."""
        self._wake.set()

    async def run(self) -> None:
        """Drive jobs until `stop`; what an earlier process left behind is simply due."""
        while not self._stopping:
            self._wake.clear()
            began = monotonic()
            pause = await self._tick_safely()
            await asyncio.sleep(max(_AT_ONCE_SECONDS, 4 * (monotonic() - began)))
            try:
                await asyncio.wait_for(self._wake.wait(), pause)
            except TimeoutError:
                continue

    async def stop(self) -> None:
        """Start nothing more, give steps in progress a few seconds, then cut them off; their rows say how to go on."""
        self._stopping = True
        self._wake.set()
        if self._steps:
            await asyncio.wait(self._steps.values(), timeout=_STOP_SECONDS)
        for step in list(self._steps.values()):
            step.cancel()
        await asyncio.gather(*self._steps.values(), return_exceptions=True)
        await self._m.board.close()

    async def _recall(self) -> None:
        for job in await self._m.store.unshown(self._m.clock() - _DAY):
            self._m.board.want(job, StatusView())

    async def _tick_safely(self) -> float:
        try:
            pause = await self._tick()
        except Exception:
            # The boundary: a database that is locked or a disk that is full must not end the loop for good.
            log.exception("the jobs could not be looked through")
            return _TROUBLE_SECONDS
        self.beat = self._m.clock()
        return pause

    async def _tick(self) -> float:
        if self.beat == 0.0:
            await self._recall()
        self._done.clear()
        jobs = await self._m.store.open_jobs()
        self._forget_others({job.job_id for job in jobs})
        self._m.outlook.load = Counter(job.provider for job in jobs if job.status is not JobStatus.UNKNOWN)
        self._m.gauge(*_backlog(jobs, self._m.clock()))
        by_status: defaultdict[JobStatus, list[Job]] = defaultdict(list)
        for job in jobs:
            if job.status is JobStatus.QUEUED and not job.awaited:
                self._start(job.job_id, self._m.pipeline.withdraw(job))
            elif job.provider in self._m.router or job.status is JobStatus.DELIVERING:
                by_status[job.status].append(job)
            elif job.status is not JobStatus.UNKNOWN or is_hopeless(job, self._m.clock()):
                self._start(job.job_id, self._m.pipeline.strand(job))
        due = [
            await self._submit(by_status),
            self._repeat(by_status[JobStatus.SUBMITTING]),
            await self._look(by_status[JobStatus.RENDERING] + by_status[JobStatus.UNKNOWN]),
            self._deliver(by_status[JobStatus.DELIVERING]),
        ]
        await self._show(job for group in by_status.values() for job in group)
        due.append(await self._m.housekeeping.tidy({job.job_id for job in jobs}))
        due += [self._m.board.flush(), self._setbacks.soonest()]
        now = self._m.clock()
        return max(0.0, min((moment - now for moment in due if moment is not None), default=_IDLE_SECONDS))

    # -- steps -------------------------------------------------------------------------------------------------------

    async def _submit(self, by_status: dict[JobStatus, list[Job]]) -> float | None:
        waiting = by_status[JobStatus.QUEUED]
        self._m.outlook.clear_line()
        if not waiting:
            return None
        now = self._m.clock()
        served = await self._m.store.last_served(now - _DAY)
        busy = by_status[JobStatus.SUBMITTING] + by_status[JobStatus.RENDERING]
        busy += [job for job in waiting if job.job_id in self._steps]
        soonest: list[float | None] = []
        for name in self._m.router.names:
            at_work = [job for job in busy if job.provider == name]
            free = self._m.router.concurrency(name) - len(at_work)
            mine = [job for job in waiting if job.provider == name and job.job_id not in self._steps]
            in_flight = Counter(job.target.user_id for job in at_work)
            order = fair_order(mine, in_flight, served)
            well = self._m.router.healthy(name)
            ready = [job for job in order if self._due(job) <= now] if well else []
            for job in ready[: max(0, free)]:
                if not self._m.router.admit(name):
                    break
                self._start(job.job_id, self._m.pipeline.submit(job))
            self._m.outlook.line_up(name, [job for job in order if job.job_id not in self._steps])
            unwell = self._m.router.unwell(name)
            for place, job in enumerate([] if well else order):
                if unwell and job.auto_provider and self._m.router.has_other(job.request, name):
                    self._start(job.job_id, self._m.pipeline.reroute(job))
                elif place < free and not self._m.pipeline.must_wait(job):
                    self._start(job.job_id, self._m.pipeline.take_turn(job))
            soonest += [self._due(job) for job in order if self._due(job) > now]
            if mine:
                soonest.append(self._next_try(name))
        return _earliest(soonest)

    def _repeat(self, jobs: list[Job]) -> float | None:
        held = [job for job in jobs if self._m.router.held_until(job.provider) is not None]
        for job in held:
            if job.turn_at is not None and not self._m.pipeline.must_wait(job):
                self._start(job.job_id, self._m.pipeline.take_turn(job))
        due = self._start_due([job for job in jobs if job not in held], self._m.pipeline.submit)
        return _earliest([due, *(self._next_try(job.provider) for job in held)])

    def _next_try(self, name: str) -> float | None:
        # A provider may want to be left alone for hours: those who wait for it do not wait that long.
        at = self._m.router.retry_at(name)
        return None if at is None else min(at, self._m.clock() + _IDLE_SECONDS)

    def _deliver(self, jobs: list[Job]) -> float | None:
        if not self._m.outlet.connected:
            return None
        return self._start_due(jobs, self._m.pipeline.deliver)

    def _start_due(self, jobs: list[Job], step: Callable[[Job], Coroutine[None, None, None]]) -> float | None:
        now, later = self._m.clock(), []
        for job in jobs:
            if self._due(job) > now:
                later.append(self._due(job))
            elif job.job_id not in self._steps:
                self._start(job.job_id, step(job))
        return _earliest(later)

    async def _look(self, jobs: list[Job]) -> float | None:
        free = [job for job in jobs if job.job_id not in self._steps]
        later = []
        for name in self._m.router.names:
            mine = [job for job in free if job.provider == name and job.task_id is not None]
            batch, soonest = await self._m.looks.due(mine)
            if batch and f"look:{name}" not in self._steps:
                self._start(f"look:{name}", self._sweep(name, batch))
            elif soonest is not None and not batch:
                later.append(soonest)
        return _earliest(later)

    async def _sweep(self, name: str, jobs: list[Job]) -> None:
        """Ask a provider for all due tasks at once, and start what follows from each answer."""
        by_task = {job.task_id: job for job in jobs if job.task_id is not None}
        try:
            tasks = await self._m.router[name].fetch(list(by_task))
        except HeldBack:
            tasks = {}
        except ProviderError as error:
            self._m.router.report_failure(name, error, fetching=True)
            if isinstance(error, AccountProblem):
                self._start(f"owner:{name}", self._m.pipeline.tell_owner(name, error.code))
            log.warning("%s could not be asked for %d tasks: %s", name, len(jobs), error.code)
            tasks = error.found
        except Exception:
            # The boundary: an answer that nobody can read is none, and the jobs' own time goes on.
            log.exception("%s could not be asked for %d tasks", name, len(jobs))
            tasks = {}
        for task_id, job in by_task.items():
            verdict = self._m.looks.note(job, tasks.get(task_id))
            if verdict == "finished":
                self._start(job.job_id, self._m.pipeline.take(job, tasks[task_id]))
            elif verdict == "overdue":
                self._start(job.job_id, self._m.pipeline.give_up_waiting(job))
            elif verdict == "hopeless":
                self._start(job.job_id, self._m.pipeline.give_up_looking(job))

    def _due(self, job: Job) -> float:
        # No wait is that long: the clock is another than when the row was written. Neither is one that is no number.
        due_at = job.due_at if job.due_at - self._m.clock() <= LONGEST_WAIT_SECONDS else 0.0
        return max(due_at, self._setbacks.until(job.job_id))

    def _start(self, key: str, step: Coroutine[None, None, None]) -> None:
        # A job whose step ended after the rows were read is not what its row said: the next look will tell.
        waits = self._setbacks.until(key) > self._m.clock()
        if key in self._steps or key in self._done or self._stopping or waits:
            step.close()
            return
        self._steps[key] = asyncio.create_task(self._guard(key, step))

    async def _guard(self, key: str, step: Coroutine[None, None, None]) -> None:
        try:
            await step
        except asyncio.CancelledError:
            await self._m.pipeline.forgive(key)
            raise
        except StaleJob:
            log.debug("job %s moved on while a step was under way", key)
        except Exception:
            # The boundary: one job that cannot be advanced must not stop the others, nor spin, nor stay for ever.
            log.exception("step of %s failed", key)
            await self._set_back(key)
        else:
            self._setbacks.forget(key)
        finally:
            del self._steps[key]
            self._done.add(key)
            self._wake.set()

    async def _set_back(self, key: str) -> None:
        """Take back the strike, which is for crashes, and end a job that has failed too often for that to pass."""
        tries = self._setbacks.note(key)
        try:
            await self._m.pipeline.forgive(key)
            if tries >= MOST:
                await self._m.pipeline.abandon(key, unseen=tries > MOST)
        except StaleJob:
            log.debug("%s is no job, or has moved on", key)
        except Exception:
            # The boundary as well: what hinders the step may hinder its end, a full disk for instance. It comes again.
            log.exception("%s could not be put aside", key)

    def _forget_others(self, job_ids: set[str]) -> None:
        """Keep nothing of jobs that are not open any more."""
        self._m.looks.forget_others(job_ids)
        self._m.outlook.forget_others(job_ids)
        self._setbacks.forget_others({*job_ids, *(key for key in self._steps)})

    # -- what people see ---------------------------------------------------------------------------------------------

    async def _show(self, jobs: Iterable[Job]) -> None:
        for job in jobs:
            self._m.board.want(job, await self._m.outlook.view(job))

    def ended(self, _before: Job, after: Job) -> None:
        """A listener of the mover: what is no open job any more gets its last text here."""
        if after.status in ENDED or after.status is JobStatus.UNKNOWN:
            self._m.outlook.forget(after.job_id)
            self._m.board.want(after, StatusView())


def _backlog(jobs: Iterable[Job], now: float) -> tuple[int, float]:
    """(jobs waiting to be submitted, age in seconds of the oldest one that somebody waits for)."""
    waited_for = [job for job in jobs if job.status is not JobStatus.UNKNOWN and job.awaited]
    oldest = min((job.created_at for job in waited_for), default=now)
    return sum(job.status is JobStatus.QUEUED for job in waited_for), now - oldest


def _earliest(moments: Iterable[float | None]) -> float | None:
    return min((moment for moment in moments if moment is not None), default=None)
