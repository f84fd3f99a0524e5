"""Shape: the shape that the completions of a regime themselves have, a kernel on each. Pure."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bot.jobs.polling.densities import bell, log_student

_FROM = 12
"""Completions before there is a shape to look at."""

_STRAY = 0.01
_FINE = 4
"""Kernels stand on a raster of this fraction of their width, so that many completions are few kernels."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Kernels by where on the raster of ln(seconds) they stand, and how many completions stand there.

    `belief` is how likely it is to tell more of the next completion than a normal distribution does.
    """

    kernels: tuple[tuple[int, int], ...]
    width: float
    belief: float

    @classmethod
    def of(cls, logs: Sequence[float]) -> Shape | None:
        """None where there are too few completions to tell, or a normal distribution does as well."""
        count = len(logs)
        if count < _FROM:
            return None
        mean, ordered = math.fsum(logs) / count, sorted(logs)
        spread = math.sqrt(math.fsum((log - mean) ** 2 for log in logs) / count) + 1e-3
        quartiles = (ordered[3 * count // 4] - ordered[count // 4]) / 1.34
        width = max(0.9 * min(spread, quartiles or spread) * count**-0.2, 0.02)  # Silverman's rule
        raster = width / _FINE
        kernels = tuple(Counter(round(log / raster) for log in logs).items())
        gain = _likelihood(kernels, width, logs, mean, spread) - _normal_likelihood(logs, mean, spread)
        # A normal distribution is the rule: two in the logarithm is what an exception has to be better by.
        belief = 0.97 / (1 + math.exp(-max(-30.0, min(30.0, gain - 2))))
        return None if belief < 0.02 else cls(kernels, width, belief)

    def densities(self, logs: Sequence[float]) -> list[float]:
        """Of ln(seconds) at each of these, which are in order."""
        total = sum(number for _, number in self.kernels)
        found, reach = [0.0] * len(logs), 4 * self.width
        for place, number in self.kernels:
            middle = place * self.width / _FINE
            for cell in range(bisect_left(logs, middle - reach), bisect_right(logs, middle + reach)):
                found[cell] += number / total * bell(logs[cell] - middle, self.width)
        return found


def _likelihood(
    kernels: Sequence[tuple[int, int]], width: float, logs: Sequence[float], mean: float, spread: float
) -> float:
    """The logarithm of the likelihood of each completion by the kernels of all others; a few may be strays."""
    found, raster = 0.0, width / _FINE
    for log in logs:
        near = math.fsum(number * bell(log - place * raster, width) for place, number in kernels)
        others = max(0.0, near - bell(log - round(log / raster) * raster, width)) / (len(logs) - 1)
        found += math.log(max((1 - _STRAY) * others + _STRAY * bell(log - mean, 2 * spread), 1e-300))
    return found


def _normal_likelihood(logs: Sequence[float], mean: float, spread: float) -> float:
    """The same by a normal distribution whose mean and variance the others give."""
    count, found = len(logs), 0.0
    for log in logs:
        others = mean + (mean - log) / (count - 1)
        squares = count * spread**2 - (log - mean) ** 2 * count / (count - 1)
        width = max(squares, 1e-6) / (count - 2) * count / (count - 1)
        found += log_student(log - others, width, count - 2)
    return found
