"""How long a finished clip takes to its channel, against a bare copy of the same file.

Ours begins when the provider's answer to a status query says that the task is completed; the copy begins with its
request for the file. Both end when Discord has made the message. A job is typed, rendered at once and called back, so
that regular looks do not matter; copies and deliveries take turns.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import median

from benchmarks.engine.children.copier import READY
from benchmarks.engine.process import Child
from benchmarks.engine.provider import LARGE
from benchmarks.engine.stage import ROOT, Stage

_PAUSE_SECONDS = 0.3

Copy = Callable[[str], Awaitable[float]]


@dataclass(frozen=True, slots=True)
class Deliveries:
    """Seconds from the noticed end to the message, and those of bare copies."""

    ours: Sequence[float]
    floor: Sequence[float]

    @property
    def ratio(self) -> float:
        """Of the medians."""
        return median(self.ours) / median(self.floor)

    def __str__(self) -> str:
        return f"{1000 * median(self.ours):.0f} against {1000 * median(self.floor):.0f} ms"


async def deliveries(stage: Stage, bot: Child, name: str, count: int) -> Deliveries:
    """Let the connected bot deliver so many large clips, one at a time."""
    ours, floor = list[float](), list[float]()
    async with _copier(stage) as copy:
        # The first of each opens connections; it is no measure.
        for number in range(count + 1):
            prompt = f"{LARGE} {name}, number {number}."
            ours.append(await _delivered(stage, bot, prompt))
            await asyncio.sleep(_PAUSE_SECONDS)
            task = stage.provider.task(prompt)
            assert task is not None
            floor.append(await copy(task.clip_url))
            await asyncio.sleep(_PAUSE_SECONDS)
    return Deliveries(ours[1:], floor[1:])


async def _delivered(stage: Stage, bot: Child, prompt: str) -> float:
    await stage.ask(prompt)
    await stage.until(lambda: stage.provider.task(prompt), f"a task for {prompt!r}", bot)
    task = stage.provider.task(prompt)
    assert task is not None
    stage.provider.watched.add(task.task_id)
    await stage.until(lambda: stage.posted(prompt), f"a clip of {prompt!r}", bot)
    return stage.posted(prompt)[0].created_at - stage.provider.told[task.task_id]


@asynccontextmanager
async def _copier(stage: Stage) -> AsyncIterator[Copy]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.engine.children.copier"),
        env={"PYTHONPATH": str(ROOT)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    channel = stage.wire.world.channel("lounge")
    messages = f"{stage.wire.api_url}/channels/{channel.channel_id}/messages"

    async def copy(clip: str) -> float:
        assert process.stdin is not None
        assert process.stdout is not None
        wish = {"clip": clip, "messages": messages, "token": stage.wire.world.token}
        process.stdin.write(json.dumps(wish).encode() + b"\n")
        began = float(await process.stdout.readline())
        return list(channel.messages.values())[-1].created_at - began

    try:
        assert READY.encode() in await process.stdout.readline()
        yield copy
    finally:
        process.stdin.close()
        await process.wait()
