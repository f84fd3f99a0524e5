"""What a job costs from the command to its end: processor time, edits of status messages, status queries, commits.

So many jobs are typed one after the other in twenty channels, each when the one before has been answered, at a provider
that works on a part of them at once. Render times are lognormal; their median is a fraction of the usual 180 s, and so
are the bounds between two looks. The bot has made such clips before, and knows how long they take. Counted is
everything until Discord has heard nothing for some seconds after the last clip: the last edit is among it. Processor
time includes that of FFmpeg, where the bot calls it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import accumulate

from benchmarks.engine.process import Child
from benchmarks.engine.provider import USUAL_SECONDS
from benchmarks.engine.rows import Copy, commits, multiply
from benchmarks.engine.stage import FINISHED_JOB, Stage
from benchmarks.renders import plan_renders

SHORTEST, LONGEST, LATENESS = 5.0, 15.0, 4.0
"""Defaults of POLL_MIN_SECONDS, POLL_MAX_SECONDS and POLL_LATENESS_SECONDS."""

_HISTORY = 40
_HISTORY_AGE = 3600.0
_LATEST_ANSWER = 3.0
_QUIET_SECONDS = 3.0
_EDIT = ("PATCH", "/channels/{}/messages/{}")


@dataclass(frozen=True, slots=True)
class Work:
    """What one job cost; milliseconds, and counts."""

    cpu_ms: float
    edits: float
    queries: float
    commits: float
    in_flight: int


async def work(stage: Stage, jobs: int, at_once: int, seconds: float) -> Work:
    """Let a bot make so many clips, `at_once` at a time, with this median of their render times."""
    data = stage.copy("work")
    plan = plan_renders(jobs + _HISTORY, seconds)
    times = list(plan.seconds.values())
    random.Random(0).shuffle(times)
    multiply(data, FINISHED_JOB, [Copy(_HISTORY_AGE + took, render_seconds=took) for took in times[jobs:]])
    stage.provider.times.seconds |= {_prompt(number): took for number, took in enumerate(times[:jobs])}
    scale = seconds / USUAL_SECONDS
    waits = {"POLL_MIN_SECONDS": SHORTEST, "POLL_MAX_SECONDS": LONGEST, "POLL_LATENESS_SECONDS": LATENESS}
    scaled = {name: f"{scale * value:.3f}" for name, value in waits.items()}
    # Without callbacks: they would tell the end of each task, and looks are what is counted.
    async with stage.bot(data, APIFRAME_CONCURRENCY=str(at_once), PUBLIC_URL="", **scaled) as bot:
        await bot.calm(0.02, 5.0)
        requests, asked, spent = len(stage.wire.ledger.requests), len(stage.provider.requests), _spent(bot)
        written = commits(data)
        made = _clips(stage)
        await _type(stage, bot, jobs)
        patience = 60 + 4 * seconds * jobs / at_once
        await stage.until(lambda: _clips(stage) == made + jobs, "all clips", bot, patience, step=0.1)
        await stage.quiet(_QUIET_SECONDS, 5 * _QUIET_SECONDS)
        edits = [r for r in stage.wire.ledger.requests[requests:] if (r.method, r.route) == _EDIT]
        return Work(
            1000 * (_spent(bot) - spent) / jobs,
            len(edits) / jobs,
            len(stage.provider.queries(asked)) / jobs,
            (commits(data) - written) / jobs,
            _most_at_once(stage),
        )


def _prompt(number: int) -> str:
    return f"scene number {number} of many."


async def _type(stage: Stage, bot: Child, jobs: int) -> None:
    for number in range(jobs):
        await _type_one(stage, bot, _prompt(number), stage.places[number % len(stage.places)])


async def _type_one(stage: Stage, bot: Child, prompt: str, place: str) -> None:
    asked = await stage.ask(prompt, place)
    await stage.until(lambda: asked.answered_at, f"an answer to {prompt!r}", bot, _LATEST_ANSWER)


def _most_at_once(stage: Stage) -> int:
    """How many tasks that have an end were in flight together, at most."""
    ended = [task for task in stage.provider.tasks.values() if task.finished_at is not None]
    moments = [(task.submitted_at, 1) for task in ended] + [(task.finished_at or 0.0, -1) for task in ended]
    return max(accumulate(step for _, step in sorted(moments)))


def _clips(stage: Stage) -> int:
    """Messages with a file that there are."""
    return sum(bool(m.attachments) for name in stage.places for m in stage.wire.world.channel(name).messages.values())


def _spent(bot: Child) -> float:
    return bot.processor() + bot.processor_of_children()
