"""PollPlan: the looks at a task that cost least for how late its end is noticed. Pure.

A look costs 1, shared by those that one query asks about; a second of lateness costs what brings the lateness of a task
that shares with nobody to what is wanted. With both prices known, the best next look follows from those after it, from
the end of the grid to its beginning.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from bot.jobs.polling.curve import Bounds, RenderCurve

_CHEAPEST, _DEAREST = 1e-4, 1e4
_CLOSE = 0.98
_TRIES = 20

_SHARED = 0.68
"""Where many share a query, that makes them less late, down to this part; what is gained beyond saves queries."""

_EDGES = 1.12
"""As much later than looks at even distances it may be for the sake of tasks that end early or late."""


@dataclass(frozen=True, slots=True)
class PollPlan:
    """When to look, in seconds: first at `first`, then `waits[k]` after a look that is k steps after the submission.

    `calls` and `late` are what a task is expected to cost that shares with nobody, and how late its end is noticed;
    `price` is what a second of that is worth, in calls.
    """

    step: float
    bounds: Bounds
    first: float
    waits: tuple[float, ...]
    calls: float
    late: float
    price: float

    def next_look(self, elapsed: float) -> float:
        """When a task is looked at next that has just been looked at, so long after its submission."""
        cell = int(elapsed / self.step)
        return elapsed + (self.waits[cell] if cell < len(self.waits) else self.bounds.longest)

    def looks(self, until: float) -> tuple[float, ...]:
        """The looks at a task that has not ended by then."""
        found, at = [], self.first
        while at <= until:
            found.append(at)
            at = self.next_look(at)
        return tuple(found)


class _Planner:
    """What is the same at every price: sums over the curve, in steps."""

    def __init__(
        self,
        curve: RenderCurve,
        bounds: Bounds,
        first_by: float | None,
        *,
        shortest: float | None = None,
        sharers: float = 1.0,
    ) -> None:
        self._curve, self._bounds = curve, bounds
        self._between = Bounds(shortest or bounds.shortest, bounds.longest)
        self._shortest = max(1, math.ceil(self._between.shortest / curve.step - 1e-9))
        self._longest = max(self._shortest, math.floor(bounds.longest / curve.step + 1e-9))
        first = max(1, math.ceil(bounds.shortest / curve.step - 1e-9))
        last = curve.cells if first_by is None else math.floor(first_by / curve.step + 1e-9)
        self._firsts = range(first, max(first, last) + 1)
        self._size = max(curve.cells, self._firsts[-1]) + self._longest + 1
        self._ended = [curve.share(cell) for cell in range(self._size)]
        self._sums = [0.0] * self._size
        for cell in range(1, self._size):
            share = self._ended[cell] - self._ended[cell - 1]
            self._sums[cell] = self._sums[cell - 1] + share * (cell - 0.5)
        # What a look after so many steps is expected to cost, seen from the submission. Those that share a query were
        # mostly submitted at about the same time: the fewer of them are left, the more of it each has to bear.
        left = [1 - share for share in self._ended]
        self._costs = [share / (1 + (sharers - 1) * share) for share in left]

    def plan(self, price: float) -> PollPlan:
        """The best looks where a second of lateness costs so many calls."""
        step, cells = self._curve.step, self._curve.cells
        per, ended, sums = price * step, self._ended, self._sums
        # `ahead[b]` is what a look at b costs from there on, less what depends on the look before it.
        ahead = [per * (b * ended[b] - sums[b]) for b in range(self._size)]
        following = [0] * cells
        # The later a look, the later the best one after it: the search need not begin anew for each.
        bound = self._size - 1
        for cell in range(cells - 1, 0, -1):
            slope = per * ended[cell]
            last = max(cell + self._shortest, min(cell + self._longest, bound))
            best, cost = last, math.inf
            for b in range(cell + self._shortest, last + 1):
                found = ahead[b] - slope * b
                if found < cost:
                    best, cost = b, found
            following[cell], bound = best, best
            # The lateness of what has ended before this look cancels out, but for what `ahead` already holds.
            ahead[cell] = per * cell * ended[cell] + self._costs[cell] + cost
        first = min(self._firsts, key=ahead.__getitem__)
        calls, late = self._expected(first, following)
        low, high = self._between.shortest, self._between.longest
        # The bounds themselves need not lie on the grid.
        seconds = {steps: min(high, max(low, steps * step)) for steps in range(self._shortest + 1, self._longest)}
        seconds |= {self._longest: high, self._shortest: low}
        waits = (self._longest, *((b - cell) for cell, b in enumerate(following[1:], 1)))
        return PollPlan(
            step,
            self._bounds,
            max(self._bounds.shortest, first * step),
            tuple(seconds[wait] for wait in waits),
            calls,
            late,
            price,
        )

    def _expected(self, first: int, following: list[int]) -> tuple[float, float]:
        calls, late, last, look = 0.0, 0.0, 0, first
        cells, ended, sums = self._curve.cells, self._ended, self._sums
        while last < cells:
            calls += 1 - ended[last]
            late += look * (ended[look] - ended[last]) - (sums[look] - sums[last])
            last, look = look, following[look] if look < cells else look
        return calls, late * self._curve.step


def plan_at(curve: RenderCurve, bounds: Bounds, price: float, *, first_by: float | None = None) -> PollPlan:
    """The best looks where a second of lateness costs so many calls; the first one is not after `first_by`."""
    return _Planner(curve, bounds, first_by).plan(price)


def plan_for(
    curve: RenderCurve,
    bounds: Bounds,
    late: float,
    *,
    sharers: float = 1.0,
    first_by: float | None = None,
    guess: float = 3.0,
) -> PollPlan:
    """The fewest looks by which the end of a task is noticed no later than that, in the mean.

    Where a query is shared by many it is less late, and more often looked at; the bounds may not allow so little.
    `guess` is where the price is looked for first.
    """
    planner = _Planner(curve, bounds, first_by)
    alone = _cheapest(planner, late, guess)
    if sharers <= 1:
        return alone
    shortest = min(bounds.longest, max(bounds.shortest, 2 * late * _SHARED))
    planner = _Planner(curve, bounds, first_by, shortest=shortest, sharers=sharers)
    shared, least = planner.plan(alone.price), shortest / 2 * _EDGES
    if shared.late < least:
        shared = _cheapest(planner, least, alone.price)
    return shared if shared.late < alone.late else alone


def _cheapest(planner: _Planner, late: float, guess: float) -> PollPlan:
    low, high, price = _CHEAPEST, _DEAREST, min(_DEAREST, max(_CHEAPEST, guess))
    best: PollPlan | None = None
    for number in range(_TRIES):
        plan = planner.plan(price)
        if plan.late <= late:
            best, high = plan, price
            if plan.late >= _CLOSE * late:
                break
        else:
            low = price
        if high / low < 1.02:
            break
        # Lateness falls with the root of the price, about; where that leads nowhere, the middle does.
        price *= (plan.late / late) ** 2
        if number % 3 == 2 or not low < price < high:
            price = math.sqrt(low * high)
    return best or planner.plan(high)
