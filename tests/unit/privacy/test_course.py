"""How far an erasure is, and what becomes of what is put together from clips."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.assemblies.brainstorm import Brainstorm, BrainstormStage, Take
from bot.assemblies.choice import Choice, ReelStage
from bot.assemblies.state import State, write
from bot.assemblies.takes import Takes
from bot.models import Assembly, AssemblyKind, ReplyTarget
from bot.privacy.course import (
    NO_PROMPT,
    Board,
    Course,
    Fate,
    Place,
    Stage,
    fate,
    read_course,
    state_of,
    unnamed,
    write_course,
)

ADA, BEN = 11, 22
TAKES = (Take(1, BEN, "ben", "en", "a whale"), Take(2, ADA, "ada", "en", "a zebra", added=True))
STORM = Brainstorm("an idea", 10, 1.0, TAKES, 2, left_out=(ADA, BEN))
REEL = Choice(("j1", "j2", "j3"), ("j1", "j2", "j3"), ("j1", "j2"), placed=("j1",))


def assembly(state: State, user_id: int = BEN, ended_at: float | None = None) -> Assembly:
    target = ReplyTarget(5, user_id, 1, 3)
    return Assembly("a" * 20, 1, AssemblyKind(state.kind), target, write(state), 0.0, ended_at=ended_at)


def test_what_is_written_is_read_again() -> None:
    course = Course(
        Stage.SWEEP, 7, 2.5, (1, 2), 1, (3.5, "x"), "y", ("z",), (4,), (Place(1, 2, 3),), (Board(1, 2, 3),), 9, 5
    )
    assert read_course(write_course(course)) == course
    assert read_course("") == Course()


def test_of_a_place_the_earliest_moment_counts() -> None:
    course = Course().with_places([Place(1, 2, 30), Place(1, 3, 9)]).with_places([Place(1, 2, 10), Place(1, 2, 20)])
    assert course.places == (Place(1, 2, 10), Place(1, 3, 9))


@pytest.mark.parametrize(
    ("state", "owner", "ended", "expected"),
    [
        (Takes(2), ADA, None, Fate.DOOMED),
        (Takes(2), BEN, None, Fate.STAYS),
        (STORM, ADA, None, Fate.DOOMED),
        (STORM, BEN, None, Fate.EDITED),
        (STORM, BEN, 9.0, Fate.EDITED),
        (replace(STORM, takes=TAKES[:1], left_out=()), BEN, None, Fate.STAYS),
        (replace(STORM, takes=TAKES[:1]), BEN, None, Fate.EDITED),
        (REEL, BEN, None, Fate.EDITED),
        (replace(REEL, stage=ReelStage.BUILDING), BEN, None, Fate.EDITED),
        (replace(REEL, stage=ReelStage.ENDED), BEN, 9.0, Fate.DOOMED),
        (replace(REEL, stage=ReelStage.ENDED, chosen=("j2", "j3")), BEN, 9.0, Fate.STAYS),
    ],
)
def test_own_ones_go_and_of_others_what_holds_a_clip(
    state: State, owner: int, ended: float | None, expected: Fate
) -> None:
    assert fate(assembly(state, owner, ended), ADA, {"j1"}) is expected


@pytest.mark.parametrize("stage", [BrainstormStage.DRAFTING, BrainstormStage.RESERVING])
def test_before_anything_is_rendered_takes_are_taken_out(stage: BrainstormStage) -> None:
    found = unnamed(replace(STORM, stage=stage), ADA, ())
    assert isinstance(found, Brainstorm)
    assert found.takes == TAKES[:1]
    assert found.left_out == (BEN,)


@pytest.mark.parametrize("stage", [BrainstormStage.RENDERING, BrainstormStage.VOTING, BrainstormStage.ENDED])
def test_later_they_keep_their_number_and_nothing_else(stage: BrainstormStage) -> None:
    found = unnamed(replace(STORM, stage=stage), ADA, ())
    assert isinstance(found, Brainstorm)
    assert found.takes == (TAKES[0], Take(2, 0, "", "en", NO_PROMPT, added=True))
    assert "zebra" not in str(found)
    assert fate(assembly(found), ADA, ()) is Fate.STAYS, "once is enough"


def test_a_reel_that_is_chosen_loses_just_their_clips() -> None:
    assert unnamed(REEL, ADA, {"j1"}) == Choice(("j2", "j3"), ("j2", "j3"), ("j2",))


def test_what_cannot_be_read_goes_with_its_owner_and_stays_with_others() -> None:
    broken = replace(assembly(STORM), state={"nonsense": 1})
    assert state_of(broken) is None
    assert fate(broken, BEN, ()) is Fate.DOOMED
    assert fate(broken, ADA, ()) is Fate.STAYS
