"""What the schedules of others cost on the same tasks: the best one for who knows the distribution, and the loop."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from benchmarks.polling.world import PACE
from bot.jobs.polling.curve import Grid, RenderCurve
from bot.jobs.polling.plan import PollPlan, plan_for

LOOP_SECONDS = 2.0
"""Between two looks in the loop of the document this project began with."""

_LATE = (2.6, 2.8, 3.0, 3.3, 3.6, 4.0, 4.4, 5.0, 5.7, 6.5, 7.2)


@dataclass(frozen=True, slots=True)
class Truth:
    """Lognormal render times with this mean and coefficient of variation."""

    mean: float
    cv: float

    @property
    def spread(self) -> float:
        """The standard deviation of the logarithm."""
        return math.sqrt(math.log1p(self.cv**2))

    @property
    def middle(self) -> float:
        """The mean of the logarithm."""
        return math.log(self.mean) - self.spread**2 / 2

    def curve(self) -> RenderCurve:
        """As the planner takes it."""
        grid = Grid.of(PACE.bounds, PACE.timeout)
        offs = ((math.log(cell * grid.step) - self.middle) / self.spread for cell in range(1, grid.cells + 1))
        return RenderCurve(grid.step, (0.0, *((1 + math.erf(off / math.sqrt(2))) / 2 for off in offs)))


def optimum_calls(tasks: Sequence[tuple[Truth, float]], late: float) -> float:
    """Calls a task of the best schedule that is as late in the mean, for tasks that share with nobody."""
    found = sorted(_mean_cost(tasks, wanted) for wanted in _LATE)
    for (sooner, more), (later, fewer) in pairwise(found):
        if sooner <= late <= later and later > sooner:
            return more + (fewer - more) * (late - sooner) / (later - sooner)
    # Beyond what the bounds allow, half the calls are twice as late, about.
    nearest, calls = found[0] if late < found[0][0] else found[-1]
    return calls * max(1.0, nearest / late) if late > nearest else calls


def loop_calls(tasks: Sequence[tuple[Truth, float]]) -> float:
    """Calls a task of the loop: it asks at once, then every so many seconds."""
    return sum(1 + math.ceil(seconds / LOOP_SECONDS) for _, seconds in tasks) / len(tasks)


@cache
def _plan(truth: Truth, late: float) -> PollPlan:
    return plan_for(truth.curve(), PACE.bounds, late)


def _mean_cost(tasks: Sequence[tuple[Truth, float]], wanted: float) -> tuple[float, float]:
    costs = [_cost(_plan(truth, wanted), seconds) for truth, seconds in tasks]
    late, calls = (sum(part) / len(costs) for part in zip(*costs, strict=True))
    return late, calls


def _cost(plan: PollPlan, seconds: float) -> tuple[float, int]:
    at, calls = plan.first, 1
    while at < seconds:
        at, calls = plan.next_look(at), calls + 1
    return at - seconds, calls
