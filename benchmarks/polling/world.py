"""A provider whose tasks take as long as they are told to, and a poller that asks when PollSchedule says so."""

from __future__ import annotations

import heapq
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast
from urllib.parse import parse_qs, urlsplit

from bot.jobs.polling.curve import Bounds
from bot.jobs.polling.plans import Kind, Pace, Past
from bot.jobs.polling.schedule import PollSchedule
from bot.models import Job, JobStatus, ReplyTarget, VideoRequest
from bot.providers.apiframe.job_list import JobList
from bot.providers.base import RemoteTask, TaskState
from bot.providers.http import JsonClient

PROVIDER = "apiframe"
PUBLISHED = 180.0
PAGE = 100
PACE = Pace(Bounds(5.0, 15.0), 4.0, 1200.0)
"""The defaults."""

_RUNNING = RemoteTask("", TaskState.RUNNING)
_DONE = RemoteTask("", TaskState.SUCCEEDED, video_url="https://clips.example/a.mp4")


@dataclass(frozen=True, slots=True)
class Task:
    """When a task is submitted, and how long it takes."""

    begun: float
    seconds: float


@dataclass(slots=True)
class Noticed:
    """What the end of one task cost: its part of the queries, and how late it was noticed."""

    calls: float = 0.0
    late: float = math.nan


Cost = Callable[[Sequence[int], int], Awaitable[int]]
"""(numbers of the tasks asked for, how many have been submitted) to calls."""


async def by_ids(asked: Sequence[int], submitted: int) -> int:
    """Where a query names the tasks it asks for, so many on a page."""
    return math.ceil(len(asked) / PAGE)


class _Answer(NamedTuple):
    body: object
    status: int = 200
    ok: bool = True


class Listed:
    """Where tasks are found on a list, newest first, that also holds those that have ended; as Apiframe's."""

    def __init__(self) -> None:
        self._list = JobList(cast(JsonClient, self), lambda _task_id: ())
        self._submitted = 0
        self._pages = 0

    async def __call__(self, asked: Sequence[int], submitted: int) -> int:
        """Pages read, and calls for what is asked for by itself."""
        if len(asked) == 1:
            return 1
        self._submitted, self._pages = submitted, 0
        missing = {str(number) for number in asked}
        await self._list.find(missing)
        return self._pages + len(missing)

    async def get(self, path: str) -> _Answer:
        """One page of the list, as the client of the provider has it."""
        self._pages += 1
        cursor = parse_qs(urlsplit(path).query).get("cursor")
        first = self._submitted - 1 if cursor is None else int(cursor[0])
        last = first - PAGE
        jobs = [
            {"id": str(number), "status": "PROCESSING", "createdAt": f"{number:020}"}
            for number in range(first, max(-1, last), -1)
        ]
        return _Answer({"jobs": jobs, "hasMore": last >= 0, "nextCursor": str(last) if last >= 0 else None})


class World:
    """Takes tasks in the order of their submission, and gives what each has cost."""

    def __init__(self, past: Sequence[float] = (), *, cost: Cost = by_ids, pace: Pace = PACE) -> None:
        self._past = Past(PUBLISHED, past)
        self._cost = cost
        self._now = 0.0
        self._schedule = PollSchedule(self._tell, lambda: self._now, pace)
        self._due: list[tuple[float, int]] = []
        self._at: dict[int, float] = {}

    async def run(self, tasks: Sequence[Task]) -> list[Noticed]:
        """Until the end of all of them is known."""
        jobs = [_job(number, task.begun) for number, task in enumerate(tasks)]
        found = [Noticed() for _ in tasks]
        submitted = 0
        while submitted < len(tasks) or self._at:
            soonest = self._due[0][0] if self._due else math.inf
            if submitted < len(tasks) and tasks[submitted].begun <= soonest:
                self._now = max(self._now, tasks[submitted].begun)
                self._look_at(submitted, self._schedule.first_look(jobs[submitted]))
                submitted += 1
                continue
            self._now = max(self._now, soonest)
            await self._replan()
            asked = self._take_due(jobs)
            if not asked:
                continue
            calls = await self._cost(asked, submitted)
            self._schedule.shared(PROVIDER, len(asked), calls)
            for number in asked:
                found[number].calls += calls / len(asked)
                done = tasks[number].begun + tasks[number].seconds <= self._now
                if self._schedule.note(jobs[number], _DONE if done else _RUNNING) == "running":
                    self._look_at(number, self._schedule.next_look(jobs[number]))
                else:
                    found[number].late = self._now - tasks[number].begun - tasks[number].seconds
                    self._schedule.forget(jobs[number].job_id)
            await self._replan()
        return found

    async def _tell(self, kind: Kind) -> Past:
        return self._past

    async def _replan(self) -> None:
        for job_id, at in await self._schedule.replan(PROVIDER):
            self._look_at(int(job_id, 16), at)

    def _look_at(self, number: int, at: float) -> None:
        self._at[number] = at
        heapq.heappush(self._due, (at, number))

    def _take_due(self, jobs: Sequence[Job]) -> list[int]:
        """All that are due, and where there are any, those that are due soon."""
        asked, back = [], []
        soon = self._now
        while self._due and self._due[0][0] <= soon:
            at, number = heapq.heappop(self._due)
            if self._at.get(number) != at:
                continue
            if at <= self._now or self._schedule.rested(jobs[number].job_id):
                del self._at[number]
                asked.append(number)
                soon = self._now + self._schedule.together(PROVIDER)
            else:
                back.append((at, number))
        for item in back:
            heapq.heappush(self._due, item)
        return asked


def _job(number: int, begun: float) -> Job:
    return Job(
        job_id=f"{number:020x}",
        version=1,
        status=JobStatus.RENDERING,
        request=VideoRequest("a scene"),
        target=ReplyTarget(number, number, 1, 5),
        provider=PROVIDER,
        auto_provider=False,
        price=1,
        created_at=begun,
        due_at=begun,
        submitted_at=begun,
    )
