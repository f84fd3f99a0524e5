"""Line: how many jobs wait at each provider, whose they are, whose turn it is, and which are in flight.

Counted along with every transition, and never queried but at the start.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from typing import NamedTuple

from bot.jobs.transitions import STARTED
from bot.models import Job, JobStatus
from bot.storage.open_jobs import OpenJob

_COUNTED = frozenset({JobStatus.QUEUED, JobStatus.SUBMITTING, JobStatus.RENDERING, JobStatus.DELIVERING})
_REMEMBERED = 10_000


class Turn(NamedTuple):
    """What a member's turn depends on: places taken, when served last, since when in line; the least is next."""

    taken: int
    served_at: float
    since: float


class Turns:
    """Members who wait, by their turns; a change of one costs as much as the logarithm of how many there are."""

    def __init__(self) -> None:
        self._turns: dict[int, Turn] = {}
        self._heap: list[tuple[Turn, int]] = []

    def put(self, user_id: int, turn: Turn) -> None:
        """A member waits, or his turn has changed."""
        if self._turns.get(user_id) != turn:
            self._turns[user_id] = turn
            heapq.heappush(self._heap, (turn, user_id))
            self._compact()

    def drop(self, user_id: int) -> None:
        """A member does not wait any more."""
        self._turns.pop(user_id, None)
        self._compact()

    def first(self, count: int, but: Collection[int] = ()) -> list[int]:
        """So many members whose turn is next, leaving some out."""
        found: list[int] = []
        kept: list[tuple[Turn, int]] = []
        while self._heap and len(found) < count:
            turn, user_id = heapq.heappop(self._heap)
            if self._turns.get(user_id) != turn or (kept and kept[-1] == (turn, user_id)):
                continue
            kept.append((turn, user_id))
            if user_id not in but:
                found.append(user_id)
        for entry in kept:
            heapq.heappush(self._heap, entry)
        return found

    def _compact(self) -> None:
        if len(self._heap) > 2 * len(self._turns):
            self._heap = [(turn, user_id) for user_id, turn in self._turns.items()]
            heapq.heapify(self._heap)


class Line:
    """Kept in step by every transition; loaded from the rows at the start."""

    def __init__(self) -> None:
        self.load: Counter[str] = Counter()
        self._waiting: defaultdict[str, Counter[int]] = defaultdict(Counter)
        self._since: defaultdict[str, dict[int, float]] = defaultdict(dict)
        self._turns: defaultdict[str, Turns] = defaultdict(Turns)
        self._started: defaultdict[str, dict[str, int]] = defaultdict(dict)
        self._granted: defaultdict[str, dict[str, int]] = defaultdict(dict)
        self._taken: defaultdict[str, Counter[int]] = defaultdict(Counter)
        self._served: dict[int, float] = {}

    def moved(self, before: Job, after: Job) -> None:
        """A job has moved; fits as a listener of the transitions."""
        if after.status is JobStatus.SUBMITTING and after.submitting_at is not None:
            self.serve({after.target.user_id: after.submitting_at})
        self._count(before, before.target.user_id, -1)
        self._count(after, after.target.user_id, 1)

    def add(self, job: Job | OpenJob, user_id: int) -> None:
        """A job has come in, or is read at the start."""
        self._count(job, user_id, 1)

    def serve(self, served: Mapping[int, float]) -> None:
        """When members were served last, as far as it still counts."""
        # Never back: of a POST that is repeated, or a job that is cancelled, the time is an earlier one.
        self._served |= {user_id: max(at, self._served.get(user_id, 0.0)) for user_id, at in served.items()}
        for provider, turns in self._turns.items():
            for user_id in served:
                if user_id in self._since[provider]:
                    turns.put(user_id, self._turn(provider, user_id))
        if len(self._served) > _REMEMBERED:
            newest = sorted(self._served, key=self._served.__getitem__)[_REMEMBERED // 2 :]
            self._served = {user_id: self._served[user_id] for user_id in newest}

    def _count(self, job: Job | OpenJob, user_id: int, by: int) -> None:
        provider = job.provider
        if job.status in _COUNTED:
            self.load[provider] += by
        if job.status is JobStatus.QUEUED:
            waiting = self._waiting[provider]
            waiting[user_id] += by
            self._since[provider].setdefault(user_id, job.created_at)
            if waiting[user_id] <= 0:
                del waiting[user_id], self._since[provider][user_id]
            self._take_turn(provider, user_id)
        if job.status in STARTED:
            self._place(self._started, provider, job.job_id, user_id, taken=by > 0)

    def _place(
        self, places: dict[str, dict[str, int]], provider: str, job_id: str, user_id: int, *, taken: bool
    ) -> None:
        before = self._has_place(provider, job_id)
        if taken:
            places[provider][job_id] = user_id
        else:
            places[provider].pop(job_id, None)
        self._taken[provider][user_id] += self._has_place(provider, job_id) - before
        if not self._taken[provider][user_id]:
            del self._taken[provider][user_id]
        self._take_turn(provider, user_id)

    def _has_place(self, provider: str, job_id: str) -> bool:
        return job_id in self._started[provider] or job_id in self._granted[provider]

    def _take_turn(self, provider: str, user_id: int) -> None:
        if user_id in self._since[provider]:
            self._turns[provider].put(user_id, self._turn(provider, user_id))
        else:
            self._turns[provider].drop(user_id)

    def _turn(self, provider: str, user_id: int) -> Turn:
        return Turn(self._taken[provider][user_id], self._served.get(user_id, 0.0), self._since[provider][user_id])

    def members(self) -> set[int]:
        """Everybody who waits."""
        return set().union(*self._since.values())

    def grant(self, provider: str, job_id: str, user_id: int) -> None:
        """A waiting job is being handed over: its place at the provider is taken from now on."""
        self._place(self._granted, provider, job_id, user_id, taken=True)

    def end_grant(self, job_id: str) -> str | None:
        """The hand-over is over; unless the job has started, its place is free again. At which provider it was."""
        for provider, granted in self._granted.items():
            user_id = granted.get(job_id)
            if user_id is not None:
                self._place(self._granted, provider, job_id, user_id, taken=False)
                return provider
        return None

    def granted(self, provider: str) -> frozenset[str]:
        """The jobs that are being handed over."""
        return frozenset(self._granted[provider])

    def next_members(self, provider: str, count: int, but: Collection[int] = ()) -> list[int]:
        """The members who are next in turn at a provider, leaving some out."""
        return self._turns[provider].first(count, but)

    def in_flight(self, provider: str) -> Mapping[int, int]:
        """How many places each member has taken there."""
        return self._taken[provider]

    def taken(self, provider: str) -> int:
        """How many places are taken there."""
        return self._taken[provider].total()

    def waiting(self, provider: str) -> int:
        """How many jobs wait there."""
        return self._waiting[provider].total()

    def ahead(self, provider: str, user_id: int, mine: int) -> int:
        """How many jobs are likely to be served before a member's `mine`-th waiting one, members taking turns."""
        turn = (self._turn(provider, user_id), user_id)
        ahead = mine - 1
        for other, count in self._waiting[provider].items():
            if other != user_id:
                # Whoever comes before me in a round has one more turn until then than whoever comes after.
                ahead += min(count, mine if (self._turn(provider, other), other) < turn else mine - 1)
        return ahead
