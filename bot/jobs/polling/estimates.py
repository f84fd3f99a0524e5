"""When a clip may be expected: measured medians of past jobs, before there are any the provider's published average."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from bot.clocks import Clock
from bot.jobs.polling.plans import Kind, Past
from bot.models import Job
from bot.providers.routing import Router
from bot.storage.jobs import JobStore

_KEEP_SECONDS = 30.0
_LATEST = 50


@dataclass(frozen=True, slots=True)
class Estimate:
    """The usual render time in seconds, and whether it was measured here."""

    seconds: float
    measured: bool


class Estimates:
    """Answers from the store, remembered for half a minute per kind of job."""

    def __init__(self, store: JobStore, router: Router, clock: Clock) -> None:
        self._store = store
        self._router = router
        self._clock = clock
        self._known: dict[object, tuple[float, Estimate]] = {}

    async def usual(self, job: Job) -> Estimate:
        """How long jobs of this kind usually take from submission to completion."""
        kind = (job.provider, job.request.resolution, job.request.duration_seconds)
        until, known = self._known.get(kind, (0.0, None))
        now = self._clock()
        if known is not None and now < until:
            return known
        found = await self._store.render_seconds(*kind, latest=_LATEST)
        average = self._router[job.provider].capabilities.average_seconds
        measured = median(seconds for seconds, *_ in found) if found else None
        estimate = Estimate(average, False) if measured is None else Estimate(measured, True)
        self._known[kind] = (now + _KEEP_SECONDS, estimate)
        return estimate

    async def past(self, kind: Kind) -> Past:
        """What is known of a kind of task before this process has seen one end."""
        provider, resolution, duration_seconds, *frames = kind
        found = await self._store.render_seconds(provider, resolution, duration_seconds)
        average = self._router[provider].capabilities.average_seconds
        return Past(average, [took for took, *theirs in reversed(found) if theirs == frames and took > 0])

    async def expected_at(self, job: Job, place: int | None) -> tuple[int, bool]:
        """(epoch second at which the clip may be there, whether from measurements); a queue adds whole rounds."""
        usual = await self.usual(job)
        if job.submitted_at is not None:
            return round(job.submitted_at + usual.seconds), usual.measured
        rounds = 0 if place is None else (place - 1) // self._router.concurrency(job.provider)
        return round(self._clock() + usual.seconds * (1 + rounds)), usual.measured
