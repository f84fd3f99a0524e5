"""After hundreds of jobs have come to their ends, nothing of the application remembers a single one of them."""

from __future__ import annotations

import asyncio
import contextlib
import time
from pathlib import Path

import pytest

from bot.app import App, open_app
from bot.errors import DestinationGone, Refused
from bot.jobs.intake import Draft, Order
from bot.jobs.next_steps import JobStep
from bot.jobs.transitions import ENDED
from bot.models import Job, JobStatus, ReplyTarget
from bot.outlet import Clip, StatusView
from bot.timings import Timings
from sandbox.demo.stage import settings_for
from sandbox.drawing.render import FfmpegRenderer, PrebuiltRenderer, Shot
from sandbox.providers.faults import Fault, Route
from sandbox.servers import Sandbox
from tests.integration.provider_outcomes import CHANNEL, GUILD, Channel
from tests.remembered import remembered

BATCHES, EACH = 30, 10
SETTINGS: dict[str, object] = {
    "poll_min_seconds": 0.1,
    "poll_max_seconds": 0.2,
    "quota_daily_credits": 1000,
    "apiframe_concurrency": 40,
    "acedata_concurrency": 40,
}
QUICK = Timings(edit=0.2, edits_apart=0.01, remember=0.1)


class Busy(Channel):
    """A channel that posts, and is gone for some; every reader of a job's outlook comes late as well."""

    def __init__(self, app: App) -> None:
        super().__init__(app)
        self._app = app

    async def show_status(self, job: Job, view: StatusView) -> None:
        """See bot.outlet.Deliverer."""

    async def post_clip(self, job: Job, clip: Clip, *, resumed: bool) -> int:
        """See bot.outlet.Deliverer."""
        if "nowhere" in job.request.prompt:
            raise DestinationGone("10003")
        return int(job.job_id, 16) % 10**9

    async def save_clip(self, job: Job, path: Path) -> None:
        """See bot.outlet.Deliverer."""
        raise DestinationGone("10003")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return asyncio.run(FfmpegRenderer(tmp_path_factory.mktemp("film")).render(Shot("a calm sea")))


def orders(batch: int) -> list[Order]:
    """A request of many takes, each of which ends in another way."""
    target = ReplyTarget(1000 + batch, batch + 1, GUILD, CHANNEL + batch % 7)
    fates = ("plain", "nowhere", "refused", "to be cancelled", "failing")
    takes = [f"{fates[number % len(fates)]} {batch}.{number}" for number in range(EACH)]
    return [Order(target, Draft(prompt, provider="apiframe" if batch % 2 else "acedata")) for prompt in takes]


async def test_nothing_is_remembered_of_jobs_that_have_ended(tmp_path: Path, film: Path) -> None:
    async with (
        Sandbox(render_seconds=0.05, renderer=PrebuiltRenderer(film)) as box,
        open_app(settings_for(box, tmp_path, **SETTINGS), timings=QUICK) as app,
    ):
        for stand_in in (box.apiframe, box.acedata):
            stand_in.faults.add(Fault(route=Route.SUBMIT, match="refused", status=400, times=None))
        app.services.outlet.attach(Busy(app))
        jobs: list[Job] = []
        for batch in range(BATCHES):
            jobs += (await app.services.jobs.submit(orders(batch))).jobs
            await cancel(app, jobs[-EACH:])
        assert remembered(app, {job.job_id for job in jobs}), "the walk finds those that are under way"
        ends = await ended(app, jobs)
        assert ends >= {JobStatus.DELIVERED, JobStatus.PARKED, JobStatus.FAILED, JobStatus.CANCELLED}
        for job in jobs[:50]:  # who comes late: a webhook, a reader, somebody who wants the file
            fresh = await app.store.get(job.job_id)
            assert fresh is not None
            app.jobs.callbacks._poller.wake(fresh)
            app.engine.make_due(JobStep.SHOW, job.job_id)
            await app.services.view(job)
            with contextlib.suppress(Refused):
                await app.services.library.file(job)
        until = time.monotonic() + 30
        while found := remembered(app, {job.job_id for job in jobs}):
            assert time.monotonic() < until, found
            await asyncio.sleep(0.1)


async def cancel(app: App, jobs: list[Job]) -> None:
    for job in jobs:
        if "to be cancelled" in job.request.prompt:
            with contextlib.suppress(Refused):  # a clip that is there already
                user_id = job.target.user_id
                await app.services.jobs.cancel(job.job_id, guild_id=GUILD, user_id=user_id, moderator=False)


async def ended(app: App, jobs: list[Job]) -> set[JobStatus]:
    """Wait until each has its end; which ends there were."""
    async with asyncio.timeout(120):
        while True:
            found = [await app.store.get(job.job_id) for job in jobs]
            statuses = {job.status for job in found if job is not None}
            if statuses <= ENDED | {JobStatus.UNKNOWN}:
                return statuses
            await asyncio.sleep(0.3)
