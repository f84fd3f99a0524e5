"""The cases: what is believed, what is true, and how tasks follow each other."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.polling.optimum import Truth, loop_calls, optimum_calls
from benchmarks.polling.world import PUBLISHED, Listed, Noticed, Task, World, by_ids

CVS = (0.15, 0.33, 0.6)
FEW = 20
"""Completions after which the schedule ought to be near the optimum; so many tasks are the first day as well."""

_ALONE_SECONDS = 1300.0
_MINUTE = 60.0
_RUNS = 12
_MANY = 1000

Costs = list[tuple[Noticed, Truth, float]]
"""Of each task: what it cost, what the truth was, and how long it took."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One case: calls a job and their ratio to the optimum's at the same mean lateness, in seconds.

    `optimum` and `loop` are calls a job of a task that shares its queries with nobody.
    """

    cv: float
    case: str
    calls_ratio: float
    late_s: float
    calls: float
    optimum: float
    loop: float


def measure() -> list[dict[str, Any]]:
    """All cases; takes about two minutes."""
    return [asdict(found) for found in asyncio.run(_measure())]


async def _measure() -> list[Measured]:
    found: list[Measured] = []
    for cv in CVS:
        found += await _alone(cv)
        found += await _in_flight(cv)
        found += await _many(cv)
    return found


async def _alone(cv: float) -> list[Measured]:
    """One task after the other, so that none shares its queries."""
    right, slow = Truth(PUBLISHED, cv), Truth(2 * PUBLISHED, cv)
    parts = [("first day, right guess", 0, FEW), (f"right guess, after {FEW} completions", FEW, 3 * FEW)]
    found = await _runs(cv, [right] * (3 * FEW), _ALONE_SECONDS, parts)
    for factor, name in ((2.0, "twice"), (1.5, "1.5 x"), (0.5, "half")):
        part = [(f"first day, {name} the published time", 0, FEW)]
        found += await _runs(cv, [Truth(factor * PUBLISHED, cv)] * FEW, _ALONE_SECONDS, part)
    parts = [
        (f"twice as slow, the {FEW} completions after that", 2 * FEW, 3 * FEW),
        (f"twice as slow, after these {FEW}", 3 * FEW, 5 * FEW),
    ]
    return found + await _runs(cv, [right] * (2 * FEW) + [slow] * (3 * FEW), _ALONE_SECONDS, parts)


async def _in_flight(cv: float) -> list[Measured]:
    """One task a minute; a provider that becomes twice as slow while some are in flight, and has them start over."""
    right, slow = Truth(PUBLISHED, cv), Truth(2 * PUBLISHED, cv)
    part = [("one a minute, twice as slow from the 40th on", 2 * FEW, 4 * FEW)]
    return await _runs(cv, [right] * (2 * FEW) + [slow] * (2 * FEW), _MINUTE, part)


async def _many(cv: float) -> list[Measured]:
    """A thousand at a time."""
    truth = Truth(PUBLISHED, cv)
    past = _draw([truth] * 200, random.Random(1))
    burst = [Task(number * 0.02, seconds) for number, seconds in enumerate(_draw([truth] * _MANY, random.Random(2)))]
    every = PUBLISHED / _MANY
    lasting = [Task(number * every, it) for number, it in enumerate(_draw([truth] * 4 * _MANY, random.Random(3)))]
    found = []
    for name, tasks, cost, middle in (
        ("1,000 at once, pages of 100", burst, Listed(), slice(None)),
        ("1,000 in flight all the time, batches of 100", lasting, by_ids, slice(_MANY, 3 * _MANY)),
        ("1,000 in flight all the time, pages of 100", lasting, Listed(), slice(_MANY, 3 * _MANY)),
    ):
        noticed = await World(past, cost=cost).run(tasks)
        costs = [(it, truth, task.seconds) for it, task in zip(noticed, tasks, strict=True)]
        found.append(_summed(cv, name, costs[middle]))
    return found


async def _runs(cv: float, truths: Sequence[Truth], every: float, parts: list[tuple[str, int, int]]) -> list[Measured]:
    runs: list[Costs] = []
    for seed in range(_RUNS):
        dice = random.Random(seed)
        drawn = _draw(truths, dice)
        tasks = [Task(number * every + dice.uniform(0, every / 20), it) for number, it in enumerate(drawn)]
        noticed = await World().run(tasks)
        runs.append(list(zip(noticed, truths, drawn, strict=True)))
    return [_summed(cv, name, [it for run in runs for it in run[first:last]]) for name, first, last in parts]


def _draw(truths: Sequence[Truth], dice: random.Random) -> list[float]:
    # None so long that it is given up.
    return [min(1100.0, math.exp(dice.gauss(truth.middle, truth.spread))) for truth in truths]


def _summed(cv: float, case: str, costs: Costs) -> Measured:
    tasks = [(truth, seconds) for _, truth, seconds in costs]
    calls = sum(it.calls for it, _, _ in costs) / len(costs)
    late = sum(it.late for it, _, _ in costs) / len(costs)
    best = optimum_calls(tasks, late)
    figures = (calls / best, late, calls, best, loop_calls(tasks))
    return Measured(cv, case, *(round(figure, 3) for figure in figures))
