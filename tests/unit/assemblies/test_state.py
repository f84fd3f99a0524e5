"""States as rows hold them: of an earlier release, of a later one, and damaged."""

from __future__ import annotations

import json
from typing import Any, get_type_hints

import pytest

from bot.assemblies.brainstorm import Brainstorm, BrainstormStage, Take
from bot.assemblies.choice import Choice, Sort
from bot.assemblies.state import State, read, read_all, write
from bot.assemblies.takes import Takes
from bot.changes import AssemblyChanges, JobChanges, JobMove
from bot.errors import Refused, StateUnreadable
from bot.models import Assembly, AssemblyKind, Job, Picture, ReplyTarget, Resolution

PICTURE = Picture("b" * 20 + "-first.png", "image/png", 400, 300, spoiler=True)
STORM = Brainstorm(
    "a fox", 10, 5.0, (Take(2, 7, "ada", "ja", "[Push in] a fox", added=True),), 3,
    BrainstormStage.VOTING, 9, 6.5, (8,), Resolution.P1080, 6, "apiframe", PICTURE,
)  # fmt: skip
CHOICE = Choice(("a", "b", "c"), ("c", "b", "a"), ("a", "b"), ("b",), Sort.NEWEST, title="Day", captions=True)
STATES: list[State] = [Takes(4), STORM, CHOICE]

FIRST: dict[str, dict[str, Any]] = {
    "takes": {"takes": 4},
    "brainstorm": {
        "idea": "a fox", "minutes": 10, "touched_at": 5.0, "numbers": 3, "stage": "voting", "thread_id": 9,
        "takes": [
            {"number": 2, "owner": 7, "name": "ada", "locale": "ja", "prompt": "[Push in] a fox", "added": True}
        ],
        "ends_at": 6.5, "left_out": [8], "resolution": "1080p", "duration_seconds": 6, "provider": "apiframe",
        "picture": {
            "name": "b" * 20 + "-first.png", "content_type": "image/png", "width": 400, "height": 300, "spoiler": True
        },
    },
    "reel": {
        "by_votes": ["a", "b", "c"], "by_age": ["c", "b", "a"], "chosen": ["a", "b"], "placed": ["b"],
        "sort": "newest", "stage": "choosing", "title": "Day", "captions": True, "made_at": 0.0,
    },
}  # fmt: skip
"""What version 0.1.0 wrote, to the letter."""


def a_row(kind: str, state: dict[str, Any]) -> Assembly:
    return Assembly("a" * 20, 3, AssemblyKind(kind), ReplyTarget(1, 7, 1, 5), state, 0.0)


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.kind)
def test_a_state_survives_the_row_and_says_its_kind_and_version(state: State) -> None:
    written = json.loads(json.dumps(write(state)))
    assert (written["kind"], written["version"]) == (state.kind, 1)
    assert read(a_row(state.kind, written), type(state)) == state
    assert write(read(a_row(state.kind, written), type(state))) == written, "nothing is written where nothing changed"


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.kind)
def test_what_the_first_release_wrote_is_the_same_state(state: State) -> None:
    assert read(a_row(state.kind, FIRST[state.kind]), type(state)) == state


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.kind)
def test_what_a_row_does_not_say_is_the_default(state: State) -> None:
    found = read(a_row(state.kind, needed(state)), type(state))
    assert found == type(state)(**needed(state))
    assert found.version == 1


def needed(state: State) -> dict[str, Any]:
    """Only what a state cannot be without."""
    names = {
        "takes": ["takes"],
        "brainstorm": ["idea", "minutes", "touched_at"],
        "reel": ["by_votes", "by_age", "chosen"],
    }
    return {name: getattr(state, name) for name in names[state.kind]}


DAMAGED = [
    ("takes", {}, "takes: missing"),
    ("takes", {"takes": "several"}, "takes: int_parsing"),
    ("takes", {"takes": 4, "version": 2}, "version: literal_error"),
    ("brainstorm", {}, "idea: missing, minutes: missing, touched_at: missing"),
    ("brainstorm", FIRST["brainstorm"] | {"stage": "dreaming"}, "stage: enum"),
    ("brainstorm", FIRST["brainstorm"] | {"takes": [{"number": 1}]}, "takes.0.owner: missing"),
    ("brainstorm", FIRST["brainstorm"] | {"ends_at": float("nan")}, "ends_at: finite_number"),
    ("brainstorm", FIRST["brainstorm"] | {"picture": "fox.png"}, "picture: "),
    ("reel", FIRST["reel"] | {"sort": "by whim"}, "sort: enum"),
    ("reel", FIRST["reel"] | {"chosen": None}, "chosen: tuple_type"),
    ("other", {"takes": 4}, "kind: union_tag_invalid"),
]


@pytest.mark.parametrize(("kind", "state", "fault"), DAMAGED)
def test_one_that_cannot_be_read_says_where_it_is_wrong_and_not_what_stands_there(
    kind: str, state: dict[str, Any], fault: str
) -> None:
    row = a_row(kind, state)
    wanted: type[State] = {"takes": Takes, "brainstorm": Brainstorm, "reel": Choice, "other": Takes}[kind]
    with pytest.raises(StateUnreadable) as caught:
        read(row, wanted)
    faults = str(caught.value.facts["faults"])
    assert faults.startswith(fault)
    assert not {"several", "dreaming", "fox.png", "by whim"} & set(faults.replace(",", " ").split())
    assert read_all([row, a_row("takes", FIRST["takes"])], Takes)[-1][1] == Takes(4)


def test_a_button_with_the_id_of_another_kind_finds_nothing() -> None:
    with pytest.raises(Refused, match="no_such_assembly"):
        read(a_row("brainstorm", FIRST["brainstorm"]), Takes)


@pytest.mark.parametrize(("changes", "row"), [(JobMove, Job), (JobChanges, Job), (AssemblyChanges, Assembly)])
def test_changes_name_columns_that_there_are_and_their_types(changes: type, row: type) -> None:
    columns = get_type_hints(row)
    assert {name: columns.get(name) for name in get_type_hints(changes)} == get_type_hints(changes)
