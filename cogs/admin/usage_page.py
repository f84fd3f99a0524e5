"""A usage report as it is shown: heading, picture, table and what is to be said of them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from discord import ui

from bot.moderation.usage import DAY_BY_DAY, MOST_ROWS, Dimension, Line, Sums, UsageReport, amount
from bot.moderation.usage_chart import ChartWords, Part, percent, plan_parts
from cogs.admin.columns import aligned
from cogs.core import texts
from cogs.core.components import ALT_LENGTH, attached_picture
from cogs.core.quoting import plain
from cogs.i18n.words import ENGLISH, Translation, translation

PICTURE_NAME = "credits-by-day.png"
TABLE_LINES = 15
_SHARES_SAID = 9
_NAME_LENGTH = 22
_COLOUR = 0xF0B232
_NOT_KNOWN = "–"


@dataclass(frozen=True, slots=True)
class Named:
    """What members, channels and providers are called; those that are not here, or have no name, by their ids."""

    members: Mapping[int, str]
    channels: Mapping[int, str]
    providers: Mapping[str, str]

    def name(self, line: Line, by: Dimension, t: Translation) -> str:
        """What a line of the report is about."""
        if by is Dimension.MODEL:
            provider, model = line.key
            return f"{self.providers.get(provider, provider)} {model_name(model, t)}"
        names = self.members if by is Dimension.MEMBER else self.channels
        return plain(names.get(line.key, ""), 100) or str(line.key)


def model_name(model: str, t: Translation) -> str:
    """ "768p/6" in words; what was left to the provider is said to be."""
    resolution, _, seconds = model.partition("/")
    said = [resolution, t("common.seconds", seconds=seconds) if seconds else ""]
    return " ".join(part for part in said if part) or t("usage.unsaid")


def usage_layout(report: UsageReport, named: Named, file_name: str, rows: int, t: Translation) -> ui.LayoutView:
    """The whole message; the picture is attached as PICTURE_NAME, the rows as `file_name`."""
    layout = ui.LayoutView(timeout=None)
    container: ui.Container[ui.LayoutView] = ui.Container(accent_colour=_COLOUR)
    first, last = report.days[0], report.days[-1]
    heading = t("usage.heading", first=first, last=last)
    container.add_item(ui.TextDisplay(f"### {heading}\n{_summary(report, t)}"))
    container.add_item(attached_picture(PICTURE_NAME, alt_text(report, named, t)))
    container.add_item(ui.TextDisplay(f"```\n{table(report, named, t)}\n```\n{_notes(report, named, t)}"))
    container.add_item(ui.TextDisplay(t("usage.file_cut", most=rows) if rows == MOST_ROWS else t("usage.file")))
    container.add_item(ui.File(f"attachment://{file_name}"))
    layout.add_item(container)
    return layout


def chart_words(report: UsageReport, named: Named, t: Translation) -> ChartWords:
    """What is written on the picture: the asker's language, English where no font has its letters."""
    english, first, last = translation(ENGLISH), report.days[0], report.days[-1]

    def subtitle(words: Translation) -> str:
        return f"{texts.credits_(report.total.credits, words)} · {first} - {last}"

    def others(count: int) -> tuple[str, ...]:
        return tuple(words("usage.others", count=count) for words in (t, english))

    def name(place: int, line: Line) -> tuple[str, ...]:
        # Who has a name that cannot be drawn is found in the table by the number.
        return (*(f"{place} {named.name(line, report.by, words)}" for words in (t, english)), str(place))

    return ChartWords(
        title=(_title(report, t), _title(report, english)),
        subtitle=(subtitle(t), subtitle(english)),
        shares_title=(t(f"usage.by.{report.by}"), english(f"usage.by.{report.by}")),
        name=name,
        others=others,
    )


def alt_text(report: UsageReport, named: Named, t: Translation) -> str:
    """The picture in words, for those who cannot see it."""
    shares = [
        f"{_part_name(part, report, named, t)} {part.sums.credits} ({percent(part.sums.credits, report)} %)"
        for part in plan_parts(report, _SHARES_SAID)
    ]
    bars = [f"{span.first[5:]}: {span.credits}" for span in report.spans if span.credits]
    said = t(
        "usage.alt",
        credits=texts.credits_(report.total.credits, t),
        by=t(f"usage.by.{report.by}"),
        shares="; ".join(shares),
        title=_title(report, t),
        bars="; ".join(bars) or t("usage.none"),
    )
    return plain(said, ALT_LENGTH)


def table(report: UsageReport, named: Named, t: Translation) -> str:
    """The largest lines, the others together, and the whole; a column of costs for each provider that tells them."""
    told = [provider for provider, cost in report.total.costs.items() if cost.known]
    head = ["", t(f"usage.columns.{report.by}"), t("usage.columns.clips"), t("usage.columns.credits")]
    head += [named.providers.get(provider, provider) for provider in told] + [t("usage.columns.success")]
    body = []
    for part in plan_parts(report, TABLE_LINES + 1):
        place = "" if part.line is None else str(part.place)
        body.append([place, _part_name(part, report, named, t), *_cells(part.sums, told)])
    body.append(["", t("usage.columns.total"), *_cells(report.total, told)])
    return aligned([head, *body], left=1, widest=_NAME_LENGTH)


def _cells(sums: Sums, told: list[str]) -> list[str]:
    success = _NOT_KNOWN if sums.success is None else f"{100 * sums.success:.0f} %"
    return [str(sums.delivered), str(sums.credits), *(_cost(sums, provider) for provider in told), success]


def _cost(sums: Sums, provider: str) -> str:
    cost = sums.costs.get(provider)
    if cost is None or not cost.known:
        return _NOT_KNOWN
    partly = f" ({cost.known}/{cost.clips})" if cost.known < cost.clips else ""
    return f"{amount(cost.units)}{partly}"


def _part_name(part: Part, report: UsageReport, named: Named, t: Translation) -> str:
    if part.line is None:
        return t("usage.others", count=part.others)
    return named.name(part.line, report.by, t)


def _title(report: UsageReport, t: Translation) -> str:
    return t("usage.chart.days") if len(report.days) <= DAY_BY_DAY else t("usage.chart.weeks")


def _summary(report: UsageReport, t: Translation) -> str:
    total = report.total
    said = [
        t("usage.asked", count=total.asked),
        t("usage.delivered", count=total.delivered),
        t("usage.failed", count=total.failed),
        texts.credits_(total.credits, t),
    ]
    lines = [" · ".join(said)]
    if report.render_seconds is not None:
        spent = texts.spell(report.render_seconds, t)
        lines.append(t("usage.render_time", time=spent, count=report.measured))
    return "\n".join(lines)


def _notes(report: UsageReport, named: Named, t: Translation) -> str:
    costs: Mapping[str, Any] = report.total.costs
    notes = [t("usage.cost.units")] if any(cost.known for cost in costs.values()) else []
    notes += [t("usage.cost.partly")] if any(0 < cost.known < cost.clips for cost in costs.values()) else []
    for provider, cost in costs.items():
        if not cost.known:
            name = named.providers.get(provider, provider)
            notes.append(t("usage.cost.untold", provider=name, count=cost.clips))
    return "\n".join(f"-# {note}" for note in [*notes, t("usage.days")])
