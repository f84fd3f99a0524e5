"""No wait is endless, negative or no number, whatever somebody sent as one, and whatever a row says."""

from __future__ import annotations

from dataclasses import replace
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import DeliveryPostponed
from bot.jobs.setbacks import Setbacks
from bot.jobs.transitions import LONGEST_WAIT_SECONDS, pause, within_reason
from bot.outlet import StatusView
from bot.storage.jobs import JobStore
from tests.unit.jobs.channel import Channel, flushed, kept, new_board
from tests.unit.jobs.samples import NOW, Clock
from tests.unit.jobs.test_poll_schedule import new_looks, rendering, unknown

NUMBERS = st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True))
DAY = 86_400.0


@given(st.integers(0, 10**6), st.floats(0, 1), NUMBERS)
def test_a_pause_is_a_time_to_wait(attempts: int, jitter: float, asked: float | None) -> None:
    wait = pause(attempts, jitter, asked)
    assert 1.0 <= wait <= LONGEST_WAIT_SECONDS
    if asked is not None and 0 < asked <= LONGEST_WAIT_SECONDS:
        assert wait >= asked


@pytest.mark.parametrize("asked", [nan, inf, -inf, -5.0, 1e300])
async def test_an_edit_that_is_postponed_is_tried_again_within_the_hour(
    store: JobStore, channel: Channel, clock: Clock, asked: float
) -> None:
    board = new_board(store, channel, clock)
    board.want(await kept(store), StatusView(place=1))
    channel.trouble = DeliveryPostponed("429", retry_after=asked)
    await flushed(board)
    channel.trouble = None
    due = await flushed(board)
    assert due is not None
    assert clock.now < due <= clock.now + LONGEST_WAIT_SECONDS
    clock.pass_(LONGEST_WAIT_SECONDS)
    await flushed(board)
    assert len(channel.shown) == 1


@pytest.mark.parametrize("due_at", [NOW + 30 * DAY, nan, inf])
async def test_a_task_whose_row_is_from_another_time_is_looked_at_soon(clock: Clock, due_at: float) -> None:
    for job in (replace(unknown(), due_at=due_at), replace(rendering(since=NOW - 60), due_at=due_at)):
        batch, soonest = await new_looks(clock).due([job])
        assert batch == [job]
        assert soonest == NOW


async def test_a_task_from_the_future_is_given_up_in_time_all_the_same(clock: Clock) -> None:
    looks = new_looks(clock)
    job = rendering(since=NOW + DAY)
    await looks.due([job])
    assert looks.note(job, None) == "running"
    clock.pass_(1201)
    assert looks.note(job, None) == "overdue"


def test_setbacks_wait_longer_each_time_and_are_forgotten_with_their_job(clock: Clock) -> None:
    setbacks = Setbacks(clock)
    waits = []
    for number in range(1, 12):
        assert setbacks.note("a") == number
        waits.append(setbacks.until("a") - clock.now)
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (30.0, 600.0)
    assert sum(waits[:9]) > 2500
    setbacks.note("b")
    assert setbacks.soonest() == clock.now + 30
    setbacks.forget_others({"b"})
    setbacks.forget("b")
    assert (setbacks.until("a"), setbacks.until("b"), setbacks.soonest(), setbacks._counts) == (0.0, 0.0, None, {})


def test_what_is_asked_for_is_honoured_within_reason() -> None:
    assert [within_reason(asked) for asked in (None, 0.0, 896.0, 1e9)] == [0.0, 0.0, 896.0, LONGEST_WAIT_SECONDS]
