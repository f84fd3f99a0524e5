"""No wait is endless, negative or no number, whatever somebody sent as one, and whatever a row says."""

from __future__ import annotations

from dataclasses import replace
from math import inf, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import DeliveryPostponed
from bot.outlet import StatusView
from bot.storage.jobs import JobStore
from bot.timings import LONGEST_WAIT_SECONDS, Backoff, within_reason
from tests.unit.jobs.board import Board
from tests.unit.jobs.channel import Channel, kept
from tests.unit.jobs.samples import NOW, Clock
from tests.unit.jobs.schedule import new_schedule, rendering, unknown

NUMBERS = st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True))
DAY = 86_400.0
WHOLE = Backoff(jitter=lambda: 0.0)


def test_pauses_double_until_they_are_capped() -> None:
    assert [WHOLE.wait(failures) for failures in range(9)] == [2, 4, 8, 16, 32, 64, 120, 120, 120]


def test_jitter_takes_off_half_a_pause_at_most() -> None:
    assert Backoff(jitter=lambda: 1.0).wait(2) == 4.0


@given(st.integers(0, 10**6), st.floats(0, 1), st.floats(0.1, 60), st.floats(60, 3600))
@settings(deadline=None)
def test_a_pause_lies_between_half_the_first_and_the_cap(
    failures: int, jitter: float, first: float, cap: float
) -> None:
    assert first / 2 <= Backoff(first, cap, lambda: jitter).wait(failures) <= cap


@given(st.integers(0, 100), st.floats(0, 1))
@settings(deadline=None)
def test_a_later_attempt_never_waits_less(failures: int, jitter: float) -> None:
    backoff = Backoff(jitter=lambda: jitter)
    assert backoff.wait(failures) <= backoff.wait(failures + 1)


@given(st.integers(0, 10**6), st.floats(0, 1), NUMBERS)
def test_a_pause_is_a_time_to_wait(failures: int, jitter: float, asked: float | None) -> None:
    wait = Backoff(jitter=lambda: jitter).wait(failures, asked)
    assert 1.0 <= wait <= LONGEST_WAIT_SECONDS
    if asked is not None and 0 < asked <= LONGEST_WAIT_SECONDS:
        assert wait >= asked


@pytest.mark.parametrize("asked", [nan, inf, -inf, -5.0, 1e300])
async def test_an_edit_that_is_postponed_is_tried_again_within_the_hour(
    board: Board, store: JobStore, channel: Channel, clock: Clock, asked: float
) -> None:
    job = await kept(store)
    board.want(job, StatusView(place=1))
    channel.trouble = DeliveryPostponed("429", retry_after=asked)
    due = await board.show(job)
    channel.trouble = None
    assert due is not None
    assert clock.now < due <= clock.now + LONGEST_WAIT_SECONDS
    clock.pass_(LONGEST_WAIT_SECONDS)
    await board.show(job)
    assert len(channel.shown) == 1


@pytest.mark.parametrize("due_at", [NOW + 30 * DAY, nan, inf])
async def test_a_task_whose_row_is_from_another_time_is_looked_at_soon(clock: Clock, due_at: float) -> None:
    for job in (replace(unknown(), due_at=due_at), replace(rendering(since=NOW - 60), due_at=due_at)):
        assert new_schedule(clock).first_look(job) == NOW


async def test_a_task_from_the_future_is_given_up_in_time_all_the_same(clock: Clock) -> None:
    looks = new_schedule(clock)
    job = rendering(since=NOW + DAY)
    looks.first_look(job)
    assert looks.note(job, None) == "running"
    clock.pass_(1201)
    assert looks.note(job, None) == "overdue"


def test_what_is_asked_for_is_honoured_within_reason() -> None:
    assert [within_reason(asked) for asked in (None, 0.0, 896.0, 1e9)] == [0.0, 0.0, 896.0, LONGEST_WAIT_SECONDS]
