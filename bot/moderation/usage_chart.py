"""The picture of a usage report: which bars and shares it has. The words are cogs', the drawing is in bot.media."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.media.drawing.charts import MOST_SHARES, Bar, Chart, Share, Words, chart
from bot.moderation.usage import Line, Sums, UsageReport, join


@dataclass(frozen=True, slots=True)
class ChartWords:
    """What is written on it: each text with what stands in for it where no font has its letters."""

    title: Words
    subtitle: Words
    shares_title: Words
    name: Callable[[int, Line], Words]
    others: Callable[[int], Words]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the whole: the place among them, from 1, and its line; or so many `others` together."""

    place: int
    line: Line | None
    sums: Sums
    others: int = 0


def plan_parts(report: UsageReport, most: int) -> list[Part]:
    """Up to `most` parts: the largest, and the rest of them as one."""
    lines = report.lines
    shown = lines if len(lines) <= most else lines[: most - 1]
    parts = [Part(place, line, line.sums) for place, line in enumerate(shown, 1)]
    if rest := lines[len(shown) :]:
        parts.append(Part(len(parts) + 1, None, join([line.sums for line in rest]), len(rest)))
    return parts


def percent(credits_: int, report: UsageReport) -> int:
    """Which part of all credits this is."""
    return round(100 * credits_ / report.total.credits) if report.total.credits else 0


async def usage_chart(report: UsageReport, words: ChartWords) -> bytes:
    """Credits by day or week, and whose they are; a PNG."""
    return await chart(plan_chart(report, words))


def plan_chart(report: UsageReport, words: ChartWords) -> Chart:
    """The same before it is drawn. Days are written as month and day, which all languages read."""
    shares = [
        Share(
            words.others(part.others) if part.line is None else words.name(part.place, part.line),
            part.sums.credits,
            f"{part.sums.credits} · {percent(part.sums.credits, report)} %",
        )
        for part in plan_parts(report, MOST_SHARES)
    ]
    bars = [Bar(span.first[5:], span.credits) for span in report.spans]
    return Chart(words.title, words.subtitle, bars, words.shares_title, shares)
