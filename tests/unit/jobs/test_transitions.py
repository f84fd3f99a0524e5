"""The arrows, what they do to held credits, and the pauses between looks."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.jobs import transitions
from bot.models import JobStatus, LedgerKind
from tests.unit.jobs.samples import a_job

ARROWS = """
    queued      -> queued submitting failed cancelled
    submitting  -> submitting queued rendering unknown failed cancelled
    rendering   -> delivering unknown failed
    unknown     -> unknown delivering failed
    delivering  -> delivering delivered parked failed cancelled
    delivered   ->
    parked      ->
    failed      ->
    cancelled   ->
"""
DRAWN = {
    (JobStatus(before), JobStatus(after))
    for before, _, afters in (line.strip().partition("->") for line in ARROWS.strip().splitlines())
    for before, after in ((before.strip(), after) for after in afters.split())
}

seconds = st.floats(0, 10_000)


@pytest.mark.parametrize("before", JobStatus)
@pytest.mark.parametrize("after", JobStatus)
def test_a_job_moves_along_the_drawn_arrows_and_no_others(before: JobStatus, after: JobStatus) -> None:
    job = replace(a_job(), status=before)
    if (before, after) in DRAWN:
        transitions.check(job, after)
    else:
        with pytest.raises(ValueError, match=f"{before} cannot become {after}"):
            transitions.check(job, after)


def test_nothing_follows_an_end_and_something_follows_all_else() -> None:
    assert {status for status in JobStatus if not transitions.LEGAL[status]} == transitions.ENDED


def test_every_status_can_be_reached_from_a_queued_job() -> None:
    reached, new = {JobStatus.QUEUED}, {JobStatus.QUEUED}
    while new:
        new = {after for before in new for after in transitions.LEGAL[before]} - reached
        reached |= new
    assert reached == set(JobStatus)


def test_an_end_can_be_reached_from_every_status() -> None:
    ending = set(transitions.ENDED)
    for _ in JobStatus:
        ending |= {status for status in JobStatus if transitions.LEGAL[status] & ending}
    assert ending == set(JobStatus)


def test_a_job_can_be_cancelled_until_its_clip_is_finished() -> None:
    assert {JobStatus.QUEUED, JobStatus.SUBMITTING, JobStatus.RENDERING} == transitions.CANCELLABLE


@pytest.mark.parametrize(
    ("before", "status", "entry"),
    [
        (JobStatus.DELIVERING, JobStatus.DELIVERED, LedgerKind.SETTLE),
        (JobStatus.DELIVERING, JobStatus.PARKED, None),
        (JobStatus.DELIVERING, JobStatus.CANCELLED, LedgerKind.SETTLE),
        (JobStatus.QUEUED, JobStatus.CANCELLED, LedgerKind.RELEASE),
        (JobStatus.SUBMITTING, JobStatus.CANCELLED, LedgerKind.RELEASE),
        (JobStatus.RENDERING, JobStatus.FAILED, LedgerKind.RELEASE),
        (JobStatus.RENDERING, JobStatus.UNKNOWN, LedgerKind.RELEASE),
        (JobStatus.SUBMITTING, JobStatus.QUEUED, None),
        (JobStatus.QUEUED, JobStatus.SUBMITTING, None),
        (JobStatus.SUBMITTING, JobStatus.RENDERING, None),
        (JobStatus.RENDERING, JobStatus.DELIVERING, None),
    ],
)
def test_what_has_a_clip_is_charged_for_and_what_is_kept_stays_held(
    before: JobStatus, status: JobStatus, entry: LedgerKind | None
) -> None:
    assert transitions.closing_entry(before, status) is entry


def test_a_job_that_was_cancelled_cannot_be_cancelled_again() -> None:
    job = replace(a_job(), status=JobStatus.RENDERING)
    assert transitions.is_cancellable(job)
    assert not transitions.is_cancellable(replace(job, cancelled_at=1.0))


@given(seconds, seconds, st.floats(1, 60), st.floats(0, 60))
@settings(deadline=None)
def test_looks_are_spaced_within_their_bounds(elapsed: float, usual: float, shortest: float, more: float) -> None:
    assert shortest <= transitions.look_interval(elapsed, usual, shortest, shortest + more) <= shortest + more


@given(st.floats(60, 3600), st.floats(0.6, 1.5), st.floats(1, 10), st.floats(10, 60))
@settings(deadline=None)
def test_a_task_is_looked_at_often_around_its_usual_time(
    usual: float, share: float, shortest: float, longest: float
) -> None:
    assert transitions.look_interval(min(share, 1.499) * usual, usual, shortest, longest) == shortest


def test_a_task_is_looked_at_seldom_while_it_cannot_be_ready_and_when_it_is_late() -> None:
    assert transitions.look_interval(10, 100, 5, 15) == 15
    assert transitions.look_interval(46, 100, 5, 15) == 5
    assert transitions.look_interval(151, 100, 5, 15) == 15


def test_a_long_pause_does_not_sleep_through_the_time_of_frequent_looks() -> None:
    pause = transitions.look_interval(44, 100, 5, 15)
    assert 44 + pause <= 0.6 * 100
