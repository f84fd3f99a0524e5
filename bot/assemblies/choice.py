"""What a member has chosen to be joined, and in which order: the state of a reel. Pure.

Who may change it, and how it is asked for, is for the cogs; how the file is made of it, for reel.py.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal, Self

from pydantic import FiniteFloat

from bot.errors import Refused
from bot.models import AssemblyKind, RankedClip

MOST_CLIPS = 25
"""What one select of Discord holds."""

LEAST_CLIPS = 2
CHOOSING_SECONDS = 3600.0
"""How long a builder stays open."""

_PRESET_LEAST, _PRESET_MOST = 5, 10


class ReelStage(StrEnum):
    """Where a reel is."""

    CHOOSING = "choosing"
    BUILDING = "building"
    STOPPED = "stopped"
    ENDED = "ended"


class Sort(StrEnum):
    """How the clips follow each other, but for those that are put first by hand."""

    VOTES = "votes"
    OLDEST = "oldest"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class Choice:
    """The state of a reel: job ids of all that can be chosen (`by_votes` and `by_age`, oldest first), and of what is.

    `placed` come first, in this order; the rest of `chosen` follows as `sort` says. `made_at` is when Make was pressed.
    """

    by_votes: tuple[str, ...]
    by_age: tuple[str, ...]
    chosen: tuple[str, ...]
    placed: tuple[str, ...] = ()
    sort: Sort = Sort.VOTES
    stage: ReelStage = ReelStage.CHOOSING
    title: str = ""
    captions: bool = False
    made_at: FiniteFloat = 0.0
    kind: Literal[AssemblyKind.REEL] = AssemblyKind.REEL
    version: Literal[1] = 1

    @property
    def sequence(self) -> tuple[str, ...]:
        """The chosen clips in the order of the reel."""
        order = {Sort.VOTES: self.by_votes, Sort.OLDEST: self.by_age, Sort.NEWEST: self.by_age[::-1]}[self.sort]
        rest = [job_id for job_id in order if job_id in self.chosen and job_id not in self.placed]
        return (*self.placed, *rest)

    def pick(self, job_ids: Collection[str]) -> Self:
        """Choose these clips and no others; those put first that are chosen still stay there."""
        chosen = tuple(job_id for job_id in self.by_votes if job_id in job_ids)
        return replace(self, chosen=chosen, placed=tuple(job_id for job_id in self.placed if job_id in chosen))

    def sorted_by(self, sort: Sort) -> Self:
        """Order all of them this way; what was placed by hand is forgotten."""
        return replace(self, sort=sort, placed=())

    def place(self, job_id: str) -> Self:
        """Put a clip behind those that were placed before it, and before all the others."""
        if job_id not in self.chosen or job_id in self.placed:
            return self
        return replace(self, placed=(*self.placed, job_id))

    def make(self, now: float) -> Self:
        """Close the choice, so that the reel is built. Raises Refused."""
        if self.stage is not ReelStage.CHOOSING:
            raise Refused("reel_underway")
        if len(self.chosen) < LEAST_CLIPS:
            raise Refused("reel_too_few")
        return replace(self, stage=ReelStage.BUILDING, made_at=now)

    def stop(self) -> Self:
        """End it without a reel. Raises Refused where there is nothing left to stop."""
        if self.stage not in {ReelStage.CHOOSING, ReelStage.BUILDING}:
            raise Refused("reel_closed")
        return replace(self, stage=ReelStage.STOPPED)


def offer(ranked: Sequence[RankedClip], title: str, *, captions: bool) -> Choice:
    """A choice among these clips, best first, with the best of them chosen. Raises Refused with fewer than two."""
    ranked = ranked[:MOST_CLIPS]
    if len(ranked) < LEAST_CLIPS:
        raise Refused("reel_too_few")
    by_votes = tuple(clip.job.job_id for clip in ranked)
    by_age = sorted(ranked, key=lambda clip: (clip.job.created_at, clip.job.take))
    liked = sum(clip.votes > 0 for clip in ranked)
    return Choice(
        by_votes=by_votes,
        by_age=tuple(clip.job.job_id for clip in by_age),
        chosen=by_votes[: min(max(liked, _PRESET_LEAST), _PRESET_MOST)],
        title=title,
        captions=captions,
    )
