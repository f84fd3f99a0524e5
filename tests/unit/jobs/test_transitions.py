"""The arrows, and what they do to held credits."""

from __future__ import annotations

from dataclasses import replace

import pytest

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
