"""Status queries stop for as long as the provider has asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from bot.errors import HeldBack, ProviderBusy, ProviderError
from bot.models import FailureCode
from bot.providers.apiframe import client as apiframe
from bot.providers.backoff import BackoffProvider
from bot.providers.base import Capabilities, RemoteTask, Submission, TaskState


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class Far:
    """A provider that answers its queries from a script of errors; well when that is over."""

    capabilities: Capabilities = apiframe.CAPABILITIES

    def __init__(self, *errors: ProviderError) -> None:
        self.errors = list(errors)
        self.asked = 0

    async def submit(self, submission: Submission) -> RemoteTask:
        return RemoteTask(submission.job_id, TaskState.WAITING)

    async def fetch(self, task_ids: Sequence[str]) -> Mapping[str, RemoteTask]:
        self.asked += 1
        if self.errors:
            raise self.errors.pop(0)
        return {key: RemoteTask(key, TaskState.RUNNING) for key in task_ids}

    async def upload(self, image: bytes, content_type: str) -> str:
        return "https://a.b/c"

    async def balance(self) -> float | None:
        return 12.0


def busy(retry_after: float | None) -> ProviderBusy:
    return ProviderBusy(FailureCode.PROVIDER_UNAVAILABLE, retry_after=retry_after)


async def test_nothing_is_asked_before_the_time_is_over() -> None:
    far, clock = Far(busy(896.0)), Clock()
    provider = BackoffProvider(far, clock)
    with pytest.raises(ProviderBusy) as caught:
        await provider.fetch(["t"])
    assert not isinstance(caught.value, HeldBack)
    for passed, left in ((0.0, 896.0), (895.0, 1.0)):
        clock.now = 1_000_000.0 + passed
        with pytest.raises(HeldBack) as held:
            await provider.fetch(["t"])
        assert held.value.retry_after == left
    assert far.asked == 1
    clock.now = 1_000_896.0
    assert (await provider.fetch(["t"]))["t"].state is TaskState.RUNNING


async def test_submissions_and_uploads_go_through_meanwhile() -> None:
    provider = BackoffProvider(Far(busy(896.0)), Clock())
    with pytest.raises(ProviderBusy):
        await provider.fetch(["t"])
    assert (await provider.submit(Submission("j", "p"))).task_id == "j"
    assert await provider.upload(b"x", "image/png")


async def test_a_trouble_without_a_time_holds_nothing_back() -> None:
    far = Far(busy(None), busy(0.0))
    provider = BackoffProvider(far, Clock())
    for _ in range(2):
        with pytest.raises(ProviderBusy):
            await provider.fetch(["t"])
    await provider.fetch(["t"])
    assert far.asked == 3
