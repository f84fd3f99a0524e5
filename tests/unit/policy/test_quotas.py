"""Prices, and where a day ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.models import Allowance, Picture, Resolution, VideoRequest
from bot.policy.prices import price_table
from bot.policy.quotas import day_ends_at, day_of, month_ends_at

PRICES = price_table()
MIDNIGHT = datetime(2026, 9, 21, tzinfo=UTC).timestamp()
DAY = 24 * 3600

moments = st.floats(0, datetime(2200, 1, 1, tzinfo=UTC).timestamp())
credit = st.integers(0, 10_000)


@pytest.mark.parametrize(
    ("resolution", "duration", "price"),
    [
        (None, None, 1),
        (Resolution.P768, None, 1),
        (Resolution.P768, 6, 1),
        (None, 6, 1),
        (None, 10, 2),
        (Resolution.P768, 10, 2),
        (Resolution.P1080, None, 2),
        (Resolution.P1080, 6, 2),
    ],
)
def test_ten_seconds_or_1080p_cost_two_credits_and_all_else_one(
    resolution: Resolution | None, duration: int | None, price: int
) -> None:
    assert PRICES.price(VideoRequest("a fox", resolution, duration)) == price


def test_pictures_and_a_rewritten_prompt_cost_nothing_extra() -> None:
    picture = Picture("a.png", "image/png", 400, 300)
    assert PRICES.price(VideoRequest("a fox", None, None, True, picture, picture)) == 1


@pytest.mark.parametrize(
    ("moment", "day", "resets_at"),
    [
        (MIDNIGHT - 0.001, "2026-09-20", MIDNIGHT),
        (MIDNIGHT, "2026-09-21", MIDNIGHT + DAY),
        (MIDNIGHT + 0.001, "2026-09-21", MIDNIGHT + DAY),
        (MIDNIGHT + DAY - 1, "2026-09-21", MIDNIGHT + DAY),
        (MIDNIGHT + DAY, "2026-09-22", MIDNIGHT + 2 * DAY),
    ],
)
def test_a_day_is_from_midnight_to_midnight_utc(moment: float, day: str, resets_at: float) -> None:
    assert day_of(moment) == day
    assert day_ends_at(moment) == resets_at


@pytest.mark.parametrize(
    ("last", "first"),
    [("2026-12-31", "2027-01-01"), ("2028-02-28", "2028-02-29"), ("2028-02-29", "2028-03-01")],
)
def test_a_day_is_followed_by_the_next_in_the_calendar(last: str, first: str) -> None:
    evening = datetime.fromisoformat(f"{last}T23:59:59+00:00").timestamp()
    assert day_of(evening) == last
    assert day_of(day_ends_at(evening)) == first


@pytest.mark.parametrize(
    ("last", "following"),
    [
        ("2026-12-31", "2027-01-01"),
        ("2028-02-29", "2028-03-01"),
        ("2026-09-30", "2026-10-01"),
        ("2027-02-28", "2027-03-01"),
    ],
)
def test_a_month_ends_with_its_last_day(last: str, following: str) -> None:
    evening = datetime.fromisoformat(f"{last}T23:59:59+00:00").timestamp()
    assert day_of(month_ends_at(evening)) == following
    assert month_ends_at(evening) == day_ends_at(evening)
    first = datetime.fromisoformat(f"{last[:8]}01T00:00:00+00:00").timestamp()
    assert month_ends_at(first) == month_ends_at(evening)


@given(moments)
@settings(deadline=None)
def test_credits_come_back_within_a_day_and_never_at_once(moment: float) -> None:
    assert 0 < day_ends_at(moment) - moment <= DAY


@given(moments)
@settings(deadline=None)
def test_the_reset_is_the_first_moment_of_another_day(moment: float) -> None:
    reset = day_ends_at(moment)
    following = datetime.fromisoformat(day_of(moment)) + timedelta(days=1)
    assert day_of(reset) == following.date().isoformat()
    assert day_of(reset - 0.001) == day_of(moment)


@given(st.sampled_from([None, *Resolution]), st.sampled_from([None, 6, 10]))
@settings(deadline=None)
def test_asking_for_more_never_costs_less(resolution: Resolution | None, duration: int | None) -> None:
    price = PRICES.price(VideoRequest("a fox", resolution, duration))
    assert 1 <= PRICES.price(VideoRequest("a fox")) <= price <= PRICES.price(VideoRequest("a fox", resolution, 10))


@given(credit, credit, credit)
@settings(deadline=None)
def test_what_is_left_is_never_below_zero(limit: int, used: int, held: int) -> None:
    left = Allowance(limit, used, held, resets_at=MIDNIGHT).left
    assert left == (limit - used - held if limit > used + held else 0)
