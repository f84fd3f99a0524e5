"""UsageDesk: what was made in a server, for whom, where and with what, and what it cost. Figures: the words are cogs'.

Days are UTC days, and what is counted belongs to the day on which it was asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median
from typing import Any

from bot.clocks import Clock
from bot.policy.quotas import day_of
from bot.storage.money.usage import Dimension as Dimension
from bot.storage.money.usage import Entry as Entry
from bot.storage.money.usage import UsageRow as UsageRow
from bot.storage.money.usage import UsageStore, Used

MOST_DAYS = 365
MOST_ROWS = 100_000
"""Rows of a table for spreadsheets; whoever has more of them gets the latest."""
DAY_BY_DAY = 60
"""More days than these are shown by weeks."""
ERASED = 0
"""The id of members who were erased."""
_DAY_SECONDS = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Cost:
    """What one provider took, in its own units: of `known` of its `clips`."""

    units: float
    known: int
    clips: int


@dataclass(frozen=True, slots=True)
class Sums:
    """What was asked for and what came of it; `failed` ended without a clip, cancelled ones too. Costs by provider."""

    asked: int = 0
    delivered: int = 0
    failed: int = 0
    credits: int = 0
    costs: Mapping[str, Cost] = field(default_factory=dict)

    @property
    def success(self) -> float | None:
        """Which part of what has ended brought a clip; None before any has."""
        ended = self.delivered + self.failed
        return self.delivered / ended if ended else None


@dataclass(frozen=True, slots=True)
class Line:
    """One member, channel or model; `key` is an id of Discord's, or (provider, model)."""

    key: Any
    sums: Sums


@dataclass(frozen=True, slots=True)
class Span:
    """Credits of one day, or of a week as far as it is asked for."""

    first: str
    last: str
    credits: int


@dataclass(frozen=True, slots=True)
class UsageReport:
    """What was made in a server from the first to the last of `days`; lines with the most credits first.

    `render_seconds` is the median of the latest `measured` clips, None where there are none.
    """

    by: Dimension
    days: Sequence[str]
    spans: Sequence[Span]
    lines: Sequence[Line]
    total: Sums
    render_seconds: float | None
    measured: int


class UsageDesk:
    """Reads only. `clocks` are the steady one and that of the day."""

    def __init__(self, store: UsageStore, clocks: tuple[Clock, Clock]) -> None:
        self._store = store
        self._clock, self._wall = clocks

    async def report(self, guild_id: int, days: int, by: Dimension) -> UsageReport:
        """The last so many days, today among them."""
        range_ = plan_days(day_of(self._wall()), days)
        daily = await self._store.summary(guild_id, range_, Dimension.DAY)
        used = await self._store.summary(guild_id, range_, by)
        took = await self._store.render_seconds(guild_id, self._clock() - days * _DAY_SECONDS)
        lines = [Line(key, sum_up(found)) for key, found in _apart(used, by).items()]
        return UsageReport(
            by,
            range_,
            plan_spans(range_, daily),
            sorted(lines, key=lambda line: (-line.sums.credits, -line.sums.asked, line.key)),
            sum_up(used),
            median(took) if took else None,
            len(took),
        )

    async def rows(self, guild_id: int, since: str) -> list[UsageRow]:
        """All that is counted from a day on, the latest first, MOST_ROWS of it at most."""
        return await self._store.rows(guild_id, since, MOST_ROWS)

    async def entries(self, job_id: str) -> list[Entry]:
        """What was held for a job, and what became of it."""
        return await self._store.entries(job_id)


def sum_up(used: Iterable[Used]) -> Sums:
    """The sum of some rows; what they cost stays apart by provider."""
    rows = list(used)
    providers = sorted({row.provider for row in rows if row.delivered or row.costed})
    return Sums(
        sum(row.asked for row in rows),
        sum(row.delivered for row in rows),
        sum(row.failed for row in rows),
        sum(row.credits for row in rows),
        {provider: _cost([row for row in rows if row.provider == provider]) for provider in providers},
    )


def join(sums: Sequence[Sums]) -> Sums:
    """Several sums as one."""
    costs: dict[str, list[Cost]] = defaultdict(list)
    for one in sums:
        for provider, cost in one.costs.items():
            costs[provider].append(cost)
    return Sums(
        sum(one.asked for one in sums),
        sum(one.delivered for one in sums),
        sum(one.failed for one in sums),
        sum(one.credits for one in sums),
        {
            provider: Cost(sum(c.units for c in found), sum(c.known for c in found), sum(c.clips for c in found))
            for provider, found in sorted(costs.items())
        },
    )


def amount(units: float) -> str:
    """A provider's units as people write them, without noughts at the end."""
    return f"{units:.2f}".rstrip("0").rstrip(".")


def plan_days(today: str, days: int) -> list[str]:
    """So many days, the last of which is today."""
    last = date.fromisoformat(today)
    return [(last - timedelta(days=back)).isoformat() for back in range(days - 1, -1, -1)]


def plan_spans(days: Sequence[str], used: Iterable[Used]) -> list[Span]:
    """Every day with its credits, those without any too; weeks from Monday on where there are many days."""
    credits_: dict[str, int] = defaultdict(int)
    for row in used:
        credits_[row.key] += row.credits
    spans = [Span(day, day, credits_[day]) for day in days]
    if len(days) <= DAY_BY_DAY:
        return spans
    weeks: dict[tuple[int, int], list[Span]] = defaultdict(list)
    for span in spans:
        weeks[date.fromisoformat(span.first).isocalendar()[:2]].append(span)
    return [Span(week[0].first, week[-1].last, sum(span.credits for span in week)) for week in weeks.values()]


def _apart(used: Iterable[Used], by: Dimension) -> dict[Any, list[Used]]:
    found: dict[Any, list[Used]] = defaultdict(list)
    for row in used:
        found[(row.provider, row.key) if by is Dimension.MODEL else row.key].append(row)
    return found


def _cost(rows: Sequence[Used]) -> Cost:
    known = sum(row.costed for row in rows)
    return Cost(sum(row.cost for row in rows), known, max(known, sum(row.delivered for row in rows)))
