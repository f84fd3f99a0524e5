"""Measures what becomes of clips: fitting them under a limit, pictures out of them, and joining them.

`python -m benchmarks.fit --write` puts the tables into docs/media.md. It fails if a result is over its limit, does not
play, or needed more memory than is promised; and if a copied reel is not its clips, frame for frame.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import platform
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.fit_clips import MEBIBYTE, RECIPES, Recipe, alike, run
from benchmarks.fit_meter import Meter
from benchmarks.pages import DOCS, table, with_part
from bot.errors import CannotFit
from bot.media.clips.fit import Fitted, How, fit
from bot.media.clips.joining import join
from bot.media.clips.reel import Shot
from bot.media.clips.stills import Wanted, take_stills
from bot.media.container.mp4 import inspect
from bot.media.drawing.cards import caption, title_card
from bot.media.ffmpeg import Ffmpeg, find_ffmpeg

LIMITS = (8, 10, 20, 50)
PROMISED = 256
"""MiB that FFmpeg may need at most."""

REEL, SOME = 20, 5
FIT_HEAD = ("Clip", "MiB", "Limit", "Done", "Result, MiB", "CPU, s", "Peak, MiB", "SSIM")
Row = tuple[str, ...]


class Bench:
    """One run: a folder, FFmpeg as it is, and the same with a meter before it."""

    def __init__(self, folder: Path, program: Path) -> None:
        self.folder, self.program = folder, program
        self.meter = Meter(program, folder)
        self.media = Ffmpeg(self.meter.program)
        self.as_is = self.refused = 0

    async def fitting(self, recipes: Sequence[Recipe]) -> list[Row]:
        """A row for each clip and limit where something had to be done."""
        rows = []
        for recipe in recipes:
            clip = recipe.make(self.program, self.folder)
            for limit in LIMITS:
                row = await self._fit(recipe.name, clip, limit)
                if row is not None:
                    rows.append(row)
                    print(" | ".join(row), flush=True)
            clip.unlink()
        return rows

    async def _fit(self, name: str, clip: Path, limit: int) -> Row | None:
        before = f"{clip.stat().st_size / MEBIBYTE:.1f}"
        try:
            fitted = await fit(self.media, clip, limit * MEBIBYTE, self.folder / "fitted.mp4")
        except CannotFit:
            self.refused += 1
            return name, before, str(limit), "cannot fit", "", *str(self.meter.read()).split(" | "), ""
        used = self.meter.read()
        must(fitted.path.stat().st_size <= limit * MEBIBYTE, f"{name} is over {limit} MiB")
        must(used.peak < PROMISED, f"{name} needed {used.peak:.0f} MiB")
        run(self.program, "-xerror", "-i", str(fitted.path), "-f", "null", "-")  # it plays to its end
        if fitted.how is How.AS_IS:
            self.as_is += 1
            return None
        after = f"{fitted.size / MEBIBYTE:.2f}"
        alike = self._ssim(clip, fitted)
        fitted.path.unlink()
        return name, before, str(limit), fitted.how, after, *str(used).split(" | "), alike

    def _ssim(self, clip: Path, fitted: Fitted) -> str:
        """How like the original it looks, frame by frame and at the original's size."""
        source = inspect(clip)
        width, height = source.width // 2 * 2, source.height // 2 * 2
        graph = (
            f"[0:v]setpts=N,scale={width}:{height}[a];[1:v]setpts=N,crop={width}:{height},format=yuv420p[b];[a][b]ssim"
        )
        said = run(
            self.program, "-i", str(fitted.path), "-i", str(clip), "-lavfi", graph, "-f", "null", "-", words="info"
        )
        return f"{float(re.findall(r'All:([0-9.]+)', said)[-1]):.3f}"

    async def stills(self) -> list[Row]:
        """What pictures out of a clip cost."""
        rows = []
        for recipe in RECIPES[:2]:
            clip = recipe.make(self.program, self.folder)
            last, poster, sheet = (self.folder / name for name in ("last.png", "poster.jpg", "sheet.jpg"))
            for what, wanted in (
                ("poster", Wanted(poster=poster)),
                ("last frame", Wanted(last=last)),
                ("last frame, poster and sheet", Wanted(last, poster, sheet)),
            ):
                await take_stills(self.media, clip, wanted)
                rows.append((recipe.name, what, *str(self.meter.read()).split(" | ")))
        return rows

    async def joining(self) -> list[Row]:
        """What a reel costs: copied, and encoded with a title and captions."""
        clips = [recipe.make(self.program, self.folder) for recipe in alike(REEL)]
        copied = await join(self.media, [Shot(clip) for clip in clips], self.folder / "reel.mp4")
        used = self.meter.read()
        whole, parts = self._frames(copied.path), [each for clip in clips for each in self._frames(clip)]
        must(copied.copied and whole == parts, "the copied reel is not its clips")
        must(used.cpu < 3, f"copying took {used.cpu:.2f} s")
        rows: list[Row] = [
            (f"{REEL} clips that are alike", "copied", f"{len(whole)}, all identical", *str(used).split(" | "))
        ]
        longer = [recipe.make(self.program, self.folder) for recipe in alike(SOME, 7)]
        made = await join(self.media, [Shot(clip) for clip in longer], self.folder / "reel.mp4")
        used = self.meter.read()
        whole, parts = self._frames(made.path), [each for clip in longer for each in self._frames(clip)]
        must(not made.copied and whole == parts, "the reel with longer sound has not the pictures of its clips")
        rows += [
            (f"{SOME} with sound of 7 s", "pictures copied", f"{len(whole)}, all identical", *str(used).split(" | "))
        ]
        card, words = self.folder / "title.png", self.folder / "caption.png"
        card.write_bytes(await title_card("The best of this week", "20 clips by 7 people", (1366, 768)))
        words.write_bytes(await caption("A lighthouse in a storm, waves over the rocks", (1366, 768)))
        shots = [Shot(clip, words) for clip in clips[:SOME]]
        made = await join(self.media, shots, self.folder / "reel.mp4", title=card)
        used = self.meter.read()
        must(used.peak < PROMISED, f"joining needed {used.peak:.0f} MiB")
        frames = str(len(self._frames(made.path)))
        return [
            *rows,
            (f"{SOME} of the first with a title and captions", "re-encoded", frames, *str(used).split(" | ")),
        ]

    def _frames(self, clip: Path) -> list[str]:
        listing = run(self.program, "-xerror", "-i", str(clip), "-map", "0:v", "-f", "framemd5", "-")
        return [row.split(",")[-1].strip() for row in listing.splitlines() if not row.startswith("#")]


