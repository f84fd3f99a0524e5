"""Several takes: when they are shown side by side, and how many bytes each of them may have then."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.assemblies.takes import Next, plan, shares, shown
from bot.models import Assembly, AssemblyKind, Job, JobStatus, ReplyTarget
from tests.unit.jobs.samples import a_job

NOW = 1000.0
ABANDONED = 600.0
ASSEMBLY = Assembly("a" * 20, 1, AssemblyKind.TAKES, ReplyTarget(1, 2, 3, 4), {"takes": 3}, NOW)
S = JobStatus


def jobs(*statuses: JobStatus) -> list[Job]:
    return [replace(a_job(), job_id=str(at) * 20, take=at, status=status) for at, status in enumerate(statuses)]


@pytest.mark.parametrize("waiting", [S.QUEUED, S.SUBMITTING, S.RENDERING, S.DELIVERING])
def test_what_still_comes_is_waited_for(waiting: JobStatus) -> None:
    assert plan(ASSEMBLY, jobs(S.DELIVERED, S.DELIVERED, waiting), NOW, ABANDONED) is Next.WAIT


@pytest.mark.parametrize("ended", [S.FAILED, S.CANCELLED, S.PARKED, S.UNKNOWN, S.DELIVERED])
def test_two_that_came_are_shown_whatever_became_of_the_third(ended: JobStatus) -> None:
    assert plan(ASSEMBLY, jobs(S.DELIVERED, S.DELIVERED, ended), NOW, ABANDONED) is Next.SHOW


@pytest.mark.parametrize("statuses", [(S.DELIVERED, S.FAILED), (S.FAILED, S.UNKNOWN), (S.CANCELLED, S.PARKED)])
def test_fewer_than_two_are_not_shown(statuses: tuple[JobStatus, ...]) -> None:
    assert plan(ASSEMBLY, jobs(*statuses), NOW, ABANDONED) is Next.END


def test_without_jobs_it_is_given_up_after_a_while() -> None:
    assert plan(ASSEMBLY, [], NOW + ABANDONED - 1, ABANDONED) is Next.WAIT
    assert plan(ASSEMBLY, [], NOW + ABANDONED, ABANDONED) is Next.END


def test_a_deleted_clip_is_not_shown_but_the_message_is_looked_at() -> None:
    found = jobs(S.DELIVERED, S.DELIVERED)
    found[0] = replace(found[0], deleted_at=NOW)
    assert plan(ASSEMBLY, found, NOW, ABANDONED) is Next.SHOW
    assert shown(found) == found[1:]


def test_what_fits_is_left_as_it_is_and_the_larger_ones_share_the_rest() -> None:
    assert shares([5, 6, 7], each=10, together=20) == [5, 6, 7]
    assert shares([5, 60, 7], each=10, together=30) == [5, 10, 7]
    assert shares([2, 60, 50], each=100, together=30) == [2, 14, 14]
    assert shares([50, 3, 12, 40], each=20, together=40) == [12, 3, 12, 13]


@given(
    st.lists(st.integers(0, 10**8), min_size=1, max_size=4), st.integers(1, 10**8), st.integers(4, 10**8)
)  # fmt: skip
def test_no_limit_is_passed_and_nothing_is_larger_than_it_was(sizes: list[int], each: int, together: int) -> None:
    allowed = shares(sizes, each, together)
    assert sum(allowed) <= together
    for size, share in zip(sizes, allowed, strict=True):
        assert share <= min(size, each)
