"""Edges, requests to wait and balances used up, through the whole application: what is asked of a provider, and when.

Discord alone is replaced; time is skipped. What each single answer means is in tests/unit/providers.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.app import App, open_app
from bot.engine.engine import Step
from bot.jobs.intake import Draft, Order
from bot.jobs.next_steps import JobStep
from bot.jobs.transitions import ENDED
from bot.models import FailureCode, Job, JobStatus, ReplyTarget
from sandbox.demo.stage import settings_for
from sandbox.drawing.render import FfmpegRenderer, PrebuiltRenderer, Shot
from sandbox.providers.faults import Ending, Fault, Outcome, Route
from sandbox.servers import Sandbox
from tests.integration.provider_outcomes import CHANNEL, GUILD, PATIENCE_SECONDS, SETTINGS, Channel, SkippingClock
from tests.resting import rest
from tests.unit.providers.edges import PAGES

USER = 7


@dataclass
class Place:
    """An application between two stand-ins, on a clock that skips."""

    app: App
    box: Sandbox
    clock: SkippingClock
    channel: Channel
    asked: list[tuple[str, float]] = field(default_factory=list)
    _ids: int = 100

    async def submit(self, provider: str | None = "apiframe") -> Job:
        self._ids += 1
        target = ReplyTarget(self._ids, USER + self._ids, GUILD, CHANNEL)
        return (
            await self.app.services.jobs.submit([Order(target, Draft(f"a fox, {self._ids}", provider=provider))])
        ).job

    async def job(self, job: Job) -> Job:
        return await self.app.services.jobs.job(job.job_id, guild_id=GUILD)

    async def ended(self, job: Job) -> Job:
        await self.until(lambda now: now.status in ENDED or now.status is JobStatus.UNKNOWN, job)
        await rest(self.app.engine, self.clock)
        return await self.job(job)

    async def until(self, holds: Callable[[Job], bool], job: Job) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not holds(await self.job(job)):
                await self.step()

    async def pass_time(self, seconds: float) -> None:
        end = self.clock() + seconds
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self.clock() < end:
                await self.step(min(40.0, max(0.1, end - self.clock())))

    async def step(self, seconds: float = 3.0) -> None:
        """Skip a few seconds once all that is due has been done."""
        await asyncio.sleep(0.02)  # the stand-ins render in real time
        await rest(self.app.engine, self.clock)
        self.clock.skip(seconds)

    def requests(self, path: str) -> int:
        stand_ins = (self.box.apiframe, self.box.acedata)
        return sum(request.path.startswith(path) for stand_in in stand_ins for request in stand_in.requests)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return asyncio.run(FfmpegRenderer(tmp_path_factory.mktemp("clip")).render(Shot("a calm sea")))


@asynccontextmanager
async def place(clip: Path, data: Path) -> AsyncIterator[Place]:
    clock = SkippingClock()
    async with (
        Sandbox(render_seconds=0.05, renderer=PrebuiltRenderer(clip)) as box,
        open_app(settings_for(box, data, **SETTINGS), clock) as app,
    ):
        channel = Channel(app)
        app.services.outlet.attach(channel)
        yield Place(app, box, clock, channel)


SUBMIT = {"apiframe": "/v2/videos/generate", "acedata": "/hailuo/videos"}
FETCH = {"apiframe": "/v2/jobs", "acedata": "/hailuo/tasks"}
BLOCK = {"Retry-After": "896"}


@pytest.mark.parametrize("provider", SUBMIT)
@pytest.mark.parametrize("status", [401, 403, 429])
async def test_a_page_of_an_edge_closes_no_provider(clip: Path, tmp_path: Path, provider: str, status: int) -> None:
    async with place(clip, tmp_path) as here:
        stand_in = here.box.apiframe if provider == "apiframe" else here.box.acedata
        stand_in.faults.add(Fault(status=status, body=PAGES["Cloudflare 1010"]))
        first = await here.submit(provider)
        await here.until(lambda job: job.attempts == 1, first)
        second = await here.submit(provider)  # refused, were the provider shut off
        assert (await here.ended(first)).status is JobStatus.DELIVERED
        assert (await here.ended(second)).status is JobStatus.DELIVERED
        assert not here.channel.owner_told


@pytest.mark.parametrize("provider", SUBMIT)
async def test_nothing_is_submitted_into_a_block(clip: Path, tmp_path: Path, provider: str) -> None:
    """Whoever set it: an edge says it with a page. No other job is sent into it either."""
    async with place(clip, tmp_path) as here:
        stand_in = here.box.apiframe if provider == "apiframe" else here.box.acedata
        first = await here.submit(provider)
        second = await here.submit(provider)
        stand_in.faults.add(Fault(status=429, body=PAGES["Cloudflare 1015"], headers=BLOCK, times=None))
        await here.until(lambda job: job.attempts == 1, first)
        sent = here.requests(SUBMIT[provider])
        await here.pass_time(880.0)
        assert here.requests(SUBMIT[provider]) == sent <= 2
        stand_in.faults.clear()
        await here.pass_time(30.0)
        for job in (first, second):
            assert (await here.ended(job)).status is JobStatus.DELIVERED


@pytest.mark.parametrize("provider", SUBMIT)
async def test_no_task_is_asked_for_in_a_block(clip: Path, tmp_path: Path, provider: str) -> None:
    async with place(clip, tmp_path) as here:
        stand_in = here.box.apiframe if provider == "apiframe" else here.box.acedata
        stand_in.faults.add(Fault(Route.FETCH, status=429, body=PAGES["Cloudflare 1015"], headers=BLOCK, times=None))
        job = await here.submit(provider)
        await here.until(lambda now: now.status is JobStatus.RENDERING, job)
        while not here.requests(FETCH[provider]):
            await here.step()
        sent = here.requests(FETCH[provider])
        await here.pass_time(880.0)
        assert here.requests(FETCH[provider]) == sent
        assert (await here.job(job)).status is JobStatus.RENDERING
        stand_in.faults.clear()
        assert (await here.ended(job)).status is JobStatus.DELIVERED


@pytest.mark.parametrize("value", ["999999999", "1e999"])
async def test_thirty_years_freeze_nothing(clip: Path, tmp_path: Path, value: str) -> None:
    async with place(clip, tmp_path) as here:
        here.box.apiframe.faults.add(Fault(status=429, body={"error": "no"}, headers={"Retry-After": value}))
        auto = await here.ended(await here.submit(None))
        assert (auto.status, auto.provider) == (JobStatus.DELIVERED, "acedata")
        await here.pass_time(3601.0)
        again = await here.ended(await here.submit("apiframe"))
        assert again.status is JobStatus.DELIVERED


BUSY = (JobStatus.FAILED, FailureCode.PROVIDER_UNAVAILABLE)
OPEN = (JobStatus.UNKNOWN, FailureCode.OUTCOME_UNKNOWN)


@pytest.mark.parametrize(("lost", "ends"), [(False, BUSY), (True, OPEN)])
async def test_nobody_waits_out_a_ban_of_a_day(
    clip: Path, tmp_path: Path, lost: bool, ends: tuple[JobStatus, FailureCode]
) -> None:
    """The provider is left alone all the same, whether or not an answer was lost before."""
    async with place(clip, tmp_path) as here:
        ban = Fault(status=429, body=PAGES["Cloudflare 1015"], headers={"Retry-After": "86400"}, times=None)
        here.box.apiframe.faults.add(*([Fault(reset=True)] if lost else []), ban)
        began = here.clock()
        job = await here.submit("apiframe")
        await here.until(lambda now: now.attempts == (2 if lost else 1), job)
        await rest(here.app.engine, here.clock)
        step = Step(JobStep.SUBMIT, job.job_id) if lost else Step(JobStep.DISPATCH, "apiframe")
        assert here.app.engine._due._times[step] <= here.clock() + 30.0, "it does not sleep until the ban is over"
        ended = await here.ended(job)
        assert (ended.status, ended.failure) == ends
        assert 1200.0 <= here.clock() - began < 1500.0
        assert here.requests(SUBMIT["apiframe"]) == (2 if lost else 1)


@pytest.mark.parametrize(
    ("provider", "text"),
    [("apiframe", "Provider returned an error: insufficient balance"), ("acedata", "1008：余额不足")],
)
async def test_a_balance_used_up_inside_a_task_shuts_the_provider_off(
    clip: Path, tmp_path: Path, provider: str, text: str
) -> None:
    async with place(clip, tmp_path) as here:
        stand_in = here.box.apiframe if provider == "apiframe" else here.box.acedata
        stand_in.faults.add(Fault(outcome=Outcome(Ending.FAILED, text=text)))
        failed = await here.ended(await here.submit(provider))
        assert (failed.status, failed.failure) == (JobStatus.FAILED, FailureCode.PROVIDER_ACCOUNT)
        assert here.channel.owner_told
        other = await here.ended(await here.submit(None))
        assert (other.status, other.provider == provider) == (JobStatus.DELIVERED, False)


async def test_many_clips_do_not_wait_for_one_that_a_batch_lacks(clip: Path, tmp_path: Path) -> None:
    async with place(clip, tmp_path) as here:
        jobs = [await here.submit("acedata") for _ in range(3)]
        for job in jobs:
            await here.until(lambda now: now.status is JobStatus.RENDERING, job)
        # One that is gone for good does not keep the others.
        lost = (await here.job(jobs[0])).task_id
        assert lost is not None
        here.box.acedata.tasks.pop(lost)
        ended = [await here.ended(job) for job in jobs]
        assert [job.status for job in ended] == [JobStatus.FAILED, JobStatus.DELIVERED, JobStatus.DELIVERED]
        assert ended[0].failure is FailureCode.TASK_LOST


async def test_a_clip_that_was_found_does_not_wait_for_a_block(clip: Path, tmp_path: Path) -> None:
    """The batch names one task; the question for the other is told to wait."""
    async with place(clip, tmp_path) as here:
        found, lacking = [await here.submit("acedata") for _ in range(2)]
        for job in (found, lacking):
            await here.until(lambda now: now.status is JobStatus.RENDERING, job)
        lost = (await here.job(lacking)).task_id
        assert lost is not None
        kept = here.box.acedata.tasks.pop(lost)
        block = Fault(Route.FETCH, match='"retrieve"', status=429, body=PAGES["Cloudflare 1015"], headers=BLOCK)
        here.box.acedata.faults.add(block)
        began = here.clock()
        assert (await here.ended(found)).status is JobStatus.DELIVERED
        assert here.clock() - began < 800.0
        here.box.acedata.tasks[lost] = kept
        assert (await here.ended(lacking)).status is JobStatus.DELIVERED
        assert here.clock() - began > 896.0
