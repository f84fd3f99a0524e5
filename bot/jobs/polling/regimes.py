"""Regime: what is believed of ln(seconds) as long as a provider goes on as it does. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bot.jobs.polling.densities import bell, log_student

STRAY_SPREAD = 0.7
"""The standard deviation of the logarithm of a stray."""

_STRAYS, _SURE = 1.0, 50.0
"""Before anything is known, so many completions of so many are strays."""

_SHIFT = 0.5
"""The standard deviation of the logarithm of how many times slower the next regime is."""


@dataclass(frozen=True, slots=True)
class Regime:
    """Mean and variance as a normal-inverse-gamma distribution, and the logarithm of the regime's own probability.

    The mean is worth `weight` completions, the variance twice `shape` of them; `ends` counts the completions in it, and
    `strays` those that are taken for strays.
    """

    mean: float
    weight: float
    shape: float
    rate: float
    log_share: float = 0.0
    ends: int = 0
    strays: float = 0.0

    @property
    def stray(self) -> float:
        """How likely a completion is to be a stray."""
        return (self.strays + _STRAYS) / (self.ends + _SURE)

    @property
    def variance(self) -> float:
        """Of ln(seconds), as it is expected to be."""
        return self.rate / (self.shape - 1)

    @property
    def width(self) -> float:
        """The squared scale of the next ln(seconds), which follows Student's t."""
        return self.rate * (self.weight + 1) / (self.shape * self.weight)

    @property
    def freedom(self) -> float:
        """The degrees of freedom of that."""
        return 2 * self.shape

    def learned(self, log: float, variance: float) -> Regime:
        """After one more completion, which counts the less the likelier it is a stray."""
        core = (1 - self.stray) * math.exp(log_student(log - self.mean, self.width, self.freedom))
        stray = self.stray * bell(log - self.mean, STRAY_SPREAD) if self.ends else 0.0
        part = core / (core + stray) if core + stray > 0 else 0.0
        weight, off = self.weight + part, log - self.mean
        return Regime(
            mean=self.mean + part * off / weight,
            weight=weight,
            shape=self.shape + part / 2,
            rate=self.rate + part * (self.weight * off * off / weight + variance) / 2,
            log_share=self.log_share + math.log(max(core + stray, 1e-300)),
            ends=self.ends + 1,
            strays=self.strays + 1 - part,
        )

    def followed(self, log_share: float) -> Regime:
        """What is expected of the regime after this one: as even, but somewhere else."""
        weight = min(1.0, max(0.01, self.variance / _SHIFT**2))
        return Regime(self.mean, weight, 3.0, 2.0 * self.variance, log_share)


def published(average: float) -> Regime:
    """Before there is any completion: somewhere around the provider's published average."""
    # So wide that the first completions count for more, whether they lie close together or far apart.
    spread, shape = 0.33, 1.6
    return Regime(math.log(average) - spread**2 / 2, 0.3, shape, (shape - 1) * spread**2)
