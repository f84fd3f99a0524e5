"""A brainstorm from draft to end: what may be changed when, what is asked for, and what comes next."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.assemblies import brainstorm as brainstorming
from bot.assemblies.brainstorm import (
    MOVEMENTS,
    Brainstorm,
    BrainstormStage,
    Edit,
    added,
    decided,
    first_takes,
    removed,
    reopened,
    reserving,
    rewritten,
)
from bot.assemblies.brainstorm_course import (
    DRAFT_SECONDS,
    VOTES_SECONDS,
    advanced,
    jobs_of_takes,
    next_look,
    orders,
    positions,
    shown,
    winners,
)
from bot.assemblies.rows import brainstorm_edited
from bot.assemblies.state import read, write
from bot.errors import Refused
from bot.models import Assembly, AssemblyKind, Job, JobStatus, Picture, ReplyTarget, Resolution
from tests.unit.jobs.samples import NOW, a_job

ADA, BEN = 7, 8
RESERVING = 30.0
COMMANDS = {
    *("Truck left", "Truck right", "Pan left", "Pan right", "Push in", "Pull out", "Pedestal up", "Pedestal down"),
    *("Tilt up", "Tilt down", "Zoom in", "Zoom out", "Shake", "Tracking shot", "Static shot"),
}
"""MiniMax's list of camera commands (platform.minimax.io, video generation)."""


def a_storm(takes: int = 2, **more: object) -> Brainstorm:
    """A draft of ADA's in thread 9."""
    storm = Brainstorm("a fox", minutes=10, touched_at=NOW, thread_id=9)
    return replace(first_takes(storm, takes, ADA, "ada", "en"), **more)  # type: ignore[arg-type]


def an_assembly(storm: Brainstorm, ended_at: float | None = None) -> Assembly:
    target = ReplyTarget(77, ADA, 1, 5, "ja")
    return Assembly("a" * 20, 3, AssemblyKind.BRAINSTORM, target, write(storm), NOW, ended_at=ended_at)


def jobs_for(storm: Brainstorm, *statuses: JobStatus) -> list[Job]:
    """A job for each of the first takes."""
    found = []
    for number, (take, status) in enumerate(zip(storm.takes, statuses, strict=False)):
        job = a_job(number, user=take.owner, status=status)
        found.append(replace(job, take=take.number, request=replace(job.request, prompt=take.prompt)))
    return found


def refusal(edit: Edit, storm: Brainstorm) -> str:
    with pytest.raises(Refused) as caught:
        edit(storm)
    return caught.value.code


# -- takes -------------------------------------------------------------------------------------------------------------


def test_each_take_begins_with_a_movement_of_its_own_that_the_model_knows() -> None:
    storm = a_storm(6)
    assert len({take.prompt for take in storm.takes}) == 6
    for take, movement in zip(storm.takes, MOVEMENTS, strict=True):
        assert take.prompt == f"[{movement}] a fox"
        assert set(movement.split(",")) <= COMMANDS
        assert len(movement.split(",")) <= 3
    assert [take.number for take in storm.takes] == [1, 2, 3, 4, 5, 6]


def test_a_number_is_never_given_twice() -> None:
    storm = removed(2, NOW)(a_storm())
    storm = added(BEN, "ben", "ko", "an owl", NOW)(storm)
    assert [take.number for take in storm.takes] == [1, 3]
    assert storm.take(3) == brainstorming.Take(3, BEN, "ben", "ko", "an owl", added=True)
    assert refusal(removed(2, NOW), storm) == "brainstorm_take_gone"
    assert refusal(rewritten(2, "x", NOW), storm) == "brainstorm_take_gone"


def test_a_change_keeps_the_draft_open_for_another_day() -> None:
    for edit in (added(BEN, "ben", "ko", "an owl", NOW + 5), rewritten(1, "an owl", NOW + 5), removed(1, NOW + 5)):
        assert next_look(edit(a_storm()), NOW, RESERVING) == NOW + 5 + DRAFT_SECONDS


def test_a_rewritten_take_keeps_its_place_and_owner() -> None:
    storm = rewritten(1, " an\x00owl ", NOW)(a_storm())
    assert (storm.takes[0].prompt, storm.takes[0].owner) == ("an owl", ADA)
    assert storm.takes[1] == a_storm().takes[1]


def test_members_have_room_for_three_and_all_together_for_ten() -> None:
    storm = a_storm(6)
    for _ in range(3):
        storm = added(BEN, "ben", "en", "an owl", NOW)(storm)
    assert refusal(added(BEN, "ben", "en", "an owl", NOW), storm) == "brainstorm_enough_of_yours"
    storm = added(ADA, "ada", "en", "what it began with does not count", NOW)(storm)
    assert refusal(added(9, "eve", "en", "an owl", NOW), storm) == "brainstorm_full"
    assert storm.owners() == {ADA: 7, BEN: 3}