async def start_up(program: Path) -> str:
    """Milliseconds that a run takes which does nothing, and how many of them are FFmpeg's own."""
    media, times = Ffmpeg(program), []
    for starting in (lambda: media.run(["-version"]), lambda: asyncio.to_thread(run, program, "-version")):
        begun = time.perf_counter()
        for _ in range(20):
            await starting()
        times.append((time.perf_counter() - begun) / 20 * 1000)
    return f"{times[0]:.0f} ms from call to end for a run that does nothing, {times[1]:.0f} ms without limits"


def must(holds: bool, otherwise: str) -> None:
    """End the run with this sentence if something promised does not hold."""
    if not holds:
        sys.exit(otherwise)


async def measure(folder: Path, recipes: Sequence[Recipe]) -> dict[str, str]:
    """All tables, by the name of their part of the page."""
    program = find_ffmpeg()
    if program is None:
        sys.exit("there is no FFmpeg")
    bench = Bench(folder, program)
    version = await Ffmpeg(program).version()
    heading = f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {platform.python_version()}, {version}. "
    heading += f"Starting FFmpeg: {await start_up(program)}."
    rows = await bench.fitting(recipes)
    figures = [float(row[6]) for row in rows]
    summary = (
        f"{len(recipes)} clips at {len(LIMITS)} limits: {bench.as_is} fitted as they were, {bench.refused} could not "
    )
    summary += f"be fitted, {len(rows) - bench.refused} are below. All results are under their limit and decode to the "
    summary += f"end without an error. The most memory was {max(figures, default=0):.0f} MiB."
    return {
        "fit": f"{heading}\n\n{summary}\n\n{table(FIT_HEAD, rows)}",
        "join": table(("Reel", "Done", "RequestFrames", "CPU, s", "Peak, MiB"), await bench.joining()),
        "stills": table(("Clip", "Pictures", "CPU, s", "Peak, MiB"), await bench.stills()),
    }


def main() -> None:
    """Measure, print, and write the page if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the tables into docs/media.md")
    parser.add_argument("--only", default="", help="only clips whose name has this in it")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)
    recipes = [recipe for recipe in RECIPES if arguments.only in recipe.name]
    with tempfile.TemporaryDirectory() as folder:
        parts = asyncio.run(measure(Path(folder), recipes))
    page = DOCS / "media.md"
    for name, text in parts.items():
        print(f"\n{text}")
        if arguments.write:
            page.write_text(with_part(page.read_text(), name, text))


if __name__ == "__main__":
    main()
