"""Pipeline: the story of a job on one page. Each method takes one step, writes it down, and lets the job go.

    submit    QUEUED -> SUBMITTING -> RENDERING            bot.jobs.submitting tells what can go wrong
    take      RENDERING or UNKNOWN -> DELIVERING or FAILED
    deliver   DELIVERING -> DELIVERED or PARKED            bot.jobs.clip_delivery tells what can go wrong

Whatever the process was doing when it died, the row says how to go on: the step is simply taken again.
"""

from __future__ import annotations

from bot.clocks import Clock
from bot.jobs.clip_delivery import ClipDelivery
from bot.jobs.job_transitions import JobTransitions
from bot.jobs.poll_schedule import lacks_link
from bot.jobs.submitting import Submitter
from bot.jobs.transitions import SLOW_LOOK_SECONDS
from bot.jobs.waiting import WaitingLine
from bot.models import FailureCode, Job, JobStatus
from bot.providers.base import RemoteTask, TaskState


class Pipeline:
    """Moves one job by one step."""

    def __init__(
        self, mover: JobTransitions, line: WaitingLine, submitter: Submitter, courier: ClipDelivery, clock: Clock
    ) -> None:
        self._mover = mover
        self._line = line
        self._submitter = submitter
        self._courier = courier
        self._clock = clock

    async def submit(self, job: Job) -> None:
        """Hand a job to its provider; one that answers with the finished clip is believed at once."""
        finished = await self._submitter.submit(job)
        if finished is not None and not lacks_link(finished[1]):
            await self.take(*finished)

    async def strand(self, job: Job) -> None:
        """Go on without a provider that has been switched off."""
        await self._line.strand(job)

    async def take_turn(self, job: Job) -> None:
        """Note that its turn came while its provider is left alone, or end it where that was long ago."""
        await self._line.take_turn(job)

    async def withdraw(self, job: Job) -> None:
        """Close a cancelled job that its provider did not take."""
        await self._line.withdraw(job)

    def must_wait(self, job: Job) -> bool:
        """Whether a waiting job whose provider is left alone has nothing to do but wait."""
        return job.turn_at is not None and not self._line.is_overdue(job)

    async def reroute(self, job: Job) -> None:
        """Give a waiting job to another provider while its own is left alone."""
        await self._line.hand_over(job)

    async def tell_owner(self, provider: str, code: str) -> None:
        """Say that a provider's account needs attention."""
        await self._submitter.tell_owner(provider, code)

    async def deliver(self, job: Job) -> None:
        """Bring the clip into the channel."""
        await self._courier.deliver(job)

    async def take(self, job: Job, task: RemoteTask) -> None:
        """Believe a finished task: its clip is fetched next, or its failure is told and its credits go back.

        One that has succeeded without a link comes here only once bot.jobs.poll_schedule has looked for it long enough.
        """
        if task.state is TaskState.SUCCEEDED and task.video_url is not None:
            await self._mover.move(
                job,
                JobStatus.DELIVERING,
                video_url=task.video_url,
                failure=None,
                rendered_at=self._clock(),
                attempts=0,
                due_at=self._clock(),
            )
        else:
            unsaid = {TaskState.MISSING: FailureCode.TASK_LOST, TaskState.SUCCEEDED: FailureCode.CLIP_LOST}
            failure = task.failure or unsaid.get(task.state, FailureCode.PROVIDER_FAILED)
            await self._mover.move(job, JobStatus.FAILED, failure=failure)
            if failure is FailureCode.PROVIDER_ACCOUNT:
                await self.tell_owner(job.provider, failure)

    async def give_up_waiting(self, job: Job) -> None:
        """Tell the requester that nobody waits any more; the task is still looked at now and then."""
        await self._mover.move(
            job, JobStatus.UNKNOWN, failure=FailureCode.TIMED_OUT, due_at=self._clock() + SLOW_LOOK_SECONDS
        )

    async def give_up_looking(self, job: Job) -> None:
        """Close a job of unknown outcome whose task never turned up."""
        await self._mover.move(job, JobStatus.FAILED, failure=job.failure or FailureCode.OUTCOME_UNKNOWN)

    async def abandon(self, job_id: str, *, unseen: bool = False) -> None:
        """End a job whose steps failed again and again by a fault of ours; a clip that is there is kept.

        With `unseen`, without a look for a message that may have brought the clip: that may be what fails.
        """
        job = await self._mover.fresh(job_id)
        if job.status is JobStatus.DELIVERING:
            await self._courier.abandon(job, unseen=unseen)
        elif job.status in {JobStatus.SUBMITTING, JobStatus.RENDERING}:
            # The provider may be at work: a task that is known is still looked at now and then.
            due_at = self._clock() + SLOW_LOOK_SECONDS
            await self._mover.move(job, JobStatus.UNKNOWN, failure=FailureCode.BROKEN, due_at=due_at)
        elif job.status in {JobStatus.QUEUED, JobStatus.UNKNOWN}:
            await self._mover.move(job, JobStatus.FAILED, failure=FailureCode.BROKEN)

    async def forgive(self, job_id: str) -> None:
        """Note that a step was cut off by an orderly stop: that is not the job's fault."""
        await self._mover.forgive(job_id)
