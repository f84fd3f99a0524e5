"""StatusForecast: what a person may expect of an open job: its place in line, the provider's progress, a time."""

from __future__ import annotations

from bot.clocks import Clock
from bot.jobs.polling.estimates import Estimates
from bot.jobs.polling.schedule import PollSchedule
from bot.jobs.submission.line import Line
from bot.jobs.transitions import trying_since
from bot.models import Job, JobStatus
from bot.outlet import StatusView
from bot.providers.routing import Router
from bot.storage.open_jobs import OpenJobs

_LEAST_SECONDS = 30.0
_LONGEST_SECONDS = 3600.0


class StatusForecast:
    """Remembers nothing: what it says follows from the row, the line as it is counted, and the last looks."""

    def __init__(
        self,
        open_jobs: OpenJobs,
        estimates: Estimates,
        schedule: PollSchedule,
        line: Line,
        router: Router,
        clock: Clock,
    ) -> None:
        self._open_jobs = open_jobs
        self._estimates = estimates
        self._schedule = schedule
        self._line = line
        self._router = router
        self._clock = clock

    async def view(self, job: Job) -> StatusView:
        """What the status message of a job ought to say now."""
        if not job.awaited or job.provider not in self._router:
            return StatusView()
        since = trying_since(job)
        if since is not None:
            return StatusView(retrying=True, trying_since=since)
        if job.status is JobStatus.QUEUED:
            place = await self._place(job)
            expected_at, measured = await self._estimates.expected_at(job, place)
            return StatusView(place=place, expected_at=expected_at, measured=measured)
        if job.status in {JobStatus.SUBMITTING, JobStatus.RENDERING}:
            expected_at, measured = await self._estimates.expected_at(job, None)
            progress = self._schedule.progress(job.job_id)
            return StatusView(progress=progress, expected_at=expected_at, measured=measured)
        return StatusView(retrying=job.attempts > 0)

    def look_again(self, job: Job, view: StatusView) -> float | None:
        """When a view may have changed though nothing has happened to the job: as others before it are served."""
        if job.status is not JobStatus.QUEUED or view.place in {None, 1}:
            return None
        now = self._clock()
        left = (view.expected_at or now) - now
        return now + min(max(left / 4, _LEAST_SECONDS), _LONGEST_SECONDS)

    async def _place(self, job: Job) -> int:
        """1 for who is next; where a place is free at the provider, everybody who comes in is."""
        provider = job.provider
        if self._line.taken(provider) < self._router.concurrency(provider) or job.job_id in self._line.granted(
            provider
        ):
            return 1
        earlier = await self._open_jobs.waiting_before(provider, job.target.user_id, job.created_at)
        return 1 + self._line.ahead(provider, job.target.user_id, earlier + 1)
