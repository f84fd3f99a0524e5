"""The machine: FFmpeg, fonts, disk and memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from bot.doctor.report import Finding, error, fine, warning
from bot.errors import MediaFailed
from bot.media.drawing.fonts import Type
from bot.media.ffmpeg import MEBIBYTE, Ffmpeg, find_ffmpeg

FFMPEG, FONTS, DISK, MEMORY = "ffmpeg", "fonts", "disk", "memory"
MEMORY_NEEDED = 512 * MEBIBYTE
DISK_NEEDED, DISK_WISHED = 100 * MEBIBYTE, 1024 * MEBIBYTE
_SAMPLES: Mapping[str, str] = {"Latin": "Łé", "Chinese": "水", "Japanese": "あ", "Korean": "한"}
_INSTALL_FFMPEG = "Install ffmpeg, or leave FFMPEG_PATH out for the one that came with the bot."
_WITHOUT = "without it large clips are posted as links, and there are no stills, sheets or reels"

Draws = Callable[[str], bool]
FreeBytes = Callable[[Path], int]


async def look_at_ffmpeg(chosen: Path | None) -> list[Finding]:
    """Whether it runs."""
    program = find_ffmpeg(chosen)
    try:
        version = await Ffmpeg(program).version()
    except MediaFailed as failure:
        found = "there is none" if program is None else f"{program} does not run ({failure})"
        return [error(FFMPEG, f"{found}: {_WITHOUT}", _INSTALL_FFMPEG)]
    return [fine(FFMPEG, f"{version} runs, {program}")]


def look_at_fonts(draws: Draws | None = None) -> list[Finding]:
    """Whether names and prompts can be drawn. Blocks."""
    drawn = draws or installed()
    lacking = [name for name, sample in _SAMPLES.items() if not drawn(sample)]
    if not lacking:
        return [fine(FONTS, "names and prompts can be drawn in Latin, Chinese, Japanese and Korean")]
    found = f"nothing here draws {', '.join(lacking)}: such words are left out of sheets and titles"
    packages = "fonts-dejavu-core and fonts-noto-cjk (or fonts-droid-fallback)"
    return [warning(FONTS, found, f"Install fonts; on Debian and Ubuntu these are {packages}.")]


def installed() -> Draws:
    """Whether the fonts of this machine draw a text."""
    fonts = Type(shaping=False)
    return lambda text: fonts.spell(text) == text


def look_at_disk(data: Path, free_bytes: FreeBytes) -> list[Finding]:
    """Whether DATA_DIR can be written to, and how much more. Makes nothing. Blocks."""
    place = existing(data)
    if not place.is_dir():
        return [error(DISK, f"DATA_DIR: {place} is not a directory", "Name another one in DATA_DIR.")]
    if not os.access(place, os.W_OK | os.X_OK):
        who = f"chown -R {os.getuid()}:{os.getgid()} {place}"
        return [error(DISK, f"DATA_DIR: {place} cannot be written to", f"Give it to the bot's user ({who}).")]
    free = free_bytes(place)
    said = f"{free // MEBIBYTE} MiB are free in DATA_DIR"
    advice = "Make room on that disk, or name a directory on another in DATA_DIR."
    if free < DISK_NEEDED:
        return [error(DISK, said, advice)]
    if free < DISK_WISHED:
        return [warning(DISK, said, advice)]
    later = "" if place == data else "; it is not there yet, the first start makes it"
    return [fine(DISK, f"{said} ({data.absolute()}){later}")]


def existing(path: Path) -> Path:
    """The path, or the nearest above it that there is."""
    return next(each for each in (path.absolute(), *path.absolute().parents) if each.exists())


def free_bytes(path: Path) -> int:
    """What an unprivileged process may still write there."""
    seen = os.statvfs(path)
    return seen.f_bavail * seen.f_frsize


def look_at_memory(cgroups: Path, own: Path) -> list[Finding]:
    """What the container, or the service, may use. Blocks."""
    limit = memory_limit(cgroups, own)
    if limit is None:
        return [fine(MEMORY, "no limit is set")]
    said = f"the limit is {limit // MEBIBYTE} MiB"
    if limit >= MEMORY_NEEDED:
        return [fine(MEMORY, said)]
    advice = f"Raise it to {MEMORY_NEEDED // MEBIBYTE} MiB or more (mem_limit in compose.yaml)."
    return [warning(MEMORY, f"{said}: a large picture may end the bot", advice)]


def memory_limit(cgroups: Path, own: Path) -> int | None:
    """The smallest limit in bytes that control groups set for this process; None where there is none.

    `cgroups` is where they are mounted, `own` the file that says in which of them this process is.
    """
    limits = [int(text) for text in _texts(cgroups, own) if text.isdecimal()]
    # Version 1 says a number near 2**63 for "none".
    return min((limit for limit in limits if limit < 1 << 60), default=None)


def _texts(cgroups: Path, own: Path) -> Iterator[str]:
    inside = [line.rpartition(":")[2] for line in _read(own).splitlines() if line.startswith("0::")]
    at = cgroups / (inside[0].lstrip("/") if inside else "")
    for folder in (at, *at.parents):
        if folder.is_relative_to(cgroups):
            yield _read(folder / "memory.max").strip()
    yield _read(cgroups / "memory" / "memory.limit_in_bytes").strip()


def _read(path: Path) -> str:
    return path.read_text() if path.is_file() else ""
