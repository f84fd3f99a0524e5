"""Stand-ins whose tasks take as long as the plan says, the same on every side of a comparison."""

from __future__ import annotations

import math
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.drawing.render import PrebuiltRenderer
from sandbox.providers.faults import Outcome
from sandbox.providers.tasks import Task, TaskBook, Wish
from sandbox.servers import Sandbox

SPREAD = 0.25
"""Standard deviation of the logarithm of a render time: two thirds lie between 0.78 and 1.28 of the median."""

_SEED = 20261121


@dataclass(frozen=True, slots=True)
class Plan:
    """Which prompts there are, and how many seconds each takes to render."""

    median: float
    seconds: Mapping[str, float]

    @property
    def prompts(self) -> list[str]:
        """The prompts, in the order of submission."""
        return list(self.seconds)


def plan_renders(jobs: int, median: float) -> Plan:
    """Lognormal render times around a median, cut at half and twice of it; the same for the same arguments."""
    dice = random.Random(_SEED)

    def one() -> float:
        return min(2.0, max(0.5, math.exp(dice.gauss(0.0, SPREAD)))) * median

    return Plan(median, {f"scene {number}": one() for number in range(jobs)})


class PlannedBook(TaskBook):
    """A task book that looks the render time up by prompt."""

    def __init__(self, plan: Plan, clip: Path) -> None:
        super().__init__(PrebuiltRenderer(clip), plan.median)
        self._plan = plan

    def begin(self, wish: Wish, cost: int, outcome: Outcome, announce: Callable[[Task], Awaitable[None]]) -> Task:
        """See TaskBook."""
        self._render_seconds = self._plan.seconds[wish.prompt]
        return super().begin(wish, cost, outcome, announce)


def planned_sandbox(plan: Plan, clip: Path) -> Sandbox:
    """Both stand-ins, not open yet; rendering itself costs nothing."""
    box = Sandbox(renderer=PrebuiltRenderer(clip))
    box.apiframe.book, box.acedata.book = PlannedBook(plan, clip), PlannedBook(plan, clip)
    return box
