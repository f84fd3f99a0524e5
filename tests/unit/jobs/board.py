"""A StatusEditor with real rows, whose forecast says what the test says, and the engine that runs its steps."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from bot.engine.engine import Engine, Step
from bot.jobs.next_steps import JobStep
from bot.jobs.status.editor import StatusEditor
from bot.jobs.status.forecast import StatusForecast
from bot.models import Job
from bot.outlet import Outlet, StatusView
from bot.storage.jobs import JobStore
from bot.timings import Timings
from tests.unit.jobs.channel import Channel
from tests.unit.jobs.samples import Clock

TIMINGS = Timings()
EDIT_SECONDS = TIMINGS.edit


class Said(StatusForecast):
    """Says of each job what the test has said, and of others nothing."""

    def __init__(self) -> None:
        self.views: dict[str, StatusView] = {}

    async def view(self, job: Job) -> StatusView:
        """What was said last."""
        return self.views.get(job.job_id, StatusView())

    def look_again(self, job: Job, view: StatusView) -> float | None:
        """Never by itself."""
        return None


@dataclass
class Board:
    """The editor of a process, and what is around it."""

    store: JobStore
    clock: Clock
    outlet: Outlet
    said: Said = field(default_factory=Said)

    def __post_init__(self) -> None:
        self.engine = Engine(self.clock, stop_seconds=0.05)
        path = Path("kept").joinpath
        self.editor = StatusEditor(
            self.store, self.outlet, lambda picture: path(picture.name), self.said, self.engine, self.clock, TIMINGS
        )
        self.editor.plug_into(self.engine)

    def want(self, job: Job, view: StatusView) -> None:
        """Say what the message of a job ought to show from now on, and make it due, as a transition does."""
        self.said.views[job.job_id] = view
        self.engine.make_due(JobStep.SHOW, job.job_id)

    async def open(self, job: Job, view: StatusView) -> Job:
        """Post the status message."""
        self.said.views[job.job_id] = view
        return await self.editor.open(job, view)

    async def show(self, job: Job) -> float | None:
        """Take the step."""
        return await self.editor.show(job.job_id)

    def due(self, job: Job) -> float | None:
        """When the engine takes it."""
        return self.engine._due._times.get(Step(JobStep.SHOW, job.job_id))

    def restarted(self) -> Board:
        """The board of the next process, which knows what the rows know; what is to be said is the same."""
        outlet = Outlet(self.clock)
        outlet.attach(self.outlet.deliverer)
        return Board(self.store, self.clock, outlet, self.said)


def new_board(store: JobStore, channel: Channel, clock: Clock) -> Board:
    """A board as a process has it that has just started."""
    outlet = Outlet(clock)
    outlet.attach(channel)
    return Board(store, clock, outlet)


async def breathe() -> None:
    """Time enough for what can go on to go on, or to go wrong."""
    await asyncio.sleep(0.1)
