"""A far side with many jobs under way, in a time of its own: Apiframe's list, single jobs, submissions. No tests."""

from __future__ import annotations

import random
import uuid
from bisect import insort
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from bot.providers.apiframe.client import Apiframe
from bot.providers.base import Submission, TaskState
from sandbox.providers.listing import Key, page
from tests.unit.providers import samples
from tests.unit.providers.samples import af_job

SECONDS, SPREAD = 180.0, 0.33
"""The mean time of a render, and its deviation as a share of it."""


class FarList:
    """Jobs that begin and end as time is moved on; counts what it is asked. `foreign` jobs of others come with each."""

    def __init__(self, in_flight: int, foreign: int = 0) -> None:
        self.now = 0.0
        self.pages = self.singles = 0
        self.began: dict[str, float] = {}
        self.ends: dict[str, float] = {}
        self.rate = in_flight / SECONDS
        self.takes_cursors = True
        self._foreign = foreign
        self._keys: list[Key] = []
        self._dice = random.Random(7)

    @property
    def calls(self) -> int:
        """Status queries so far."""
        return self.pages + self.singles

    def run_before(self, seconds: float) -> list[str]:
        """Let jobs of an earlier process begin for some time; those of ours that are still under way."""
        until = self.now + seconds
        while self.now < until:
            self.now += self._dice.expovariate(self.rate)
            self.add()
        return [task_id for task_id, end in self.ends.items() if end > self.now]

    def add(self) -> str:
        """A job of ours begins, and those of other programs."""
        for _ in range(self._foreign):
            self._begin()
        task_id = self._begin()
        self.ends[task_id] = self.now + max(30.0, self._dice.gauss(SECONDS, SPREAD * SECONDS))
        return task_id

    def _begin(self) -> str:
        task_id = str(uuid.UUID(int=self._dice.getrandbits(128), version=4))
        self.began[task_id] = self.now
        insort(self._keys, (f"{self.now:016.6f}", task_id))
        return task_id

    def describe(self, task_id: str) -> Mapping[str, Any]:
        """A job as it stands now; those of others never end."""
        done = self.ends.get(task_id, self.now + 1) <= self.now
        created = f"{self.began[task_id]:016.6f}"
        return af_job("COMPLETED" if done else "PROCESSING", id=task_id, createdAt=created, result=samples.CLIP)

    async def answer(self, request: web.Request) -> web.Response:
        """Answer as Apiframe does."""
        if request.method == "POST":
            return web.json_response({"jobId": self.add(), "status": "QUEUED"}, status=202)
        if request.path != "/v2/jobs":
            self.singles += 1
            return web.json_response(dict(self.describe(request.path.rpartition("/")[2])))
        self.pages += 1
        if not self.takes_cursors and "cursor" in request.query:
            return web.json_response({"error": "Invalid query parameters or cursor"}, status=400)
        return web.json_response(page(self._keys, self.describe, request.query))

    def truth(self, task_id: str) -> TaskState:
        """How a task stands."""
        return TaskState.SUCCEEDED if self.ends[task_id] <= self.now else TaskState.RUNNING


class Watcher:
    """Submits and asks as an application does: for all tasks from a certain age on, every five seconds."""

    def __init__(self, far: FarList, provider: Apiframe, under_way: list[str], *, age: float) -> None:
        self.far = far
        self.provider = provider
        self.under_way = under_way
        self.ended = 0
        self._age = age

    async def run(self, seconds: float) -> None:
        """Go on for some time."""
        until = self.far.now + seconds
        while self.far.now < until:
            self.far.now += 5.0
            for _ in range(round(self.far.rate * 5.0)):
                self.under_way.append((await self.provider.submit(Submission(str(uuid.uuid4()), "p"))).task_id)
            await self.look()

    async def look(self) -> None:
        """One sweep; every answer must be true, and none may be missing."""
        due = [key for key in self.under_way if self.far.now - self.far.began[key] >= self._age]
        tasks = await self.provider.fetch(due)
        assert set(due) <= set(tasks) <= set(self.far.ends)
        assert {key: task.state for key, task in tasks.items()} == {key: self.far.truth(key) for key in tasks}
        over = {key for key in due if not tasks[key].under_way}
        self.ended += len(over)
        self.under_way = [key for key in self.under_way if key not in over]
