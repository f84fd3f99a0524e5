"""Pipeline: the steps of a job on one page. Each reads the row, takes one step, writes it down, and lets the job go.

    dispatch          who of those that wait is next                submission/dispatch.py
    submit            QUEUED -> SUBMITTING -> RENDERING             submission/submitting.py tells what can go wrong
    poll              asks a provider for all due tasks             polling/poller.py
    take              RENDERING or UNKNOWN -> DELIVERING or FAILED
    deliver           DELIVERING -> DELIVERED or PARKED             delivery/clip_delivery.py tells what can go wrong
    withdraw          QUEUED -> CANCELLED, once nobody waits
    provider_removed  goes on without a provider that was switched off

Whatever the process was doing when it died, the row says how to go on: the step is simply taken again. Which step comes
after which is in next_steps.py.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from bot.clocks import Clock
from bot.engine.engine import Engine, Faults
from bot.errors import NotItsTurn, StaleJob
from bot.jobs.delivery.clip_delivery import ClipDelivery
from bot.jobs.job_transitions import JobTransitions
from bot.jobs.next_steps import JobStep, due_at
from bot.jobs.polling.poller import Poller
from bot.jobs.polling.schedule import lacks_link
from bot.jobs.submission.dispatch import Dispatcher
from bot.jobs.submission.line import Line
from bot.jobs.submission.submitting import Submitter
from bot.jobs.submission.waiting import WaitingLine
from bot.jobs.transitions import ENDED, SLOW_LOOK_SECONDS, is_hopeless
from bot.models import FailureCode, Job, JobStatus
from bot.outlet import Outlet
from bot.providers.base import RemoteTask, TaskState

LANE = "job"
"""Steps of one job that exclude each other."""


class Pipeline:
    """Moves one job by one step; `resume` makes the right step due where a row is not what the step expects.

    That is so where somebody else was faster, or where a step was written down and the word of it was lost.
    """

    def __init__(
        self,
        transitions: JobTransitions,
        line: Line,
        dispatcher: Dispatcher,
        waiting: WaitingLine,
        submitter: Submitter,
        poller: Poller,
        delivery: ClipDelivery,
        resume: Callable[[Job], None],
        clock: Clock,
    ) -> None:
        self._transitions = transitions
        self._line = line
        self._dispatcher = dispatcher
        self._waiting = waiting
        self._submitter = submitter
        self._poller = poller
        self._delivery = delivery
        self._resume = resume
        self._clock = clock

    def plug_into(self, engine: Engine, outlet: Outlet) -> None:
        """Have an engine run the steps."""
        faults = Faults(self.forgive, self.forgive, self.abandon)
        for kind, step in (
            (JobStep.SUBMIT, self.submit),
            (JobStep.TAKE, self.take),
            (JobStep.WITHDRAW, self.withdraw),
            (JobStep.PROVIDER_REMOVED, self.provider_removed),
        ):
            engine.plug(kind, step, lane=LANE, faults=faults)
        engine.plug(JobStep.DELIVER, self.deliver, lane=LANE, ready=lambda: outlet.connected, faults=faults)
        engine.plug(JobStep.DISPATCH, self._dispatcher.dispatch)
        engine.plug(JobStep.POLL, self._poller.poll)
        engine.plug(JobStep.TELL_OWNER, self.tell_owner)

    # -- steps -------------------------------------------------------------------------------------------------------

    async def submit(self, job_id: str) -> float | None:
        """Hand a job over whose turn it is, or repeat a POST whose answer was lost."""
        job = await self._transitions.fresh(job_id)
        try:
            if job.status is JobStatus.SUBMITTING:
                return await self._repeat(job)
            if job.status is JobStatus.QUEUED and job.awaited and job_id in self._line.granted(job.provider):
                await self._submit(job)
            else:
                self._let_go(job)
        finally:
            # The row may name another provider by now than the one whose place it was given.
            provider = self._line.end_grant(job_id)
            if provider is not None:
                self._dispatcher.look_again(provider)
        return None

    async def _repeat(self, job: Job) -> float | None:
        now = self._clock()
        if not self._dispatcher.is_held(job.provider):
            if due_at(job, now) > now:
                return due_at(job, now)
            await self._submit(job)
            return None
        # Even one that is not to be tried yet: its provider may want to be left alone for longer than anybody waits.
        if job.turn_at is not None and not self._waiting.must_wait(job):
            await self._waiting.take_turn(job)
        return self._dispatcher.next_try(job.provider)

    async def _submit(self, job: Job) -> None:
        # A provider that answers with the finished clip is believed at once.
        finished = await self._submitter.submit(job)
        if finished is not None and not lacks_link(finished[1]):
            await self._take(*finished)

    async def take(self, job_id: str) -> float | None:
        """Believe what a look at the task has come to."""
        found, job = self._poller.found(job_id), await self._transitions.fresh(job_id)
        if found is None or job.status not in {JobStatus.RENDERING, JobStatus.UNKNOWN}:
            self._let_go(job)
            return None
        if found.verdict == "finished" and found.task is not None:
            await self._take(job, found.task)
        elif found.verdict == "overdue" and job.status is JobStatus.RENDERING:
            # The requester is told that nobody waits any more; the task is still looked at now and then.
            due = self._clock() + SLOW_LOOK_SECONDS
            await self._transitions.move(job, JobStatus.UNKNOWN, failure=FailureCode.TIMED_OUT, due_at=due)
            self._poller.look_on(job_id)
        elif found.verdict == "hopeless" and is_hopeless(job, self._clock()):
            failure = job.failure or FailureCode.OUTCOME_UNKNOWN
            await self._transitions.move(job, JobStatus.FAILED, failure=failure)
        else:
            self._poller.look_on(job_id)
        return None

    async def _take(self, job: Job, task: RemoteTask) -> None:
        """A finished task: its clip is fetched next, or its failure is told and its credits go back.

        One that has succeeded without a link comes here only once polling/schedule.py has looked for it long enough.
        """
        now, cost = self._clock(), task.cost if job.provider_cost is None else job.provider_cost
        if task.state is TaskState.SUCCEEDED and task.video_url is not None:
            # Delivering follows at once, so that its beginning is written down with it.
            begun = self._delivery.possible
            job = await self._transitions.move(
                job,
                JobStatus.DELIVERING,
                video_url=task.video_url,
                failure=None,
                rendered_at=now,
                attempts=0,
                due_at=now,
                strikes=int(begun),
                provider_cost=cost,
            )
            if begun:
                await self._delivery.deliver(job, begun=True)
            return
        unsaid = {TaskState.MISSING: FailureCode.TASK_LOST, TaskState.SUCCEEDED: FailureCode.CLIP_LOST}
        failure = task.failure or unsaid.get(task.state, FailureCode.PROVIDER_FAILED)
        await self._transitions.move(job, JobStatus.FAILED, failure=failure, provider_cost=cost)
        if failure is FailureCode.PROVIDER_ACCOUNT:
            self._submitter.tell_owner(job.provider, failure)

    async def deliver(self, job_id: str) -> float | None:
        """Bring the clip into the channel."""
        job, now = await self._transitions.fresh(job_id), self._clock()
        if job.status is not JobStatus.DELIVERING:
            self._let_go(job)
            return None
        if due_at(job, now) > now:
            return due_at(job, now)
        await self._delivery.deliver(job)
        return None

    async def withdraw(self, job_id: str) -> None:
        """Close a cancelled job that its provider did not take."""
        job = await self._transitions.fresh(job_id)
        if job.status is JobStatus.QUEUED and not job.awaited:
            await self._transitions.move(job, JobStatus.CANCELLED)
        else:
            self._let_go(job)

    async def provider_removed(self, job_id: str) -> None:
        """Go on without a provider that has been switched off."""
        await self._waiting.provider_removed(await self._transitions.fresh(job_id))

    async def tell_owner(self, provider_and_code: str) -> None:
        """Say that a provider's account needs attention."""
        provider, code = provider_and_code.split(" ", 1)
        self._submitter.tell_owner(provider, code)

    def _let_go(self, job: Job) -> None:
        """Have the step taken that a row asks for, where that is another one. What has failed before still counts."""
        self._resume(job)
        if job.status not in ENDED:
            raise NotItsTurn(job.job_id)

    # -- faults of ours ----------------------------------------------------------------------------------------------

    async def forgive(self, job_id: str) -> None:
        """A step was cut off by an orderly stop, or failed: that is no crash, so no strike of the job's."""
        with contextlib.suppress(StaleJob):
            await self._transitions.forgive(job_id)

    async def abandon(self, job_id: str, times: int) -> None:
        """End a job whose steps failed again and again by a fault of ours; a clip that is there is kept.

        After the first time, without a look for a message that may have brought the clip: that may be what fails.
        """
        job = await self._transitions.fresh(job_id)
        if job.status is JobStatus.DELIVERING:
            await self._delivery.abandon(job, unseen=times > 1)
        elif job.status in {JobStatus.SUBMITTING, JobStatus.RENDERING}:
            # The provider may be at work: a task that is known is still looked at now and then.
            due = self._clock() + SLOW_LOOK_SECONDS
            await self._transitions.move(job, JobStatus.UNKNOWN, failure=FailureCode.BROKEN, due_at=due)
        elif job.status in {JobStatus.QUEUED, JobStatus.UNKNOWN}:
            await self._transitions.move(job, JobStatus.FAILED, failure=FailureCode.BROKEN)