@pytest.mark.parametrize(
    ("stage", "code"),
    [
        (BrainstormStage.RESERVING, "brainstorm_begun"),
        (BrainstormStage.RENDERING, "brainstorm_begun"),
        (BrainstormStage.VOTING, "brainstorm_begun"),
        (BrainstormStage.ENDED, "brainstorm_over"),
    ],
)
def test_nothing_is_changed_once_the_list_is_closed(stage: BrainstormStage, code: str) -> None:
    edits = (added(BEN, "ben", "en", "an owl", NOW), rewritten(1, "an owl", NOW), removed(1, NOW), reserving(NOW))
    assert {refusal(edit, a_storm(stage=stage)) for edit in edits} == {code}


def test_what_was_closed_is_changed_by_nobody_whatever_its_stage_says() -> None:
    with pytest.raises(Refused, match="brainstorm_over"):
        brainstorm_edited(reserving(NOW))(an_assembly(a_storm(), ended_at=NOW))


def test_an_empty_list_is_not_rendered() -> None:
    assert refusal(reserving(NOW), a_storm(0)) == "brainstorm_empty"


def test_the_state_survives_the_database() -> None:
    picture = Picture("b" * 20 + "-first.png", "image/png", 400, 300)
    storm = a_storm(2, picture=picture, resolution=Resolution.P1080, duration_seconds=6, provider="apiframe")
    for stage in BrainstormStage:
        written = replace(storm, stage=stage, ends_at=NOW, left_out=(BEN,))
        row = replace(an_assembly(written), state=json.loads(json.dumps(write(written))))
        assert read(row, Brainstorm) == written


# -- what is asked for -------------------------------------------------------------------------------------------------


def test_each_take_is_asked_for_by_its_owner_in_the_thread_under_one_interaction() -> None:
    picture = Picture("b" * 20 + "-first.png", "image/png", 400, 300)
    storm = added(BEN, "ben", "ko", "an owl", NOW)(a_storm(1, picture=picture, provider="apiframe"))
    found = orders(an_assembly(storm), storm, {}, optimize_prompt=False)
    assert [order.target for order in found] == [ReplyTarget(77, ADA, 1, 9, "en"), ReplyTarget(77, BEN, 1, 9, "ko")]
    assert [order.draft.prompt for order in found] == ["[Push in] a fox", "an owl"]
    for order in found:
        assert order.draft.assembly_id == "a" * 20
        assert (order.draft.has_first_frame, order.draft.provider, order.draft.optimize_prompt) == (
            True,
            "apiframe",
            False,
        )
    assert orders(an_assembly(storm), storm, {}, without={ADA}) == [
        replace(found[1], draft=replace(found[1].draft, optimize_prompt=None))
    ]


def test_a_job_finds_its_take_by_number_whatever_it_asks_for() -> None:
    storm = removed(2, NOW)(added(BEN, "ben", "en", "an owl", NOW)(a_storm(3)))
    storm = rewritten(3, storm.takes[0].prompt, NOW)(storm)
    assert [order.take for order in orders(an_assembly(storm), storm, {})] == [1, 3, 4]
    assert [order.take for order in orders(an_assembly(storm), storm, {}, without={ADA})] == [4]
    jobs = jobs_for(storm, JobStatus.DELIVERED, JobStatus.FAILED)
    jobs = [replace(job, request=replace(job.request, prompt="as it was rewritten elsewhere")) for job in jobs]
    assert jobs_of_takes(storm, jobs[::-1]) == {1: jobs[0], 3: jobs[1]}
    assert positions(storm, jobs) == {jobs[0].job_id: 1, jobs[1].job_id: 2}


# -- what comes next ---------------------------------------------------------------------------------------------------


def test_a_draft_waits_a_day_and_is_closed() -> None:
    storm = a_storm()
    assert next_look(storm, NOW, RESERVING) == NOW + DRAFT_SECONDS
    assert advanced(storm, [], NOW + DRAFT_SECONDS - 1, RESERVING) is storm
    assert advanced(storm, [], NOW + DRAFT_SECONDS, RESERVING).stage is BrainstormStage.ENDED


def test_reserving_ends_with_jobs_or_after_a_moment_without_them() -> None:
    storm = added(BEN, "ben", "en", "an owl", NOW)(a_storm())
    storm = reserving(NOW)(storm)
    assert next_look(storm, NOW, RESERVING) == NOW + RESERVING
    assert advanced(storm, [], NOW + RESERVING - 1, RESERVING) is storm
    assert advanced(storm, [], NOW + RESERVING, RESERVING).stage is BrainstormStage.DRAFTING
    queued = advanced(storm, jobs_for(storm, JobStatus.QUEUED, JobStatus.QUEUED), NOW + 1e6, RESERVING)
    assert (queued.stage, queued.left_out) == (BrainstormStage.RENDERING, (BEN,))
    assert next_look(queued, NOW, RESERVING) is None


