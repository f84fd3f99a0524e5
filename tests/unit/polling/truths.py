"""Render times drawn from known distributions, and what is learned from them."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable

from bot.jobs.polling.curve import Bounds, Grid, RenderCurve
from bot.jobs.polling.times import RenderTimes

BOUNDS = Bounds(5.0, 15.0)
GRID = Grid.of(BOUNDS, 1200.0)
PUBLISHED = 180.0


def lognormal(mean: float, cv: float) -> Callable[[random.Random], float]:
    spread = math.sqrt(math.log1p(cv**2))
    return lambda dice: math.exp(dice.gauss(math.log(mean) - spread**2 / 2, spread))


def drawn(draw: Callable[[random.Random], float], count: int, seed: int = 1) -> list[float]:
    dice = random.Random(seed)
    return [draw(dice) for _ in range(count)]


def learned(seconds: Iterable[float], times: RenderTimes | None = None) -> RenderTimes:
    times = times or RenderTimes.published(PUBLISHED)
    for one in seconds:
        times = times.learned(math.log(one))
    return times


def curve_of(draw: Callable[[random.Random], float], count: int = 20_000) -> RenderCurve:
    """The distribution itself, near enough."""
    shares = [0.0] * GRID.cells
    for one in drawn(draw, count, seed=99):
        shares[min(GRID.cells - 1, int(one / GRID.step))] += 1 / count
    return RenderCurve.of(GRID.step, shares)
