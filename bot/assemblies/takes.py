"""Several takes of one request: when they are shown side by side, and how many bytes each may have then. No Discord."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal

from bot.assemblies.assembler import finished
from bot.errors import MediaFailed
from bot.media.clips.fit import fit
from bot.media.ffmpeg import Ffmpeg
from bot.models import Assembly, AssemblyKind, Job, JobStatus

log = logging.getLogger(__name__)

MOST_TAKES = 4
LEAST_SHOWN = 2
"""One take alone has been seen already."""


@dataclass(frozen=True, slots=True)
class Takes:
    """The state of several takes: how many were asked for."""

    takes: int
    kind: Literal[AssemblyKind.TAKES] = AssemblyKind.TAKES
    version: Literal[1] = 1


class Next(StrEnum):
    """What is to be done about an assembly of takes."""

    WAIT = "wait"
    SHOW = "show"
    END = "end"


def delivered(jobs: Sequence[Job]) -> list[Job]:
    """The jobs that brought a clip, whether or not it was deleted since."""
    return [job for job in jobs if job.status is JobStatus.DELIVERED]


def shown(jobs: Sequence[Job]) -> list[Job]:
    """The jobs whose clips are in the channel."""
    return [job for job in delivered(jobs) if job.deleted_at is None]


def plan(assembly: Assembly, jobs: list[Job], now: float, abandoned: float) -> Next:
    """What to do next; one that has no jobs after `abandoned` seconds gets none: the process ended between the two.

    Clips that were deleted meanwhile count here: a message may show them that nobody noted.
    """
    if not jobs:
        return Next.WAIT if now < assembly.created_at + abandoned else Next.END
    if not finished(jobs):
        return Next.WAIT
    return Next.SHOW if len(delivered(jobs)) >= LEAST_SHOWN else Next.END


def shares(sizes: Sequence[int], each: int, together: int) -> list[int]:
    """How many bytes each file may have: as it is where that fits, and the larger ones share the rest."""
    allowed = [min(size, each) for size in sizes]
    if sum(allowed) <= together:
        return allowed
    left, waiting = together, sorted(range(len(sizes)), key=lambda place: allowed[place])
    while waiting:
        share = left // len(waiting)
        place = waiting.pop(0)
        allowed[place] = min(allowed[place], share)
        left -= allowed[place]
    return allowed


class SideBySide:
    """Makes clips small enough to be sent together; one directory, whose files are deleted once they are sent."""

    def __init__(self, ffmpeg: Ffmpeg, directory: Path) -> None:
        self._ffmpeg = ffmpeg
        self._directory = directory

    async def fitted(self, assembly_id: str, clips: Sequence[Path], each: int, together: int) -> list[Path | None]:
        """The clips in so many bytes; None for one that cannot be made so small."""
        sizes = await asyncio.to_thread(lambda: [clip.stat().st_size for clip in clips])
        found: list[Path | None] = []
        for number, (clip, limit) in enumerate(zip(clips, shares(sizes, each, together), strict=True)):
            try:
                to = self._directory / f"{assembly_id}-{number}.mp4"
                found.append((await fit(self._ffmpeg, clip, limit, to)).path)
            except MediaFailed as error:
                log.info("take %d of %s cannot be made to fit %d bytes: %s", number, assembly_id, limit, error)
                found.append(None)
        return found

    async def discard(self, assembly_id: str) -> None:
        """Delete what was made for one assembly."""
        await asyncio.to_thread(_delete, self._directory, assembly_id)


def _delete(directory: Path, assembly_id: str) -> None:
    for path in directory.glob(f"{assembly_id}-*"):
        path.unlink(missing_ok=True)
