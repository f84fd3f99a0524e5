"""StatusForecast: what a person may expect of an open job: its place in line, the provider's progress, a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from bot.jobs.estimates import Estimates
from bot.jobs.poll_schedule import PollSchedule
from bot.models import Job, JobStatus
from bot.outlet import StatusView
from bot.providers.routing import Router


class StatusForecast:
    """Remembers the line as the runner last saw it; `load` counts the open jobs of each provider."""

    def __init__(self, estimates: Estimates, looks: PollSchedule, router: Router) -> None:
        self._estimates = estimates
        self._looks = looks
        self._router = router
        self._places: dict[str, int] = {}
        self._waiting: Counter[str] = Counter()
        self._promises: dict[str, tuple[object, tuple[int, bool]]] = {}
        self.load: Counter[str] = Counter()

    def clear_line(self) -> None:
        """Nobody is known to wait."""
        self._places.clear()
        self._waiting.clear()

    def line_up(self, provider: str, order: Sequence[Job]) -> None:
        """These wait for a provider, next one first."""
        self._waiting[provider] = len(order)
        self._places |= {job.job_id: place for place, job in enumerate(order, 1)}

    def forget(self, job_id: str) -> None:
        """A job is not open any more."""
        self._promises.pop(job_id, None)

    def forget_others(self, job_ids: Collection[str]) -> None:
        """Drop what was said of jobs that are not open any more; a late reader may have asked once more."""
        for job_id in self._promises.keys() - set(job_ids):
            del self._promises[job_id]

    async def view(self, job: Job) -> StatusView:
        """What the status message of a job ought to say now."""
        if not job.awaited:
            return StatusView()
        since = trying_since(job)
        if since is not None:
            return StatusView(retrying=True, trying_since=since)
        if job.status is JobStatus.QUEUED:
            place = self._places.get(job.job_id) or self._behind(job.provider)
            expected_at, measured = await self._promise(job, place)
            return StatusView(place=place, expected_at=expected_at, measured=measured)
        if job.status in {JobStatus.SUBMITTING, JobStatus.RENDERING}:
            expected_at, measured = await self._promise(job, None)
            progress = self._looks.progress(job.job_id)
            return StatusView(progress=progress, expected_at=expected_at, measured=measured)
        return StatusView(retrying=job.attempts > 0)

    def _behind(self, provider: str) -> int:
        """The place of a job that has just come in: behind those that wait, or next where nothing does."""
        return 1 + (self._waiting[provider] if self.load[provider] >= self._router.concurrency(provider) else 0)

    async def _promise(self, job: Job, place: int | None) -> tuple[int, bool]:
        # Worked out anew only when something has happened to the job: a time that creeps along would be an edit each.
        occasion = (place, job.provider, job.submitted_at)
        known = self._promises.get(job.job_id)
        if known is None or known[0] != occasion:
            known = self._promises[job.job_id] = (occasion, await self._estimates.expected_at(job, place))
        return known[1]


def trying_since(job: Job) -> int | None:
    """Since when a job's provider ought to have taken it; None before that has failed, and once there is a task."""
    if job.status is JobStatus.QUEUED:
        failing = job.attempts > 0 or job.turn_at is not None  # whose turn has come, and whose provider is left alone
    else:
        failing = job.status is JobStatus.SUBMITTING and job.task_id is None and job.attempts > 0
    if not failing:
        return None
    return round(job.created_at if job.turn_at is None else job.turn_at)
