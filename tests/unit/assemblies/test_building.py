"""What a drain waits for of all that is put together from clips, and what it leaves to the next start."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.assemblies.brainstorm import Brainstorm, BrainstormStage
from bot.assemblies.building import is_building
from bot.assemblies.choice import Choice, ReelStage
from bot.assemblies.state import State, write
from bot.assemblies.takes import Takes
from bot.models import Assembly, AssemblyKind, ReplyTarget
from tests.unit.jobs.samples import NOW


def made_of(state: State) -> Assembly:
    return Assembly("a" * 20, 1, state.kind, ReplyTarget(1, 2, 3, 4), write(state), NOW)


@pytest.mark.parametrize("stage", BrainstormStage)
def test_a_brainstorm_is_waited_for_until_people_vote_and_not_while_they_do(stage: BrainstormStage) -> None:
    waited = is_building(made_of(Brainstorm("a fox", 10, NOW, stage=stage)))
    assert waited == (stage in {BrainstormStage.RESERVING, BrainstormStage.RENDERING})


@pytest.mark.parametrize("stage", ReelStage)
def test_a_reel_is_waited_for_once_it_is_being_made(stage: ReelStage) -> None:
    waited = is_building(made_of(Choice((), (), (), stage=stage)))
    assert waited == (stage in {ReelStage.BUILDING, ReelStage.STOPPED})


def test_takes_are_waited_for_until_they_are_shown() -> None:
    takes = made_of(Takes(3))
    assert is_building(takes)
    assert not is_building(replace(takes, ended_at=NOW))


@pytest.mark.parametrize("kind", AssemblyKind)
def test_what_cannot_be_read_is_left_to_a_release_that_can(kind: AssemblyKind) -> None:
    assert not is_building(replace(made_of(Takes(3)), kind=kind, state={"acts": 3}))
