"""What a person is told to expect: nothing, while the provider takes no job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import pytest
from bot.jobs.forecast import StatusForecast

from bot.jobs.estimates import Estimates
from bot.jobs.poll_schedule import PollSchedule
from bot.models import Job, JobStatus
from bot.outlet import StatusView
from bot.providers.routing import Router
from tests.unit.jobs.samples import NOW, a_job

EXPECTED = round(NOW) + 170


class Guess:
    """The estimates, without any past jobs."""

    async def expected_at(self, job: Job, place: int | None) -> tuple[int, bool]:
        return EXPECTED, False


class Unseen:
    """No task has been looked at."""

    def progress(self, job_id: str) -> int | None:
        return None


@pytest.fixture
def outlook() -> StatusForecast:
    names: Mapping[str, Any] = {"apiframe": object()}
    router = Router(names, {"apiframe": 5}, lambda: NOW)
    return StatusForecast(cast(Estimates, Guess()), cast(PollSchedule, Unseen()), router)


@pytest.mark.parametrize(
    ("status", "changes", "since"),
    [
        (JobStatus.QUEUED, {"attempts": 1}, NOW),
        (JobStatus.QUEUED, {"attempts": 3, "turn_at": NOW + 40}, NOW + 40),
        (JobStatus.QUEUED, {"turn_at": NOW + 40}, NOW + 40),
        (JobStatus.SUBMITTING, {"attempts": 1, "turn_at": NOW + 40, "submitting_at": NOW + 200}, NOW + 40),
    ],
)
async def test_a_job_that_is_not_taken_is_promised_nothing(
    outlook: StatusForecast, status: JobStatus, changes: dict[str, Any], since: float
) -> None:
    job = replace(a_job(status=status), **changes)
    assert await outlook.view(job) == StatusView(retrying=True, trying_since=round(since))


@pytest.mark.parametrize(
    ("status", "changes"),
    [
        (JobStatus.QUEUED, {}),
        (JobStatus.SUBMITTING, {"turn_at": NOW, "submitting_at": NOW}),
        (JobStatus.RENDERING, {"turn_at": NOW, "submitting_at": NOW, "submitted_at": NOW, "task_id": "t"}),
    ],
)
async def test_a_job_that_nobody_refused_is_promised_a_time(
    outlook: StatusForecast, status: JobStatus, changes: dict[str, Any]
) -> None:
    view = await outlook.view(replace(a_job(status=status), **changes))
    assert (view.expected_at, view.trying_since, view.retrying) == (EXPECTED, None, False)
