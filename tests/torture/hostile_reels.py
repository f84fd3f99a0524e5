"""Clips that play, and that spoil a reel if they are joined as they are.

Sound that outlasts its pictures, frames that a cut hides, pixels that are not square: the reel that people get must be
in step, and nobody pays for it.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count, pairwise
from pathlib import Path

import imageio_ffmpeg
from aiohttp import web

from tests.torture.hostile_clip import linked
from tests.torture.hostile_files import latest_clip
from tests.torture.hostile_middleman import Trick
from tests.torture.hostile_run import Story, Trouble
from tests.torture.hostile_stage import Stage
from tests.wire.mentions import walk
from tests.wire.things import Message

PARTS = 3
CHARGES = "SELECT kind, count(*) FROM ledger GROUP BY kind ORDER BY kind"
JERK = 1.6
"""So many times the usual time between two frames: more is seen as a picture that stands still."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as players show it: frame times in milliseconds, the shape of its pictures, how long its sound is."""

    times: list[int]
    shape: float
    heard: float

    @property
    def usual(self) -> int:
        """How long most frames are shown, in milliseconds."""
        gaps = sorted(later - earlier for earlier, later in pairwise(self.times))
        return gaps[len(gaps) // 2]

    @property
    def seconds(self) -> float:
        """How long there are pictures."""
        return (self.times[-1] + self.usual) / 1000


def ffmpeg(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run FFmpeg; what it says is in stderr."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-hide_banner", "-y", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)


def look_at(path: Path) -> Seen:
    """Decode a file to its end."""
    exact = ["-map", "0:v:0", "-fps_mode", "passthrough", "-enc_time_base", "1/1000", "-f", "framemd5", "-"]
    done = ffmpeg("-i", str(path), *exact)
    rows = [row.split(",") for row in done.stdout.splitlines() if not row.startswith("#")]
    said = re.search(r"Video: .*?, (\d+)x(\d+)(?: \[SAR (\d+):(\d+))?", done.stderr)
    assert said is not None
    wide, high, across, down = (int(part or 1) for part in said.groups())
    heard = "0"
    if "Audio: " in done.stderr:
        sound = ffmpeg("-i", str(path), "-vn", "-f", "null", "-", "-progress", "-").stdout
        heard = re.findall(r"out_time_us=(\d+)", sound)[-1]
    return Seen([int(row[2]) for row in rows], wide * across / (high * down), int(heard) / 1e6)


Spoil = Callable[[Path, Path], object]
_QUALITIES = count(18)


def _longer_sound(clip: Path, to: Path) -> None:
    sound = ["-f", "lavfi", "-i", "sine=frequency=330:duration=1.5"]
    ffmpeg("-i", str(clip), *sound, "-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", "aac", str(to))


def _cut_open(clip: Path, to: Path) -> None:
    # Copying from the middle of a group of pictures keeps those before, and an edit list hides them.
    with tempfile.TemporaryDirectory() as name:
        long = Path(name) / "long.mp4"
        ffmpeg("-stream_loop", "2", "-i", str(clip), "-t", "4", "-g", "200", "-bf", "0", "-an", str(long))
        ffmpeg("-ss", "0.6", "-i", str(long), "-c", "copy", str(to))


def _anamorphic(clip: Path, to: Path) -> None:
    # Each is coded another way, so that they cannot be copied behind each other.
    coded = ["-c:v", "libx264", "-crf", str(next(_QUALITIES)), "-pix_fmt", "yuv420p", "-an"]
    ffmpeg("-i", str(clip), "-vf", "setsar=4/3", *coded, str(to))


def troubles() -> list[Trouble]:
    """One row for each way in which a clip that plays can spoil what it is joined to."""
    found: dict[str, Spoil] = {
        "sound longer than the pictures": _longer_sound,
        "frames that a cut hides": _cut_open,
        "pixels that are not square": _anamorphic,
    }
    return [
        Trouble(
            f"Reel: clips with {name}",
            act=_joined(spoil),
            alone=True,
            seconds=60.0,
            measured=False,
            cheap=spoil is _longer_sound,
        )
        for name, spoil in found.items()
    ]


def _joined(spoil: Spoil) -> Callable[[Stage, Trouble], Awaitable[Story]]:
    async def act(stage: Stage, trouble: Trouble) -> Story:
        part = stage.directory / "part.mp4"
        for number in range(PARTS):
            await _render(stage, f"part {number} with {trouble.name}", spoil, part)
        held = stage.rows(CHARGES)
        brought = await _reel(stage, trouble.seconds)
        story = Story(seen="The reel is ready, in step", credits_back="reels are free")
        story.wrong += [] if stage.rows(CHARGES) == held else ["the reel was charged"]
        made = stage.directory / "reel.mp4"
        made.write_bytes(brought.attachments[0].data)
        parts, reel = await asyncio.to_thread(look_at, part), await asyncio.to_thread(look_at, made)
        story.wrong += _wrong(parts, reel)
        return story

    return act


def _wrong(part: Seen, reel: Seen) -> list[str]:
    """What a viewer would notice."""
    gaps = [later - earlier for earlier, later in pairwise(reel.times)]
    found = []
    if max(gaps) > JERK * reel.usual:
        found.append(f"stands still for {max(gaps)} ms where frames last {reel.usual}")
    if min(gaps) * JERK < reel.usual:
        found.append(f"a frame is shown for {min(gaps)} ms where frames last {reel.usual}")
    if abs(reel.seconds - PARTS * part.seconds) > 0.1 * PARTS:
        found.append(f"{reel.seconds:.2f} s of {PARTS} x {part.seconds:.2f} s")
    if abs(reel.shape - part.shape) > 0.04:
        found.append(f"pictures of {reel.shape:.2f} where the clips have {part.shape:.2f}")
    if reel.heard and abs(reel.heard - reel.seconds) > 0.1:
        found.append(f"{reel.heard:.2f} s of sound to {reel.seconds:.2f} s of pictures")
    return found


async def _render(stage: Stage, prompt: str, spoil: Spoil, part: Path) -> None:
    def served(at: Stage) -> Trick:
        async def trick(_request: web.Request) -> web.StreamResponse:
            await asyncio.to_thread(spoil, latest_clip(at), part)
            return web.Response(body=part.read_bytes(), content_type="video/mp4")

        return trick

    linked(lambda at: at.apiframe.link("clip.mp4"), served, 9)(stage)
    await stage.video(prompt)
    await stage.over(prompt)
    stage.calm()


async def _reel(stage: Stage, seconds: float) -> Message:
    asked = await stage.command("ada", "reel")
    await stage.until(lambda: asked.original is not None and _mark(asked.original), "the builder")
    builder = asked.original
    assert builder is not None
    await stage.wire.interactions.press("ada", builder, custom_id=_mark(builder))

    def brought() -> list[Message]:
        return [m for m in stage.messages() if m.attachments and "reel is ready" in str((m.payload, m.components))]

    await stage.until(brought, "the reel", seconds)
    return brought()[0]


def _mark(builder: Message) -> str:
    found = [str(c["custom_id"]) for c in walk(builder.components) if c.get("custom_id")]
    return next((mark for mark in found if mark.startswith("rushes:reel-make:")), "")
