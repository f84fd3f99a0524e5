"""Failures are counted by kind: the last of one kind is not brought on by any number of another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from bot.engine.engine import Engine
from bot.errors import DeliveryPostponed, OutcomeUnknown, ProviderBusy, ProviderError
from bot.jobs.polling.schedule import LINKLESS_SECONDS
from bot.jobs.submission.submitting import BUSY_ATTEMPTS
from bot.jobs.transitions import GIVE_UP_LOOKING_SECONDS, in_a_row
from bot.jobs.wiring import Foundation, assemble_jobs
from bot.library.clip_files import ClipFiles
from bot.library.fitting import Fitter
from bot.media.clips.download import Downloader
from bot.media.ffmpeg import Ffmpeg
from bot.media.pictures.images import PictureStore
from bot.models import FailureCode, Job, JobStatus, Picture
from bot.outlet import Outlet
from bot.policy.gates import OwnerLimits
from bot.providers.acedata import client as acedata
from bot.providers.apiframe import client as apiframe
from bot.providers.base import Capabilities, RemoteTask, Submission, TaskState
from bot.providers.routing import Router
from bot.storage.jobs import JobStore
from bot.storage.money.reservations import Reservations
from bot.storage.open_jobs import OpenJobs
from tests.reserving import reserve
from tests.unit.jobs.channel import Channel
from tests.unit.jobs.samples import NOW, Clock, a_job

BUSY = ProviderBusy(FailureCode.PROVIDER_UNAVAILABLE)
LOST = OutcomeUnknown(FailureCode.OUTCOME_UNKNOWN)
TAKEN = RemoteTask("t1", TaskState.RUNNING)
LINKLESS = RemoteTask("t1", TaskState.SUCCEEDED)


@dataclass
class Vendor:
    """Answers each POST with the next of its answers, and the last of them from then on."""

    answers: list[RemoteTask | ProviderError]
    capabilities: Capabilities = apiframe.CAPABILITIES

    async def submit(self, submission: Submission) -> RemoteTask:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, ProviderError):
            raise answer
        return answer

    async def fetch(self, task_ids: Sequence[str]) -> Mapping[str, RemoteTask]:
        return dict.fromkeys(task_ids, LINKLESS)

    async def upload(self, image: bytes, content_type: str) -> str:
        raise NotImplementedError

    async def balance(self) -> float | None:
        return None


class Addressless(Channel):
    """A channel whose status messages are out, and whose pictures cannot be looked up so many times."""

    def __init__(self, clock: Clock, times: int) -> None:
        super().__init__(clock)
        self.unanswered = times

    async def picture_urls(self, job: Job) -> tuple[str, ...]:
        if self.unanswered:
            self.unanswered -= 1
            raise DeliveryPostponed("503")
        return ("https://images.example/1",)


@dataclass
class Desk:
    """What hands one job over, with the waits between its steps skipped."""

    store: JobStore
    clock: Clock
    vendor: Vendor
    directory: Path
    unanswered: int = 0
    job_id: str = field(default="")

    def __post_init__(self) -> None:
        outlet, engine, ffmpeg = Outlet(self.clock), Engine(self.clock), Ffmpeg(None)
        outlet.attach(Addressless(self.clock, self.unanswered))
        name = self.vendor.capabilities.name
        clips = ClipFiles(self.directory, Downloader(), ffmpeg)
        router = Router({name: self.vendor}, {name: 5}, self.clock)
        base = Foundation(
            *(
                self.store,
                Reservations(self.store._database),
                OpenJobs(self.store._database),
                router,
                outlet,
                engine,
                PictureStore(self.directory),
                clips,
            ),
            *(Fitter(ffmpeg, clips), OwnerLimits(10), self.clock, self.clock),
            timeout_seconds=1e9,
        )
        self.parts = assemble_jobs(base)

    async def begin(self, picture: Picture | None = None) -> None:
        job = a_job()
        job = replace(job, provider=self.vendor.capabilities.name, auto_provider=False, status_message_id=501)
        job = replace(job, request=replace(job.request, first_frame=picture))
        await reserve(self.store, job, day="2026-09-21", base=10, resets_at=NOW)
        self.job_id = job.job_id

    async def job(self) -> Job:
        found = await self.store.get(self.job_id)
        assert found is not None
        return found

    async def step(self) -> Job:
        job = await self.job()
        self.clock.now = max(self.clock.now, job.due_at)
        self.parts.line.grant(job.provider, job.job_id, job.target.user_id)
        await self.parts.pipeline.submit(job.job_id)
        return await self.job()


async def test_waiting_for_pictures_uses_up_none_of_a_providers_refusals(
    store: JobStore, clock: Clock, tmp_path: Path
) -> None:
    vendor = Vendor([*[BUSY] * BUSY_ATTEMPTS, TAKEN], acedata.CAPABILITIES)
    desk = Desk(store, clock, vendor, tmp_path, unanswered=40)
    await desk.begin(Picture("a.png", "image/png", 400, 300))
    for _ in range(40 + BUSY_ATTEMPTS):
        job = await desk.step()
        assert job.status is JobStatus.QUEUED, job.failure
    job = await desk.step()
    assert (job.status, job.failure, job.attempts) == (JobStatus.RENDERING, None, 0)


async def test_refusals_use_up_none_of_the_tries_after_a_lost_answer(
    store: JobStore, clock: Clock, tmp_path: Path
) -> None:
    desk = Desk(store, clock, Vendor([*[BUSY] * 10, *[LOST] * BUSY_ATTEMPTS, TAKEN]), tmp_path)
    await desk.begin()
    for _ in range(10 + BUSY_ATTEMPTS):
        job = await desk.step()
        assert job.status in {JobStatus.QUEUED, JobStatus.SUBMITTING}, job.failure
    assert (await desk.step()).status is JobStatus.RENDERING


async def test_refusals_of_one_kind_still_come_to_an_end(store: JobStore, clock: Clock, tmp_path: Path) -> None:
    desk = Desk(store, clock, Vendor([BUSY]), tmp_path)
    await desk.begin()
    for number in range(BUSY_ATTEMPTS):
        job = await desk.step()
        assert (job.status, job.attempts) == (JobStatus.QUEUED, number + 1)
    assert (await desk.step()).status is JobStatus.FAILED


def test_failures_of_another_kind_do_not_count() -> None:
    job = replace(a_job(), attempts=9, failure=FailureCode.PROVIDER_UNAVAILABLE)
    assert in_a_row(job, FailureCode.PROVIDER_UNAVAILABLE) == 9
    assert in_a_row(job, FailureCode.OUTCOME_UNKNOWN) == 0
    assert in_a_row(job, None) == 0
    assert in_a_row(replace(job, failure=None), None) == 9


async def test_a_provider_that_is_done_at_once_and_names_no_link_is_looked_at_like_any_other(
    store: JobStore, clock: Clock, tmp_path: Path
) -> None:
    desk = Desk(store, clock, Vendor([LINKLESS]), tmp_path)
    await desk.begin()
    job = await desk.step()
    assert (job.status, job.task_id) == (JobStatus.RENDERING, "t1")


@pytest.mark.parametrize("status", [JobStatus.RENDERING, JobStatus.UNKNOWN])
async def test_a_link_that_never_came_is_a_lost_clip(
    store: JobStore, clock: Clock, tmp_path: Path, status: JobStatus
) -> None:
    desk = Desk(store, clock, Vendor([TAKEN]), tmp_path)
    await desk.begin()
    job = await desk.step()
    if status is JobStatus.UNKNOWN:
        job = await desk.parts.pipeline._transitions.move(job, status, failure=FailureCode.TIMED_OUT)
    poller = desk.parts.callbacks._poller
    while poller.found(job.job_id) is None:
        poller.wake(job)
        await poller.poll(job.provider)
        clock.pass_(LINKLESS_SECONDS)
        assert clock.now - NOW < 2 * GIVE_UP_LOOKING_SECONDS
    await desk.parts.pipeline.take(job.job_id)
    job = await desk.job()
    assert (job.status, job.failure) == (JobStatus.FAILED, FailureCode.CLIP_LOST)
