"""What a run is summed up to: calls per job and lateness. How they are measured is in the files that fill them in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, 95th percentile and maximum of some seconds."""

    p50: float
    p95: float
    most: float

    def __str__(self) -> str:
        return f"{self.p50:.2f} / {self.p95:.2f} / {self.most:.2f}"


@dataclass(frozen=True, slots=True)
class Side:
    """One way of waiting at one provider; calls are per job, `late` is from its completion to our knowing of it."""

    name: str
    provider: str
    submissions: float
    queries: float
    late: Spread


def spread(values: Sequence[float]) -> Spread:
    """Sum up at least two values."""
    cuts = quantiles(values, n=100, method="inclusive")
    return Spread(cuts[49], cuts[94], max(values))