def test_whoever_presses_a_board_before_it_is_noted_says_where_it_is() -> None:
    unnoted = replace(a_storm(), thread_id=None)
    assert reserving(NOW, 7)(unnoted).thread_id == 7
    assert reserving(NOW, 7)(replace(unnoted, thread_id=5)).thread_id == 5


def test_jobs_that_come_late_end_the_draft_they_were_made_of() -> None:
    storm = a_storm()
    assert (
        advanced(storm, jobs_for(storm, JobStatus.QUEUED, JobStatus.QUEUED), NOW, RESERVING).stage
        is BrainstormStage.RENDERING
    )


def test_only_what_is_being_reserved_is_opened_again() -> None:
    assert reopened(NOW)(a_storm(stage=BrainstormStage.RESERVING)).stage is BrainstormStage.DRAFTING
    assert reopened(NOW)(a_storm(stage=BrainstormStage.RENDERING)).stage is BrainstormStage.RENDERING


@pytest.mark.parametrize(
    ("statuses", "stage"),
    [
        ((JobStatus.DELIVERED, JobStatus.DELIVERED, JobStatus.RENDERING), BrainstormStage.RENDERING),
        ((JobStatus.DELIVERED, JobStatus.DELIVERED, JobStatus.FAILED), BrainstormStage.VOTING),
        ((JobStatus.DELIVERED, JobStatus.DELIVERED, JobStatus.UNKNOWN), BrainstormStage.VOTING),
        ((JobStatus.DELIVERED, JobStatus.PARKED, JobStatus.CANCELLED), BrainstormStage.ENDED),
        ((JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.UNKNOWN), BrainstormStage.ENDED),
    ],
)
def test_voting_begins_when_all_takes_have_ended_and_two_can_be_compared(
    statuses: tuple[JobStatus, ...], stage: BrainstormStage
) -> None:
    storm = a_storm(3, stage=BrainstormStage.RENDERING)
    after = advanced(storm, jobs_for(storm, *statuses), NOW, RESERVING)
    assert after.stage is stage
    assert after.ends_at == (NOW + 600 if stage is BrainstormStage.VOTING else None)


def test_voting_ends_at_its_time_or_when_it_is_decided() -> None:
    storm = a_storm(stage=BrainstormStage.VOTING, ends_at=NOW + 600)
    assert next_look(storm, NOW, RESERVING) == NOW + VOTES_SECONDS
    assert next_look(storm, NOW + 599, RESERVING) == NOW + 600
    assert advanced(storm, [], NOW + 599, RESERVING) is storm
    assert advanced(storm, [], NOW + 600, RESERVING).stage is BrainstormStage.ENDED
    assert advanced(decided(NOW + 5)(storm), [], NOW + 5, RESERVING).stage is BrainstormStage.ENDED
    assert decided(NOW + 900)(storm).ends_at == NOW + 600


@pytest.mark.parametrize("stage", [BrainstormStage.DRAFTING, BrainstormStage.RESERVING, BrainstormStage.RENDERING])
def test_there_is_nothing_to_decide_before_the_voting(stage: BrainstormStage) -> None:
    assert refusal(decided(NOW), a_storm(stage=stage)) == "brainstorm_not_voting"


def test_there_is_nothing_to_decide_after_it() -> None:
    assert refusal(decided(NOW), a_storm(stage=BrainstormStage.ENDED)) == "brainstorm_over"
    assert next_look(a_storm(stage=BrainstormStage.ENDED), NOW, RESERVING) is None


Votes = Callable[[list[Job]], dict[str, int]]


@pytest.mark.parametrize(
    ("votes", "best"),
    [((2, 1, 0), [0]), ((1, 1, 0), [0, 1]), ((0, 0, 0), []), ((0, 0, 9), [])],
    ids=["one", "tie", "nobody voted", "votes for a clip that was deleted"],
)
def test_the_winner_has_the_most_votes_of_the_clips_that_are_there(votes: tuple[int, ...], best: list[int]) -> None:
    jobs = jobs_for(a_storm(3), *[JobStatus.DELIVERED] * 3)
    jobs[2] = replace(jobs[2], deleted_at=NOW)
    counts = dict(zip((job.job_id for job in jobs), votes, strict=True))
    assert shown(jobs) == jobs[:2]
    assert winners(jobs, counts) == [jobs[place] for place in best]
