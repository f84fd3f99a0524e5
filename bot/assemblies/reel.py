"""Reels: the file that is made of chosen clips. What was chosen is in choice.py. No Discord."""

from __future__ import annotations

import asyncio
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from bot.errors import Refused
from bot.media.clips.fit import fit
from bot.media.clips.joining import Progress, join, read_sources
from bot.media.clips.reel import Shot, are_alike, plan_canvas
from bot.media.container.shapes import inspect_shown
from bot.media.drawing.cards import caption, title_card
from bot.media.ffmpeg import Ffmpeg

LONGEST_SECONDS = 300.0


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
