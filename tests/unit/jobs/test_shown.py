"""What is worth an edit: a place that has halved, half of the way, a time that is not right any more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.jobs.status.shown import settled, text_key, view_in
from bot.models import FailureCode, Job, JobStatus
from bot.outlet import StatusView
from tests.unit.jobs.samples import NOW, a_job

places = st.none() | st.integers(1, 10_000)
times = st.none() | st.integers(round(NOW) - 1000, round(NOW) + 100_000)
views = st.builds(
    StatusView,
    place=places,
    progress=st.none() | st.integers(0, 100),
    expected_at=times,
    measured=st.booleans(),
    retrying=st.booleans(),
    trying_since=times,
)


def counted_down(first: int) -> list[int]:
    """The places that somebody is shown while he moves up one by one."""
    shown = [first]
    for place in range(first - 1, 0, -1):
        view = settled(StatusView(place=place), StatusView(place=shown[-1]), NOW)
        assert view.place is not None
        shown += [view.place] if view.place != shown[-1] else []
    return shown


def test_a_place_counts_down_by_halves() -> None:
    assert counted_down(100) == [100, 50, 25, 12, 6, 3, 1]
    assert counted_down(3) == [3, 1]
    assert counted_down(2) == [2, 1]


def test_a_place_that_has_got_worse_is_said_at_once() -> None:
    assert settled(StatusView(place=9), StatusView(place=8), NOW).place == 9


@pytest.mark.parametrize(
    ("wanted", "shown", "says"),
    [(3, None, None), (49, None, None), (50, None, 50), (51, None, 50), (99, 50, 50), (100, 50, 100),
     (10, 50, 50), (None, 50, None)],
)  # fmt: skip
def test_progress_is_told_by_halves_and_does_not_go_back(
    wanted: int | None, shown: int | None, says: int | None
) -> None:
    assert settled(StatusView(progress=wanted), StatusView(progress=shown), NOW).progress == says


@pytest.mark.parametrize(
    ("wanted", "shown", "kept"),
    [(60, 60, True), (89, 60, True), (91, 60, False), (1000, 1190, True), (1000, 1210, False), (-20, 5, True)],
)
def test_a_time_is_left_as_it_was_said_while_it_is_right_enough(wanted: int, shown: int, kept: bool) -> None:
    now = round(NOW)
    view = settled(StatusView(expected_at=now + wanted), StatusView(expected_at=now + shown), now)
    assert view.expected_at == now + (shown if kept else wanted)


def test_whether_a_time_was_measured_stays_as_it_was_said() -> None:
    said = StatusView(expected_at=5000, measured=False)
    assert not settled(StatusView(expected_at=5000, measured=True), said, NOW).measured
    assert settled(StatusView(), replace(said, measured=True), NOW) == StatusView()


@given(views)
def test_what_was_never_shown_is_shown_as_it_is(wanted: StatusView) -> None:
    assert settled(wanted, None, NOW) == wanted


@given(views, views)
def test_what_is_settled_once_is_settled(wanted: StatusView, shown: StatusView) -> None:
    once = settled(wanted, shown, NOW)
    assert settled(wanted, once, NOW) == once


@given(views, views)
def test_what_is_shown_is_never_far_from_what_is_so(wanted: StatusView, shown: StatusView) -> None:
    view = settled(wanted, shown, NOW)
    assert (view.retrying, view.trying_since) == (wanted.retrying, wanted.trying_since)
    assert (view.place is None) is (wanted.place is None)
    if wanted.place is not None and view.place is not None:
        assert wanted.place <= view.place < 2 * wanted.place
    assert (view.expected_at is None) is (wanted.expected_at is None)
    if wanted.expected_at is not None and view.expected_at is not None:
        assert abs(view.expected_at - wanted.expected_at) <= max(30, 0.2 * abs(wanted.expected_at - NOW))


@given(views)
def test_a_view_is_read_again_as_it_was_remembered(view: StatusView) -> None:
    assert view_in(text_key(a_job(), view)) == view


@pytest.mark.parametrize("key", [None, "", "[]", "{}", "null", '["queued", {"moon": 3}]', '[[1, 2], "x"]', "[1]"])
def test_what_cannot_be_read_is_as_if_nothing_had_been_shown(key: str | None) -> None:
    assert view_in(key) is None


def test_all_that_a_message_says_is_in_its_key() -> None:
    job, view = a_job(), StatusView(place=1)
    changes: list[dict[str, Any]] = [
        *[{name: 7} for name in ("place", "progress", "expected_at", "trying_since")],
        *[{name: True} for name in ("measured", "retrying")],
    ]
    others: list[tuple[Job, StatusView]] = [
        (replace(job, status=JobStatus.FAILED), view),
        (replace(job, cancelled_at=NOW), view),
        (replace(job, failure=FailureCode.MODERATION), view),
        (replace(job, provider="acedata"), view),
        (replace(job, result_message_id=9), view),
        (replace(job, deleted_at=NOW), view),
        *[(job, replace(view, **change)) for change in changes],
    ]
    keys = {text_key(job, view), *(text_key(*other) for other in others)}
    assert len(keys) == 1 + len(others)
    assert text_key(replace(job, version=9, attempts=3, due_at=1.0), view) == text_key(job, view)
