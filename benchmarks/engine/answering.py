"""How soon a command gets its first answer, against a bot that does nothing but answer.

Each bot is a process connected to a simulated Discord, both of them in this process; commands are typed by turns, one
at a time with a pause after it. What is measured is Discord's time from the interaction to its first answer. A command
that is not answered in time counts with the seconds after which Discord gives up.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import quantiles

from benchmarks.engine.children.nothing import READY
from benchmarks.engine.provider import ENDLESS
from benchmarks.engine.stage import ROOT, Stage
from tests.wire.interactions import Interaction
from tests.wire.server import Wire
from tests.wire.world import World

LOST_SECONDS = 3.0
_PAUSE_SECONDS = 0.06
_WARM = 5
"""So many commands at first are no measure."""

Type = Callable[[str], Awaitable[Interaction]]


@dataclass(frozen=True, slots=True)
class Answers:
    """Seconds to the first answer: of the bot and of the one that does nothing."""

    ours: Sequence[float]
    floor: Sequence[float]

    @property
    def ratios(self) -> tuple[float, float]:
        """Of the medians, and of the 99th percentiles."""
        return _percentile(self.ours, 50) / _percentile(self.floor, 50), (
            _percentile(self.ours, 99) / _percentile(self.floor, 99)
        )

    def __str__(self) -> str:
        pairs = [(1000 * _percentile(self.ours, cut), 1000 * _percentile(self.floor, cut)) for cut in (50, 99)]
        return "p50 {:.1f} against {:.1f} ms, p99 {:.1f} against {:.1f} ms".format(*pairs[0], *pairs[1])


async def answers(stage: Stage, count: int) -> Answers:
    """Type so many commands at the bot that is connected now, and as many at one that does nothing."""
    async with _nothing(stage) as floor:
        taken: tuple[list[float], list[float]] = ([], [])
        for number in range(count + _WARM):
            prompt = f"{ENDLESS}, typed {number}"
            for seconds, ask in zip(taken, (stage.ask, floor), strict=True):
                seconds.append(await _answered(stage, await ask(prompt)))
                await asyncio.sleep(_PAUSE_SECONDS)
    return Answers(taken[0][_WARM:], taken[1][_WARM:])


@asynccontextmanager
async def _nothing(stage: Stage) -> AsyncIterator[Type]:
    async with Wire(World.standard()) as wire:
        variables = {"PYTHONPATH": str(ROOT), "DISCORD_TOKEN": wire.world.token, "DISCORD_API_URL": wire.api_url}
        async with stage.child(
            "benchmarks.engine.children.nothing", variables, stage.directory / "nothing.log"
        ) as child:
            await stage.until(lambda: READY in child.said, "a bot that does nothing", child)
            yield lambda prompt: wire.interactions.command("ada", "brainstorm", "nothing", {"prompt": prompt})


async def _answered(stage: Stage, asked: Interaction) -> float:
    try:
        await stage.until(lambda: asked.answered_at, "answered", seconds=LOST_SECONDS, step=0.001)
    except TimeoutError:
        return LOST_SECONDS
    assert asked.answered_at is not None
    return asked.answered_at - asked.created_at


def _percentile(seconds: Sequence[float], cut: int) -> float:
    return quantiles(seconds, n=100, method="inclusive")[cut - 1]
