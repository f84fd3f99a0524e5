"""What a person is told to expect: a place in line, a time, and nothing while the provider takes no job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.jobs.polling.estimates import Estimates
from bot.jobs.polling.schedule import PollSchedule
from bot.jobs.status.forecast import StatusForecast
from bot.jobs.submission.line import Line
from bot.models import Job, JobStatus
from bot.outlet import StatusView
from bot.providers.routing import Router
from bot.storage.jobs import JobStore
from bot.storage.open_jobs import OpenJobs
from tests.unit.jobs.channel import kept, moved
from tests.unit.jobs.samples import NOW, Clock, a_job
from tests.unit.jobs.schedule import new_schedule

EXPECTED = round(NOW) + 170
PLACES = 2


class Guess(Estimates):
    """The estimates, without any past jobs."""

    def __init__(self) -> None:
        """Without any rows."""

    async def expected_at(self, job: Job, place: int | None) -> tuple[int, bool]:
        """Always the same."""
        return EXPECTED, False


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def schedule(clock: Clock) -> PollSchedule:
    return new_schedule(clock)


@pytest.fixture
def outlook(store: JobStore, line: Line, schedule: PollSchedule) -> StatusForecast:
    names: Mapping[str, Any] = {"apiframe": object()}
    router = Router(names, {"apiframe": PLACES}, lambda: NOW)
    return StatusForecast(OpenJobs(store._database), Guess(), schedule, line, router, lambda: NOW)


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


@pytest.mark.parametrize(
    "job",
    [
        replace(a_job(status=JobStatus.RENDERING), cancelled_at=NOW),
        replace(a_job(), provider="switched off"),
        a_job(status=JobStatus.DELIVERED),
        a_job(status=JobStatus.UNKNOWN),
    ],
    ids=["cancelled", "its provider is off", "delivered", "unknown"],
)
async def test_of_a_job_that_is_not_under_way_nothing_is_said(outlook: StatusForecast, job: Job) -> None:
    assert await outlook.view(job) == StatusView()


# -- places ------------------------------------------------------------------------------------------------------------


async def in_line(store: JobStore, line: Line, number: int, user: int) -> Job:
    job = await kept(store, a_job(number, user=user, created_at=NOW + number))
    line.add(job, user)
    return job


async def under_way(store: JobStore, line: Line, number: int) -> None:
    job = await in_line(store, line, number, number)
    line.moved(job, await moved(store, job, JobStatus.SUBMITTING))


async def test_where_a_place_is_free_everybody_is_next(outlook: StatusForecast, store: JobStore, line: Line) -> None:
    await under_way(store, line, 90)
    jobs = [await in_line(store, line, number, 7) for number in range(1, 4)]
    assert [(await outlook.view(job)).place for job in jobs] == [1, 1, 1]


async def test_members_take_turns_however_many_one_of_them_asked_for(
    outlook: StatusForecast, store: JobStore, line: Line
) -> None:
    for number in range(90, 90 + PLACES):
        await under_way(store, line, number)
    many = [await in_line(store, line, number, 7) for number in range(1, 6)]
    one = await in_line(store, line, 50, 8)
    assert [(await outlook.view(job)).place for job in many] == [1, 3, 4, 5, 6]
    assert (await outlook.view(one)).place == 2


async def test_who_is_being_handed_over_is_next(outlook: StatusForecast, store: JobStore, line: Line) -> None:
    await under_way(store, line, 90)
    jobs = [await in_line(store, line, number, 7) for number in range(1, 4)]
    line.grant("apiframe", jobs[2].job_id, 7)
    assert [(await outlook.view(job)).place for job in jobs] == [1, 2, 1]


@given(place=st.integers(2, 10_000), left=st.floats(-1e5, 1e6))
def test_who_waits_is_looked_at_again_within_the_hour_and_not_all_the_time(place: int, left: float) -> None:
    nothing: Any = None
    outlook = StatusForecast(nothing, nothing, nothing, nothing, nothing, lambda: NOW)
    at = outlook.look_again(a_job(), StatusView(place=place, expected_at=round(NOW + left)))
    assert at is not None
    assert 30 <= at - NOW <= 3600


@pytest.mark.parametrize(
    ("status", "view"),
    [
        (JobStatus.QUEUED, StatusView(place=1, expected_at=EXPECTED)),
        (JobStatus.QUEUED, StatusView(retrying=True, trying_since=5)),
        (JobStatus.RENDERING, StatusView(expected_at=EXPECTED)),
        (JobStatus.DELIVERED, StatusView()),
    ],
)
def test_what_changes_by_an_event_alone_is_not_looked_at_again(
    outlook: StatusForecast, status: JobStatus, view: StatusView
) -> None:
    assert outlook.look_again(a_job(status=status), view) is None
