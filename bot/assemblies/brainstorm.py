"""Brainstorming: what a brainstorm is, and how it is changed. Pure.

What comes next and when is in brainstorm_course.py; who may do it, and all that is shown, belongs to the cogs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

from pydantic import FiniteFloat

from bot.errors import Refused
from bot.models import AssemblyKind, Picture, Resolution
from bot.policy.mentions import spelled_out

MOVEMENTS = (
    "Push in",
    "Pull out,Pedestal up",
    "Tracking shot",
    "Truck right,Pan left",
    "Static shot",
    "Tilt up,Zoom in",
)
"""One for each take, in MiniMax's words: those in one bracket happen at once, at most three of them."""

MOST_TAKES = 10
MOST_OWN = 3
"""Takes that one member may add; those that the brainstorm began with do not count."""


class BrainstormStage(StrEnum):
    """Where a brainstorm is. Reserving takes an instant, and keeps a second press and late edits out."""

    DRAFTING = "drafting"
    RESERVING = "reserving"
    RENDERING = "rendering"
    VOTING = "voting"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Take:
    """One clip that is proposed; `owner` pays for it. `number` is never given twice within a brainstorm."""

    number: int
    owner: int
    name: str
    locale: str
    prompt: str
    added: bool = False


@dataclass(frozen=True, slots=True)
class Brainstorm:
    """The state of an assembly of this kind. `thread_id` is None until there is a thread."""

    idea: str
    minutes: int
    touched_at: FiniteFloat
    takes: tuple[Take, ...] = ()
    numbers: int = 0
    stage: BrainstormStage = BrainstormStage.DRAFTING
    thread_id: int | None = None
    ends_at: FiniteFloat | None = None
    left_out: tuple[int, ...] = ()
    resolution: Resolution | None = None
    duration_seconds: int | None = None
    provider: str | None = None
    picture: Picture | None = None
    kind: Literal[AssemblyKind.BRAINSTORM] = AssemblyKind.BRAINSTORM
    version: Literal[1] = 1

    def take(self, number: int) -> Take:
        """The take of this number; Refused when it was removed."""
        for take in self.takes:
            if take.number == number:
                return take
        raise Refused("brainstorm_take_gone")

    def owners(self) -> dict[int, int]:
        """How many takes each member has, in the order of their first ones."""
        found: dict[int, int] = {}
        for take in self.takes:
            found[take.owner] = found.get(take.owner, 0) + 1
        return found


Edit = Callable[[Brainstorm], Brainstorm]
"""Makes a changed brainstorm of one, or raises Refused."""


# -- drafting ----------------------------------------------------------------------------------------------------------


def first_takes(storm: Brainstorm, count: int, owner: int, name: str, locale: str) -> Brainstorm:
    """The takes it begins with: the idea, each with a movement of its own."""
    for movement in MOVEMENTS[:count]:
        prompt = spelled_out(f"[{movement}] {storm.idea}")
        take = Take(storm.numbers + 1, owner, name, locale, prompt)
        storm = replace(storm, takes=(*storm.takes, take), numbers=take.number)
    return storm


def check_drafting(storm: Brainstorm) -> None:
    """Refused once it is too late to change takes."""
    if storm.stage is BrainstormStage.ENDED:
        raise Refused("brainstorm_over")
    if storm.stage is not BrainstormStage.DRAFTING:
        raise Refused("brainstorm_begun")


def check_room(storm: Brainstorm, owner: int) -> None:
    """Refused where this member can add no take."""
    check_drafting(storm)
    if len(storm.takes) >= MOST_TAKES:
        raise Refused("brainstorm_full", limit=MOST_TAKES)
    if sum(take.added for take in storm.takes if take.owner == owner) >= MOST_OWN:
        raise Refused("brainstorm_enough_of_yours", limit=MOST_OWN)


def added(owner: int, name: str, locale: str, prompt: str, now: float) -> Edit:
    """Add somebody's take."""

    def edit(storm: Brainstorm) -> Brainstorm:
        check_room(storm, owner)
        take = Take(storm.numbers + 1, owner, name, locale, spelled_out(prompt), added=True)
        return replace(storm, takes=(*storm.takes, take), numbers=take.number, touched_at=now)

    return edit


def rewritten(number: int, prompt: str, now: float) -> Edit:
    """Give a take another prompt."""

    def edit(storm: Brainstorm) -> Brainstorm:
        check_drafting(storm)
        changed_take = replace(storm.take(number), prompt=spelled_out(prompt))
        takes = tuple(changed_take if take.number == number else take for take in storm.takes)
        return replace(storm, takes=takes, touched_at=now)

    return edit


def removed(number: int, now: float) -> Edit:
    """Take a take out."""

    def edit(storm: Brainstorm) -> Brainstorm:
        check_drafting(storm)
        gone = storm.take(number)
        return replace(storm, takes=tuple(take for take in storm.takes if take is not gone), touched_at=now)

    return edit


def closed(now: float) -> Edit:
    """End a draft without rendering anything."""

    def edit(storm: Brainstorm) -> Brainstorm:
        check_drafting(storm)
        return replace(storm, stage=BrainstormStage.ENDED, touched_at=now)

    return edit


# -- rendering and voting ----------------------------------------------------------------------------------------------


def reserving(now: float, thread_id: int | None = None) -> Edit:
    """Close the list of takes, for whoever comes first; `thread_id` is where the board is that was pressed.

    A board can be pressed before it is noted which thread it is in, and for long if the process ended in between.
    """

    def edit(storm: Brainstorm) -> Brainstorm:
        check_drafting(storm)
        if not storm.takes:
            raise Refused("brainstorm_empty")
        return replace(storm, stage=BrainstormStage.RESERVING, touched_at=now, thread_id=storm.thread_id or thread_id)

    return edit


def reopened(now: float) -> Edit:
    """Let takes be changed again: nothing was reserved."""

    def edit(storm: Brainstorm) -> Brainstorm:
        if storm.stage is not BrainstormStage.RESERVING:
            return storm
        return replace(storm, stage=BrainstormStage.DRAFTING, touched_at=now)

    return edit


def decided(now: float) -> Edit:
    """End the voting at once."""

    def edit(storm: Brainstorm) -> Brainstorm:
        if storm.stage is BrainstormStage.ENDED:
            raise Refused("brainstorm_over")
        if storm.stage is not BrainstormStage.VOTING:
            raise Refused("brainstorm_not_voting")
        return replace(storm, ends_at=min(now, storm.ends_at or now))

    return edit
