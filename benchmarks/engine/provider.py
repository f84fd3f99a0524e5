"""Apiframe's stand-in with tasks made to measure: how long each takes, which clip it brings, when its end was told."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from aiohttp import web

from sandbox.drawing.render import Shot
from sandbox.providers.apiframe import Apiframe
from sandbox.providers.faults import Ending, Fault, Outcome, Route
from sandbox.providers.standin import Handler
from sandbox.providers.tasks import Task, TaskBook, Wish

ENDLESS, LARGE = "endless", "large"
"""Words in a prompt: its task never ends; its clip is the large one."""

USUAL_SECONDS = 180.0
FOR_EVER = 1e7
KEY = "afk_sandbox"


class Clips:
    """Renders nothing: serves one of two clips, by the prompt."""

    def __init__(self, small: Path, large: Path) -> None:
        self._small = small
        self._large = large

    async def render(self, shot: Shot) -> Path:
        """The small clip, or the large one where the prompt asks for it."""
        return self._large if LARGE in shot.prompt else self._small

    def close(self) -> None:
        """Leave the files alone: they are not ours."""


class TimedBook(TaskBook):
    """A task book that looks the render time up by prompt."""

    def __init__(self, clips: Clips, usual: float) -> None:
        super().__init__(clips, usual)
        self._usual = usual
        self.seconds: dict[str, float] = {}

    def begin(self, wish: Wish, cost: int, outcome: Outcome, announce: Callable[[Task], Awaitable[None]]) -> Task:
        """See TaskBook."""
        self._render_seconds = self.seconds.get(wish.prompt, FOR_EVER if ENDLESS in wish.prompt else self._usual)
        return super().begin(wish, cost, outcome, announce)


class Provider(Apiframe):
    """`told` is when an answer first said of a task that it is completed, for the tasks in `watched`."""

    def __init__(self, clips: Clips, usual: float = 0.3) -> None:
        super().__init__(clips, usual, key=KEY)
        self.times = TimedBook(clips, usual)
        self.book = self.times
        self.told: dict[str, float] = {}
        self.watched: set[str] = set()
        self.faults.add(Fault(match=ENDLESS, times=None, outcome=Outcome(Ending.NEVER)))

    def fill(self, ages: Sequence[float], seconds: float = FOR_EVER) -> list[str]:
        """Make tasks that never end, begun so many seconds ago; their ids. The percentage grows over `seconds`."""
        made = []
        for age in ages:
            wish = Wish(f"{ENDLESS} {len(self.tasks)}", {}, self.url)
            self.times.seconds[wish.prompt] = seconds
            task = self.book.begin(wish, 0, Outcome(Ending.NEVER), _say_nothing)
            task.submitted_at -= age
            made.append(task.task_id)
        return made

    def clear(self, *, but: str) -> None:
        """Forget every task but the one with this prompt: a copy of the same data may ask for the others anew."""
        self._replays.clear()
        for task_id, task in list(self.tasks.items()):
            if task.wish.prompt != but:
                del self.tasks[task_id]

    def task(self, prompt: str) -> Task | None:
        """The task of a prompt, once there is one."""
        return next((task for task in reversed(self.tasks.values()) if task.wish.prompt == prompt), None)

    def queries(self, since: int = 0) -> list[float]:
        """When status queries came in, those after the first `since` requests of any kind."""
        return [
            record.at
            for record in self.requests[since:]
            if self.routes_of.get((record.method, record.path[: len("/v2/jobs")])) is Route.FETCH
        ]

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await super()._answer(request, handler)
        if self.watched and request.method == "GET" and isinstance(response, web.Response) and response.text:
            self._listen(response.text)
        return response

    def _listen(self, text: str) -> None:
        now = time.time()
        for task_id in [task_id for task_id in self.watched if task_id in text]:
            body = json.loads(text)
            shown = {job["id"]: job["status"] for job in body.get("jobs", [body])}
            if shown.get(task_id) == "COMPLETED":
                self.told[task_id] = now
                self.watched.discard(task_id)


async def _say_nothing(_task: Task) -> None:
    """Nobody is called back about a task that never ends."""
