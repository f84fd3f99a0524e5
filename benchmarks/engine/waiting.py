"""What waiting jobs cost: a wake, an idle process, its memory. And how soon a start is at its first step.

`wake_ms` is the processor time of the whole process, all its threads, from a callback about one rendering task to the
calm after it: one request in, the job found by the callback's token, one status query out, and an answer by which
nothing changes. All places at the provider are taken by tasks that do not end, and so many jobs wait for one. What the
process takes when nothing happens is measured before and subtracted; the median of several callbacks is given. The bot
is not connected to Discord, so that edits of old status messages do not count as the cost of a wake, and regular looks
at the tasks are an hour apart.

`idle_core_percent` and `rss_mib` are of a connected process with the defaults of every setting, whose ten tasks do not
end and show no progress.

`restart_s` is from the end of the imports of `python -m bot` to the arrival of the first status query at the provider.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.engine.process import Child, share
from benchmarks.engine.provider import FOR_EVER
from benchmarks.engine.rows import Copy, multiply
from benchmarks.engine.stage import ENDLESS_JOB, NOBODY, WAITING_JOB, Stage

PLACES = 10
HOUR = "3600"

_CALM_AFTER_START = 20.0
_CALM_AFTER_WAKE = 30.0
_IDLE_SECONDS = 2.0
_AGES = 600.0
"""Tasks in flight at a restart were begun up to so many seconds ago."""


@dataclass(frozen=True, slots=True)
class Idle:
    """An idle process: its share of a core in percent, and its memory in MiB."""

    percent: float
    memory: float


def waiting_data(stage: Stage, name: str, waiting: int) -> Path:
    """Data with so many waiting jobs, and all places taken."""
    data = stage.copy(name)
    multiply(data, ENDLESS_JOB, in_flight(stage, [0.0] * (PLACES - 1)))
    multiply(data, WAITING_JOB, [Copy(age=-number / 1000) for number in range(waiting)])
    return data


async def wake_ms(stage: Stage, waiting: int, *, wakes: int, seconds: float) -> float:
    """Milliseconds of processor time a wake; fewer than `wakes` are measured where they take longer than `seconds`."""
    data = waiting_data(stage, f"wake-{waiting}", waiting)
    slow = {"POLL_MIN_SECONDS": HOUR, "POLL_MAX_SECONDS": HOUR, "DISCORD_API_URL": NOBODY}
    async with stage.bot(data, **slow) as bot:
        await bot.calm(0.0, _CALM_AFTER_START)
        idle = await share(bot, _IDLE_SECONDS)
        # The first one opens connections; it is no measure.
        await _wake(stage, bot, idle)
        costs, began = list[float](), time.monotonic()
        while len(costs) < wakes and (not costs or time.monotonic() - began < seconds):
            costs.append(await _wake(stage, bot, idle))
    return 1000 * median(costs)


async def _wake(stage: Stage, bot: Child, idle: float) -> float:
    began, spent, asked = time.monotonic(), bot.processor(), len(stage.provider.requests)
    await stage.call_back(ENDLESS_JOB)
    await stage.until(lambda: stage.provider.queries(asked), "asked about what it was called back for", bot)
    await bot.calm(idle, _CALM_AFTER_WAKE, busy=time.monotonic() - began)
    return max(0.0, bot.processor() - spent - idle * (time.monotonic() - began))


async def idle(stage: Stage, waiting: int, *, settle: float, seconds: float) -> Idle:
    """Let a process settle for a while after its start, then watch it do nothing."""
    data = waiting_data(stage, "idle", waiting)
    async with stage.bot(data) as bot:
        await bot.calm(0.02, settle)
        taken = await share(bot, seconds)
        return Idle(100 * taken, bot.memory())


async def restart_s(stage: Stage, count: int) -> float:
    """Seconds from the end of the imports to the first status query, with so many tasks begun minutes ago."""
    data = stage.copy("restart")
    multiply(data, ENDLESS_JOB, in_flight(stage, [_AGES * number / count for number in range(count)]))
    asked = len(stage.provider.requests)
    async with stage.bot(data, APIFRAME_CONCURRENCY="1000") as bot:
        await stage.until(lambda: stage.provider.queries(asked), "a first status query", bot)
        return stage.provider.queries(asked)[0] - bot.imported_at


def in_flight(stage: Stage, ages: Sequence[float], seconds: float = FOR_EVER) -> list[Copy]:
    """Copies of the job whose task does not end, each with such a task of its own; see Provider.fill."""
    tasks = stage.provider.fill(ages, seconds)
    return [Copy(age=age, task_id=task_id) for age, task_id in zip(ages, tasks, strict=True)]
