"""Line: how many jobs wait at each provider, whose they are, and which are in flight. Counted along, never queried."""

from __future__ import annotations

from collections import Counter, defaultdict

from bot.jobs.transitions import STARTED
from bot.models import Job, JobStatus
from bot.storage.open_jobs import OpenJob

_COUNTED = frozenset({JobStatus.QUEUED, JobStatus.SUBMITTING, JobStatus.RENDERING, JobStatus.DELIVERING})


class Line:
    """Kept in step by every transition; loaded from the rows at the start."""

    def __init__(self) -> None:
        self.load: Counter[str] = Counter()
        self._waiting: defaultdict[str, Counter[int]] = defaultdict(Counter)
        self._started: defaultdict[str, dict[str, int]] = defaultdict(dict)
        self._granted: defaultdict[str, dict[str, int]] = defaultdict(dict)

    def moved(self, before: Job, after: Job) -> None:
        """A job has moved; fits as a listener of the transitions."""
        self._count(before, before.target.user_id, -1)
        self._count(after, after.target.user_id, 1)

    def add(self, job: Job | OpenJob, user_id: int) -> None:
        """A job has come in, or is read at the start."""
        self._count(job, user_id, 1)

    def _count(self, job: Job | OpenJob, user_id: int, by: int) -> None:
        if job.status in _COUNTED:
            self.load[job.provider] += by
        if job.status is JobStatus.QUEUED:
            waiting = self._waiting[job.provider]
            waiting[user_id] += by
            if waiting[user_id] <= 0:
                del waiting[user_id]
        if job.status in STARTED and by > 0:
            self._started[job.provider][job.job_id] = user_id
        elif job.status in STARTED:
            self._started[job.provider].pop(job.job_id, None)

    def grant(self, provider: str, job_id: str, user_id: int) -> None:
        """A waiting job is being handed over: its place at the provider is taken from now on."""
        self._granted[provider][job_id] = user_id

    def end_grant(self, provider: str, job_id: str) -> bool:
        """The hand-over is over; unless the job has started, its place is free again. Whether there was any."""
        return self._granted[provider].pop(job_id, None) is not None

    def granted(self, provider: str) -> frozenset[str]:
        """The jobs that are being handed over."""
        return frozenset(self._granted[provider])

    def in_flight(self, provider: str) -> Counter[int]:
        """How many places each member has taken there."""
        return Counter((self._started[provider] | self._granted[provider]).values())

    def taken(self, provider: str) -> int:
        """How many places are taken there."""
        started, granted = self._started[provider], self._granted[provider]
        return len(started) + sum(job_id not in started for job_id in granted)

    def waiting(self, provider: str) -> int:
        """How many jobs wait there."""
        return self._waiting[provider].total()

    def ahead(self, provider: str, user_id: int, mine: int) -> int:
        """How many jobs are likely to be served before a member's `mine`-th waiting one, members taking turns."""
        others = (min(count, mine) for user, count in self._waiting[provider].items() if user != user_id)
        return sum(others) + mine - 1
