"""The life of a task on a clock, and what a referee may read of it: charges, endings, requests. No wire format here.

A task is queued, then processing with growing progress, and ends when `render_seconds` have passed and its clip
exists. Its clip is begun when it is submitted.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import aiohttp

from sandbox.drawing.render import Renderer, RenderFailed, Shot
from sandbox.providers.faults import Ending, Outcome
from sandbox.providers.pictures import PictureRefused, fetch_picture

QUEUED_SHARE = 0.1


class Phase(StrEnum):
    """Where a task is, in neither provider's words."""

    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Charge:
    """Credits taken for a task; negative when they were given back."""

    task_id: str
    credits: int
    at: float


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One request as it arrived, without what would let anyone in."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    json: Any
    at: float


@dataclass(frozen=True, slots=True)
class Wish:
    """What a task is to show; `body` is the request as it came, `base_url` how the caller reached us."""

    prompt: str
    body: Mapping[str, Any]
    base_url: str
    seconds: int = 6
    short_side: int = 768
    first_url: str | None = None
    last_url: str | None = None


@dataclass(eq=False, slots=True)
class Task:
    """One task; only the book changes it. `ended` is set once it has completed or failed."""

    wish: Wish
    cost: int
    outcome: Outcome
    submitted_at: float
    render_seconds: float
    task_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    trace_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    finished_at: float | None = None
    clip: Path | None = None
    failure: Outcome | None = None
    hook_status: str | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def phase(self, now: float) -> Phase:
        """Where it is."""
        if self.finished_at is not None:
            return Phase.COMPLETED if self.failure is None else Phase.FAILED
        waiting = now - self.submitted_at < self.render_seconds * QUEUED_SHARE
        return Phase.QUEUED if waiting else Phase.PROCESSING

    def progress(self, now: float) -> int:
        """A percentage that reaches 100 with the clip and not before."""
        phase = self.phase(now)
        if phase in (Phase.QUEUED, Phase.FAILED):
            return 0
        if phase is Phase.COMPLETED:
            return 100
        return max(1, min(99, int(100 * (now - self.submitted_at) / max(self.render_seconds, 0.001))))

    @property
    def clip_url(self) -> str:
        """Where the clip is served, by the name the caller knows us by."""
        return f"{self.wish.base_url}/files/{self.task_id}.mp4"


class TaskBook:
    """All tasks of one stand-in, in the order they were made, and the money they cost."""

    def __init__(self, renderer: Renderer, render_seconds: float, clock: Callable[[], float] = time.time) -> None:
        self.tasks: dict[str, Task] = {}
        self.charges: list[Charge] = []
        self.completed_at: dict[str, float] = {}
        self.session: aiohttp.ClientSession | None = None
        self.clock = clock
        self._renderer = renderer
        self._render_seconds = render_seconds
        self._work: set[asyncio.Task[None]] = set()

    @property
    def in_flight(self) -> int:
        """Tasks that have not ended."""
        return sum(task.finished_at is None for task in self.tasks.values())

    def begin(self, wish: Wish, cost: int, outcome: Outcome, announce: Callable[[Task], Awaitable[None]]) -> Task:
        """Make a task, charge for it and start it; `announce` is called with it at its end."""
        task = Task(wish, cost, outcome, self.clock(), self._render_seconds)
        self.tasks[task.task_id] = task
        self.charges.append(Charge(task.task_id, cost, task.submitted_at))
        if outcome.ending is not Ending.NEVER:
            self.spawn(self._live(task, announce))
        return task

    def spawn(self, work: Awaitable[None]) -> None:
        """Run something beside the server until it ends or the server closes."""

        async def run() -> None:
            await work

        job = asyncio.create_task(run())
        self._work.add(job)
        job.add_done_callback(self._work.discard)

    async def close(self) -> None:
        """Stop everything that is still going on."""
        jobs = list(self._work)
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)

    async def _live(self, task: Task, announce: Callable[[Task], Awaitable[None]]) -> None:
        due = asyncio.get_running_loop().time() + task.render_seconds
        try:
            task.clip = await self._make(task)
        except PictureRefused as error:
            task.failure = Outcome(Ending.FAILED, text=str(error))
        except (RenderFailed, OSError) as error:
            task.failure = Outcome(Ending.FAILED, text=f"sandbox could not render: {error}")
        await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
        task.finished_at = self.completed_at[task.task_id] = self.clock()
        if task.failure is not None:
            self.charges.append(Charge(task.task_id, -task.cost, task.finished_at))
        task.ended.set()
        await announce(task)

    async def _make(self, task: Task) -> Path | None:
        if task.outcome.ending is Ending.FAILED:
            task.failure = task.outcome
            return None
        wish = task.wish
        assert self.session is not None
        pictures = [await fetch_picture(self.session, url) if url else None for url in (wish.first_url, wish.last_url)]
        alike = [other for other in self.tasks.values() if other.wish.prompt == wish.prompt]
        order = Shot(wish.prompt, wish.seconds, wish.short_side, *pictures, take=alike.index(task))
        return await self._renderer.render(order)
