"""RenderCurve: how likely a task is to have ended by each moment after its submission, on a grid. Pure.

How it is learned is in times.py, which looks follow from it in plan.py.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

CELLS = 1500
"""Cells of a grid at most: what planning costs grows with them."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The shortest and the longest time between two looks at the same task, in seconds."""

    shortest: float
    longest: float


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells of `step` seconds each, from the submission of a task to the time at which it is given up."""

    step: float
    cells: int

    @classmethod
    def of(cls, bounds: Bounds, timeout: float) -> Grid:
        """Seconds, but for looks that follow each other faster, and for times that would take too many cells.

        It may end before the timeout where that is very far away: later looks are then the longest time apart.
        """
        step = min(bounds.longest, max(min(1.0, bounds.shortest), timeout / CELLS))
        return cls(step, min(CELLS, math.ceil(timeout / step)))

    @property
    def centres(self) -> list[float]:
        """The middle of each cell, in seconds."""
        return [(cell + 0.5) * self.step for cell in range(self.cells)]


@dataclass(frozen=True, slots=True)
class RenderCurve:
    """`ended[k]` is the share of tasks that have ended k steps after their submission; the rest ends after the grid."""

    step: float
    ended: tuple[float, ...]

    @classmethod
    def of(cls, step: float, shares: Sequence[float]) -> RenderCurve:
        """From the share of tasks that end in each cell; what they lack of 1 ends after the grid."""
        total = max(1.0, math.fsum(shares))
        return cls(step, (0.0, *(min(1.0, share / total) for share in accumulate(shares))))

    @property
    def cells(self) -> int:
        """How many cells there are."""
        return len(self.ended) - 1

    def share(self, cell: int) -> float:
        """The share of tasks that have ended by the end of this many cells, also beyond the grid."""
        return self.ended[min(cell, self.cells)]

    def given(self, elapsed: float) -> RenderCurve:
        """The curve, from there on, of a task that has not ended so many seconds after its submission.

        Where nothing was to be expected any more, everything lies beyond the grid.
        """
        cell = min(int(elapsed / self.step), self.cells)
        before = self.ended[cell]
        left = 1.0 - before
        rest = self.ended[cell + 1 :] if left > 0 else ()
        return RenderCurve(self.step, (0.0, *(min(1.0, (share - before) / left) for share in rest)))

    def quantile(self, share: float) -> float | None:
        """Seconds by which this share of tasks has ended; None where that is after the grid."""
        cell = bisect_left(self.ended, share)
        return None if cell > self.cells else cell * self.step


class Moments:
    """Mean and variance of ln(seconds) of tasks of which only bounds are known, by a curve."""

    def __init__(self, curve: RenderCurve) -> None:
        self._curve = curve
        logs = [math.log((cell + 0.5) * curve.step) for cell in range(curve.cells)]
        shares = [later - sooner for sooner, later in pairwise(curve.ended)]
        # What ends after the grid is taken to end a quarter of it later.
        logs.append(math.log(1.25 * curve.cells * curve.step))
        shares.append(1 - curve.ended[-1])
        self._logs = logs
        self._sums = tuple(
            [0.0, *accumulate(share * log**power for share, log in zip(shares, logs, strict=True))]
            for power in (0, 1, 2)
        )

    def share(self, elapsed: float) -> float:
        """The share of tasks that end within so many seconds."""
        return self._curve.share(max(0, int(elapsed / self._curve.step)))

    def between(self, after: float, by: float) -> tuple[float, float]:
        """Of a task that has ended after one moment and by another."""
        first, last = max(0, math.floor(after / self._curve.step)), math.ceil(by / self._curve.step)
        if last <= first or last > self._curve.cells:
            return math.log((max(after, 0.0) + by) / 2), 0.0
        return self._of(first, last) or (math.log((max(after, 0.0) + by) / 2), 0.0)

    def drawn_after(self, elapsed: float, share: float) -> float:
        """ln(seconds) by which this share has ended of the tasks that have not within so many seconds."""
        first = max(0, int(elapsed / self._curve.step))
        ended = self._sums[0]
        if first > self._curve.cells or ended[-1] - ended[first] < 1e-9:
            # Whatever lasts for so long that no curve says anything of it may well last a third longer.
            return math.log(max(elapsed, self._curve.step) * 4 / 3)
        cell = bisect_left(ended, ended[first] + share * (ended[-1] - ended[first]), first + 1, len(ended) - 1)
        return self._logs[cell - 1]

    def _of(self, first: int, last: int) -> tuple[float, float] | None:
        if first >= last:
            return None
        total, sum_, squares = (sums[last] - sums[first] for sums in self._sums)
        if total < 1e-9:
            return None
        mean = sum_ / total
        return mean, max(0.0, squares / total - mean**2)
