"""RenderTimes: what past tasks of one kind say about how long the next one takes. Pure.

The logarithm of the seconds is taken as normal within a regime, which a provider leaves now and then, to be twice as
slow perhaps. Each completion may be the first of a new regime, and how likely that is for each of the latest is kept
(Adams and MacKay, Bayesian Online Changepoint Detection, 2007): so many completions count where nothing has changed,
and few right after a change. A stray task hardly counts. Once there are completions enough to show that the times are
not like that, but in two heaps for instance, their own shape takes over.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.jobs.polling.curve import Grid, RenderCurve
from bot.jobs.polling.densities import log_student, log_sum
from bot.jobs.polling.regimes import STRAY_SPREAD, Regime, published
from bot.jobs.polling.shape import Shape

KEPT = 200
"""Completions that are remembered."""

_REGIMES = 12
_CHANGE = 0.01
"""How likely a completion is to be the first of a new regime."""

_FAILURES = 20
_FORGET = 0.99
_SURE = 5.0
"""Ends of tasks before their share of failures is believed by half."""


@dataclass(frozen=True, slots=True)
class RenderTimes:
    """Completions and what they come to; a new one is made for each that is learned.

    `logs` are ln(seconds) of the latest completions, newest last; `failed` are bounds in seconds of the latest tasks
    that ended without a clip; `failures` and `successes` count both, older ones less, and `ends` counts all alike.
    """

    regimes: tuple[Regime, ...]
    logs: tuple[float, ...] = ()
    failed: tuple[tuple[float, float], ...] = ()
    failures: float = 0.0
    successes: float = 0.0
    ends: int = 0

    @classmethod
    def published(cls, average: float) -> RenderTimes:
        """Before there is any completion."""
        return cls((published(average),))

    @property
    def measured(self) -> bool:
        """Whether there has been a completion."""
        return bool(self.logs)

    @property
    def summary(self) -> tuple[float, float]:
        """Mean and standard deviation of the next ln(seconds)."""
        shares = [(math.exp(regime.log_share), regime) for regime in self.regimes]
        mean = math.fsum(share * it.mean for share, it in shares)
        variance = math.fsum(
            share * (it.variance * (1 + 1 / it.weight) + (it.mean - mean) ** 2) for share, it in shares
        )
        return mean, math.sqrt(variance)

    def learned(self, log: float, variance: float = 0.0) -> RenderTimes:
        """After a completion at ln(seconds); `variance` is that of the logarithm where it is known by bounds only."""
        regimes = self.regimes
        if self.logs:
            stayed = tuple(replace(it, log_share=it.log_share + math.log1p(-_CHANGE)) for it in regimes)
            regimes = (*stayed, self._likeliest.followed(math.log(_CHANGE)))
        after = sorted((it.learned(log, variance) for it in regimes), key=lambda it: -it.log_share)[:_REGIMES]
        total = log_sum([it.log_share for it in after])
        return replace(
            self,
            regimes=tuple(replace(it, log_share=it.log_share - total) for it in after),
            logs=(*self.logs, log)[-KEPT:],
            failures=self.failures * _FORGET,
            successes=self.successes * _FORGET + 1,
            ends=self.ends + 1,
        )

    def learned_failure(self, after: float, by: float) -> RenderTimes:
        """After a task has failed between these seconds; that says nothing of how long clips take."""
        return replace(
            self,
            failed=(*self.failed, (after, by))[-_FAILURES:],
            failures=self.failures * _FORGET + 1,
            successes=self.successes * _FORGET,
            ends=self.ends + 1,
        )

    def curve(self, grid: Grid) -> RenderCurve:
        """How likely the next task is to end by when."""
        logs = [math.log(centre) for centre in grid.centres]
        widths = [grid.step / centre for centre in grid.centres]  # of each cell, in ln(seconds)
        densities = self._expected(logs, grid.step)
        shape = Shape.of(self.logs[-self._likeliest.ends :]) if self.logs else None
        if shape is not None:
            own = shape.densities(logs)
            densities = [a + shape.belief * (b - a) for a, b in zip(densities, own, strict=True)]
        shares = [density * width for density, width in zip(densities, widths, strict=True)]
        return RenderCurve.of(grid.step, self._with_failures(shares, grid))

    @property
    def _likeliest(self) -> Regime:
        return max(self.regimes, key=lambda it: it.log_share)

    def _expected(self, logs: Sequence[float], step: float) -> list[float]:
        """The density of the next ln(seconds) by the regimes, by one that begins now, and by strays."""
        parts = [(math.exp(it.log_share), it.mean, it.width, it.freedom) for it in self.regimes]
        if self.logs:
            top = self._likeliest
            core = (1 - top.stray) * (1 - _CHANGE)
            new = top.followed(0.0)
            parts = [(core * share, mean, width, free) for share, mean, width, free in parts if share > 1e-3]
            parts.append(((1 - top.stray) * _CHANGE, new.mean, new.width, new.freedom))
            parts.append((top.stray, top.mean, STRAY_SPREAD**2, 1e6))
        found = [0.0] * len(logs)
        for share, mean, width, freedom in parts:
            # What is narrower than a cell would fall between the middles of two.
            middle = max(mean, math.log(step))
            scale = max(width, (0.5 * step / math.exp(middle)) ** 2)
            height, power = share * math.exp(log_student(0.0, scale, freedom)), -(freedom + 1) / 2
            for cell, log in enumerate(logs):
                found[cell] += height * (1 + (log - middle) ** 2 / (scale * freedom)) ** power
        return found

    def _with_failures(self, shares: list[float], grid: Grid) -> list[float]:
        """Mixed with the times at which tasks fail, each spread evenly over the bounds that are known of it."""
        if not self.failed:
            return shares
        part = self.failures / (self.failures + self.successes + _SURE)
        mixed = [(1 - part) * share for share in shares]
        for after, by in self.failed:
            first = min(grid.cells - 1, int(after / grid.step))
            last = max(first + 1, min(grid.cells, math.ceil(by / grid.step)))
            for cell in range(first, last):
                mixed[cell] += part / len(self.failed) / (last - first)
        return mixed
