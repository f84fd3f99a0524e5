"""Reels: what a member has chosen to be joined, in which order, and the file that is made of it. No Discord.

The choice is the state of an assembly. Who may change it, and how it is asked for, is for the cogs.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from bot.errors import Refused
from bot.media.clips.fit import fit
from bot.media.clips.joining import Progress, join, read_sources
from bot.media.clips.reel import Shot, are_alike, plan_canvas
from bot.media.container.shapes import inspect_shown
from bot.media.drawing.cards import caption, title_card
from bot.media.ffmpeg import Ffmpeg
from bot.models import Assembly, RankedClip

MOST_CLIPS = 25
"""What one select of Discord holds."""

LEAST_CLIPS = 2
LONGEST_SECONDS = 300.0
CHOOSING_SECONDS = 3600.0
"""How long a builder stays open."""

_PRESET_LEAST, _PRESET_MOST = 5, 10


class Stage(StrEnum):
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
    stage: Stage = Stage.CHOOSING
    title: str = ""
    captions: bool = False
    made_at: float = 0.0

    @classmethod
    def read(cls, state: Mapping[str, Any]) -> Self:
        """From the JSON of an assembly."""
        values: dict[str, Any] = {field.name: state[field.name] for field in fields(cls)}
        values |= {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
        return cls(**values | {"sort": Sort(state["sort"]), "stage": Stage(state["stage"])})

    def write(self) -> dict[str, Any]:
        """As the JSON of an assembly."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

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
        if self.stage is not Stage.CHOOSING:
            raise Refused("reel_underway")
        if len(self.chosen) < LEAST_CLIPS:
            raise Refused("reel_too_few")
        return replace(self, stage=Stage.BUILDING, made_at=now)

    def stop(self) -> Self:
        """End it without a reel. Raises Refused where there is nothing left to stop."""
        if self.stage not in {Stage.CHOOSING, Stage.BUILDING}:
            raise Refused("reel_closed")
        return replace(self, stage=Stage.STOPPED)


def check_alone(others: Sequence[Assembly]) -> None:
    """Refused for a member of whom a reel is being made already: they cost nothing, so one at a time has to do."""
    if any(Choice.read(other.state).stage is Stage.BUILDING for other in others):
        raise Refused("reel_underway")


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


@dataclass(frozen=True, slots=True)
class Part:
    """One clip of a reel: its file, and what is written on it, if anything."""

    job_id: str
    clip: Path
    caption: str = ""


@dataclass(frozen=True, slots=True)
class ReelOrder:
    """What to make; the title card has the title and a smaller line, and there is none without a title."""

    assembly_id: str
    parts: tuple[Part, ...]
    title: str = ""
    subtitle: str = ""

    @property
    def drawn(self) -> bool:
        """Whether something is to be seen that is in no clip."""
        return bool(self.title) or any(part.caption for part in self.parts)


@dataclass(frozen=True, slots=True)
class Reel:
    """A finished reel on disk; `copied` is whether every frame of it is a clip's own, bit for bit."""

    path: Path
    size: int
    width: int
    height: int
    seconds: float
    copied: bool


class ReelMaker:
    """One directory: what belongs to an assembly begins with its id, and is deleted once it is posted."""

    def __init__(self, ffmpeg: Ffmpeg, directory: Path) -> None:
        self._ffmpeg = ffmpeg
        self._directory = directory

    @property
    def available(self) -> bool:
        """Whether reels can be made at all."""
        return self._ffmpeg.available

    async def make(self, order: ReelOrder, progress: Progress | None = None) -> Reel:
        """Join the clips, unless just this was done before. Raises MediaFailed, or Refused for too long a reel."""
        path = self._path(order)
        sources = await read_sources([part.clip for part in order.parts])
        seconds = sum(source.facts.duration_seconds for source in sources)
        if seconds > LONGEST_SECONDS:
            raise Refused("reel_too_long", seconds=round(seconds), limit=round(LONGEST_SECONDS))
        if not await asyncio.to_thread(path.is_file):
            canvas = plan_canvas(sources)
            size = canvas.width, canvas.height
            card = await self._title(order, size, path) if order.title else None
            shots = [await self._shot(part, size, path) for part in order.parts]
            await join(self._ffmpeg, shots, path, title=card, progress=progress)
        return await self._facts(path, copied=not order.drawn and are_alike(sources))

    async def fitted(self, reel: Reel, limit: int) -> Reel:
        """The reel in at most `limit` bytes; as it is where it fits. Raises MediaFailed."""
        if reel.size <= limit:
            return reel
        to = reel.path.with_name(f"{reel.path.stem}-fit.mp4")
        if not await asyncio.to_thread(lambda: to.is_file() and to.stat().st_size <= limit):
            await fit(self._ffmpeg, reel.path, limit, to)
        return await self._facts(to, copied=False)

    async def discard(self, assembly_id: str) -> None:
        """Delete all that was made for one reel."""
        await asyncio.to_thread(_delete_all, self._directory, assembly_id)

    def _path(self, order: ReelOrder) -> Path:
        # By what is in it: what was joined before a restart is posted after it, but not if a clip went meanwhile.
        shown = [[part.job_id, part.caption] for part in order.parts]
        content = hashlib.sha256(json.dumps([shown, order.title, order.subtitle]).encode()).hexdigest()[:12]
        return self._directory / f"{order.assembly_id}-{content}.mp4"

    async def _title(self, order: ReelOrder, size: tuple[int, int], path: Path) -> Path:
        card = await title_card(order.title, order.subtitle, size)
        return await _write(path.with_suffix(".title.png"), card)

    async def _shot(self, part: Part, size: tuple[int, int], path: Path) -> Shot:
        if not part.caption:
            return Shot(part.clip)
        drawn = await caption(part.caption, size)
        shown = await _write(path.with_suffix(f".{part.job_id}.png"), drawn)
        return Shot(part.clip, shown)

    async def _facts(self, path: Path, *, copied: bool) -> Reel:
        facts = await asyncio.to_thread(inspect_shown, path)
        size = (await asyncio.to_thread(path.stat)).st_size
        return Reel(path, size, facts.width, facts.height, facts.duration_seconds, copied)


def _delete_all(directory: Path, assembly_id: str) -> None:
    for path in directory.glob(f"{assembly_id}*"):
        path.unlink(missing_ok=True)


async def _write(path: Path, data: bytes) -> Path:
    await asyncio.to_thread(path.write_bytes, data)
    return path
