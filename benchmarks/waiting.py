"""Waiting for 200 clips at each provider: our engine against the loops of the documents this project began with.

`python -m benchmarks.waiting` prints the figures; with `--write` they go into docs/benchmarks.md as well.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import platform
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.commands import CommandBench
from benchmarks.figures import Side, Spread
from benchmarks.our_runner import ASKED, PROVIDERS, Ours, World, run_ours
from benchmarks.pages import DOCS, table, with_part
from benchmarks.renders import plan_renders, planned_sandbox
from benchmarks.seed_loops import HELD, TWO_SECONDS, run_loops
from sandbox.drawing.render import FfmpegRenderer, Shot

PAGE = DOCS / "benchmarks.md"
KNOWING, FRESH = "ours, after a while of use", "ours, first day"
_TITLES = {"apiframe": "Apiframe", "acedata": "AceData Cloud"}
_HEAD = ("Provider", "Way of waiting", "Submissions / job", "Status queries / job", "Known late, s: p50 / p95 / max")


@dataclass(frozen=True, slots=True)
class Run:
    """Everything one run measured."""

    jobs: int
    median: float
    ours: Sequence[Ours]
    loops: Sequence[Side]
    answers: dict[str, Spread]
    answered: int
    seconds: float
    processor: float


async def run(jobs: int, median: float, *, first_day: bool) -> Run:
    """Run our engine and the loops at once, then if asked our engine with nothing to go by; render times are equal.

    Each side has stand-ins of its own. A second application beside the first would measure this machine.
    """
    plan, bench = plan_renders(jobs, median), CommandBench()
    began, processor = time.perf_counter(), time.process_time()
    async with AsyncExitStack() as stack:
        room = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        clip = await FfmpegRenderer(room).render(Shot("a calm sea"))
        boxes = [await stack.enter_async_context(planned_sandbox(plan, clip)) for _ in range(3)]
        knowing, loops = await asyncio.gather(
            run_ours(KNOWING, plan, boxes[0], room / "knowing", World(history=True, commands=bench)),
            run_loops(plan, boxes[2]),
        )
        ours = [knowing]
        if first_day:
            ours.append(await run_ours(FRESH, plan, boxes[1], room / "fresh", World(history=False)))
    return Run(
        jobs,
        median,
        ours,
        loops,
        bench.spreads,
        bench.count,
        time.perf_counter() - began,
        time.process_time() - processor,
    )


def described(run: Run) -> str:
    """The figures of a run in Markdown, which reads well on a terminal too."""
    when, python = datetime.now(UTC).date().isoformat(), platform.python_version()
    return "\n\n".join(
        (
            f"{when}, {os.cpu_count()} cores, Python {python}. {run.jobs} jobs at each provider on each side, render "
            f"times lognormal around {run.median:.0f} s; everything in one process, which used "
            f"{100 * run.processor / run.seconds:.0f} % of a core for {run.seconds:.0f} s.",
            table(_HEAD, [_row(side) for side in _sides(run)]),
            _ratios(run),
            table(("From the provider's completion to the message, s", "p50 / p95 / max"), _messages(run)),
            table(
                (f"From a command to its first answer, ms, {2 * run.jobs} jobs in flight", "p50 / p95 / max"),
                [
                    (f"`/{name}`, {run.answered} times", str(Spread(*(1000 * s for s in (it.p50, it.p95, it.most)))))
                    for name, it in run.answers.items()
                ],
            ),
        )
    )


def _sides(run: Run) -> list[Side]:
    sides = [side for ours in run.ours for side in ours.sides] + list(run.loops)
    return sorted(sides, key=lambda side: PROVIDERS.index(side.provider))


def _row(side: Side) -> tuple[str, ...]:
    calls = (f"{side.submissions:.2f}", f"{side.queries:.2f}")
    return (_TITLES[side.provider], side.name, *calls, str(side.late))


def _messages(run: Run) -> list[tuple[str, str]]:
    return [
        (f"{_TITLES[side.provider]}, {side.name}", str(ours.messages[side.provider]))
        for ours in run.ours
        for side in ours.sides
    ]


def _ratios(run: Run) -> str:
    found = {(side.provider, side.name): side for side in _sides(run)}
    lines = []
    for provider in PROVIDERS:
        loop = found[provider, TWO_SECONDS]
        for side in (found[provider, name] for name in (KNOWING, FRESH) if (provider, name) in found):
            lines.append(
                f"- {_TITLES[provider]}, {side.name}: {loop.queries / side.queries:.0f} times fewer status queries "
                f"than {TWO_SECONDS}, {side.late.p50 / loop.late.p50:.1f} times its median lateness, "
                f"{side.late.p95 / loop.late.p95:.1f} times its 95th percentile"
            )
    held = found["acedata", HELD]
    lines.append(
        f"- AceData Cloud, {HELD}: no status query at all, and known after {1000 * held.late.p50:.0f} ms; our engine "
        f"is worse by {found['acedata', KNOWING].late.p50 - held.late.p50:.1f} s in the median"
    )
    return "\n".join(lines)


def main() -> None:
    """Run, print, and write the page if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=200, help="jobs at each provider, more than 10")
    parser.add_argument("--render-seconds", type=float, default=30.0, help="the median")
    parser.add_argument("--first-day", action="store_true", help="our engine without past jobs too; as long again")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    wanted = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)
    if wanted.jobs <= ASKED:
        parser.error(f"--jobs must be more than {ASKED}")
    text = described(asyncio.run(run(wanted.jobs, wanted.render_seconds, first_day=wanted.first_day)))
    print(text)
    if wanted.write:
        PAGE.write_text(with_part(PAGE.read_text("utf-8"), "polling", text), "utf-8")


if __name__ == "__main__":
    main()
