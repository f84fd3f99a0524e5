"""How far the erasure of a member is, and what becomes of an assembly that holds something of theirs. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from pydantic import TypeAdapter

from bot.assemblies.brainstorm import Brainstorm, Take
from bot.assemblies.brainstorm_course import OPEN
from bot.assemblies.choice import Choice, ReelStage
from bot.assemblies.state import State, read_any
from bot.errors import StateUnreadable
from bot.models import Assembly

NO_PROMPT = "…"
"""Stands where a prompt was."""

_OPEN_REELS = {ReelStage.CHOOSING, ReelStage.BUILDING}


class Stage(StrEnum):
    """What is done next; ROWS is followed by STOP again as long as clips are on the way."""

    STOP = "stop"
    ASSEMBLIES = "assemblies"
    MESSAGES = "messages"
    SWEEP = "sweep"
    ROWS = "rows"
    BOARDS = "boards"
    REST = "rest"
    CLOSE = "close"


class Place(NamedTuple):
    """A channel or thread in which there may be messages about a member, none of them older than `since`."""

    guild_id: int
    channel_id: int
    since: int


class Board(NamedTuple):
    """The board of somebody else's brainstorm, which is redrawn."""

    guild_id: int
    channel_id: int
    message_id: int


@dataclass(frozen=True, slots=True)
class Course:
    """What is written down after each page.

    `until` is the id of the request; jobs that end after `ended` are for the next round. `at` counts `guilds`, or
    `places` while these are swept; `after` is the last job, `seen` the last assembly of a page. `doomed` are assemblies
    whose messages are deleted, and then they; `threads` those of brainstorms among them. `swept` counts the messages of
    a place that were looked at, and looks at boards.
    """

    stage: Stage = Stage.STOP
    until: int = 0
    ended: float = 0.0
    guilds: tuple[int, ...] = ()
    at: int = 0
    after: tuple[float, str] = (0.0, "")
    seen: str = ""
    doomed: tuple[str, ...] = ()
    threads: tuple[int, ...] = ()
    places: tuple[Place, ...] = ()
    boards: tuple[Board, ...] = ()
    before: int | None = None
    swept: int = 0

    def on(self, stage: Stage) -> Course:
        """The beginning of a stage."""
        return replace(self, stage=stage, at=0, after=(0.0, ""), seen="", before=None, swept=0)

    def next(self) -> Course:
        """The next server or place."""
        return replace(self, at=self.at + 1, after=(0.0, ""), before=None, swept=0)

    def with_places(self, found: Iterable[Place]) -> Course:
        """With more places to be swept; of each the earliest moment counts."""
        known = {(place.guild_id, place.channel_id): place.since for place in self.places}
        for place in found:
            key = (place.guild_id, place.channel_id)
            known[key] = min(place.since, known.get(key, place.since))
        return replace(self, places=tuple(Place(*key, since) for key, since in known.items()))


_COURSES: TypeAdapter[Course] = TypeAdapter(Course)


def read_course(cursor: str) -> Course:
    """What is written in the row."""
    return _COURSES.validate_json(cursor) if cursor else Course()


def write_course(course: Course) -> str:
    """What is to be written there."""
    return _COURSES.dump_json(course).decode()


class Fate(StrEnum):
    """What becomes of an assembly."""

    STAYS = "stays"
    EDITED = "edited"
    DOOMED = "doomed"


def fate(assembly: Assembly, user_id: int, job_ids: Collection[str]) -> Fate:
    """One of the member's own goes, and a reel that holds a clip of theirs; takes in others' brainstorms go unnamed."""
    if assembly.target.user_id == user_id:
        return Fate.DOOMED
    state = state_of(assembly)
    if isinstance(state, Brainstorm):
        concerned = user_id in state.left_out or any(take.owner == user_id for take in state.takes)
        return Fate.EDITED if concerned else Fate.STAYS
    if isinstance(state, Choice):
        if state.stage in _OPEN_REELS and assembly.ended_at is None:
            return Fate.STAYS if set(job_ids).isdisjoint(state.by_votes) else Fate.EDITED
        return Fate.STAYS if set(job_ids).isdisjoint(state.chosen) else Fate.DOOMED
    return Fate.STAYS


def state_of(assembly: Assembly) -> State | None:
    """Its state; None for one that cannot be read."""
    try:
        return read_any(assembly)
    except StateUnreadable:
        return None


def unnamed(state: State, user_id: int, job_ids: Collection[str]) -> State:
    """The state of somebody else's assembly without a member.

    A take that nothing was asked for yet is taken out; one that others' votes were compared with keeps its number.
    """
    if isinstance(state, Brainstorm):
        left_out = tuple(owner for owner in state.left_out if owner != user_id)
        if state.stage in OPEN:
            takes = tuple(take for take in state.takes if take.owner != user_id)
        else:
            takes = tuple(_nobodys(take) if take.owner == user_id else take for take in state.takes)
        return replace(state, takes=takes, left_out=left_out)
    if isinstance(state, Choice):
        return replace(
            state,
            by_votes=_without(state.by_votes, job_ids),
            by_age=_without(state.by_age, job_ids),
            chosen=_without(state.chosen, job_ids),
            placed=_without(state.placed, job_ids),
        )
    return state


def _nobodys(take: Take) -> Take:
    return replace(take, owner=0, name="", prompt=NO_PROMPT)


def _without(ids: Iterable[str], gone: Collection[str]) -> tuple[str, ...]:
    return tuple(job_id for job_id in ids if job_id not in gone)
