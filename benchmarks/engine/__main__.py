"""`python -m benchmarks.engine [--json] [--quick] [--only wake,idle]`: what the engine costs, beside the goals.

Two quiet cores and about four minutes; the notes about each figure are in the module that measures it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.engine import others
from benchmarks.engine.answering import answers
from benchmarks.engine.delivering import deliveries
from benchmarks.engine.provider import USUAL_SECONDS
from benchmarks.engine.report import Figures, as_json, as_text
from benchmarks.engine.rows import multiply
from benchmarks.engine.stage import ENDLESS_JOB, LARGE_BYTES, Stage
from benchmarks.engine.waiting import idle, in_flight, restart_s, wake_ms
from benchmarks.engine.working import work
from benchmarks.pages import DOCS, with_part

PAGE = DOCS / "benchmarks.md"

_SPARE = 10
"""Places that are left for what is typed while the others are taken."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of everything is measured."""

    waiting: Sequence[int] = (100, 1_000, 10_000, 100_000)
    wakes: int = 9
    wake_seconds: float = 6.0
    idle_waiting: int = 10_000
    settle_seconds: float = 6.0
    idle_seconds: float = 20.0
    restarting: int = 5_000
    in_flight: int = 1_000 - _SPARE
    answers: int = 200
    deliveries: int = 9
    jobs: int = 160
    at_once: int = 110
    render_seconds: float = 20.0
    large_bytes: int = LARGE_BYTES


QUICK = Sizes(
    waiting=(100, 1_000),
    wakes=3,
    wake_seconds=2.0,
    idle_waiting=500,
    settle_seconds=1.0,
    idle_seconds=1.0,
    restarting=200,
    in_flight=40,
    answers=10,
    deliveries=2,
    jobs=10,
    at_once=5,
    render_seconds=1.5,
    large_bytes=1_500_000,
)

Part = Callable[[Stage, Sizes, Figures], Awaitable[None]]


async def _wake(stage: Stage, sizes: Sizes, figures: Figures) -> None:
    for waiting in sizes.waiting:
        figures.wakes[waiting] = await wake_ms(stage, waiting, wakes=sizes.wakes, seconds=sizes.wake_seconds)


async def _idle(stage: Stage, sizes: Sizes, figures: Figures) -> None:
    figures.idle = await idle(stage, sizes.idle_waiting, settle=sizes.settle_seconds, seconds=sizes.idle_seconds)


async def _restart(stage: Stage, sizes: Sizes, figures: Figures) -> None:
    figures.restart = await restart_s(stage, sizes.restarting)


async def _busy(stage: Stage, sizes: Sizes, figures: Figures) -> None:
    """Deliveries and first answers while nearly all places are taken by tasks of every age that show progress."""
    data, count = stage.copy("busy"), sizes.in_flight
    ages = [USUAL_SECONDS * number / count for number in range(count)]
    multiply(data, ENDLESS_JOB, in_flight(stage, ages, USUAL_SECONDS))
    async with stage.bot(data, APIFRAME_CONCURRENCY=str(count + _SPARE)) as bot:
        await bot.calm(0.05, sizes.settle_seconds)
        figures.deliveries[count] = await deliveries(stage, bot, "while busy", sizes.deliveries)
        figures.answers = await answers(stage, sizes.answers)


async def _deliver(stage: Stage, sizes: Sizes, figures: Figures) -> None:
    async with stage.bot(stage.copy("deliver")) as bot:
        await bot.calm(0.02, sizes.settle_seconds)
        figures.deliveries[0] = await deliveries(stage, bot, "alone", sizes.deliveries)


async def _work(stage: Stage, sizes: Sizes, figures: Figures) -> None:
    figures.work = await work(stage, sizes.jobs, sizes.at_once, sizes.render_seconds)


PARTS: Mapping[str, Part] = {
    "deliver": _deliver,
    "busy": _busy,
    "work": _work,
    "restart": _restart,
    "idle": _idle,
    "wake": _wake,
}
OTHERS = ("polling", "million")


async def measure(only: Sequence[str], sizes: Sizes, profiles: Path | None = None) -> tuple[Figures, bool]:
    """Run these parts, one after the other; whether all of them came to an end goes with the figures."""
    figures, whole = Figures(), True
    with tempfile.TemporaryDirectory(prefix="engine-") as room:
        if profiles is not None:
            profiles.mkdir(parents=True, exist_ok=True)
        async with Stage(Path(room), large=sizes.large_bytes, profiles=profiles) as stage:
            for name in (name for name in PARTS if name in only):
                began = time.monotonic()
                try:
                    await PARTS[name](stage, sizes, figures)
                except (TimeoutError, ValueError) as error:
                    whole = False
                    print(f"{name} failed: {error}", file=sys.stderr)
                print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    if "polling" in only:
        figures.polling = await others.polling()
    if "million" in only:
        figures.million = await others.million()
    return figures, whole


def main() -> int:
    """Measure and print; 1 where a part failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object in place of the table")
    parser.add_argument("--quick", action="store_true", help="small numbers, to see that it runs; no figures to quote")
    parser.add_argument("--only", help=f"parts, with commas between them: {', '.join([*PARTS, *OTHERS])}")
    parser.add_argument("--profile", type=Path, help="a folder for what cProfile says of each bot; slows it down")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md too")
    wanted = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)
    usual = [*PARTS, *(() if wanted.quick else OTHERS)]
    only = usual if wanted.only is None else wanted.only.split(",")
    if unknown := set(only) - {*PARTS, *OTHERS}:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    profiles = None if wanted.profile is None else wanted.profile.resolve()
    figures, whole = asyncio.run(measure(only, QUICK if wanted.quick else Sizes(), profiles))
    print(json.dumps(as_json(figures)) if wanted.json else as_text(figures))
    if wanted.write:
        PAGE.write_text(with_part(PAGE.read_text("utf-8"), "engine", as_text(figures)), "utf-8")
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
