"""The two densities that the others build on, and sums of logarithms. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

_ROOT = math.sqrt(2 * math.pi)


def bell(off: float, spread: float) -> float:
    """The density of the normal distribution, `off` from its mean."""
    return math.exp(-0.5 * (off / spread) ** 2) / (spread * _ROOT)


def log_student(off: float, width: float, freedom: float) -> float:
    """The logarithm of the density of Student's t, `off` from its middle; `width` is the square of its scale."""
    half = (freedom + 1) / 2
    height = math.lgamma(half) - math.lgamma(freedom / 2) - 0.5 * math.log(freedom * math.pi * width)
    return height - half * math.log1p(off * off / (freedom * width))


def log_sum(logs: Sequence[float]) -> float:
    """The logarithm of the sum of what these are logarithms of."""
    top = max(logs)
    return top + math.log(math.fsum(math.exp(log - top) for log in logs))
