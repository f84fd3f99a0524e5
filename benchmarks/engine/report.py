"""All figures of one run: as JSON, and as a table beside their goals. Nothing is measured here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.engine.answering import Answers
from benchmarks.engine.delivering import Deliveries
from benchmarks.engine.waiting import Idle
from benchmarks.engine.working import Work
from benchmarks.pages import table

NOT_MEASURED = "not measured"
_HEAD = ("What", "Measured", "Goal")


@dataclass(slots=True)
class Figures:
    """What was measured; None or nothing where it was not. Deliveries are by the number of tasks in flight."""

    wakes: dict[int, float] = field(default_factory=dict)
    idle: Idle | None = None
    restart: float | None = None
    answers: Answers | None = None
    deliveries: dict[int, Deliveries] = field(default_factory=dict)
    work: Work | None = None
    polling: Sequence[Mapping[str, Any]] | None = None
    million: float | None = None


def as_json(figures: Figures) -> dict[str, Any]:
    """One object, with null for what was not measured. `delivery_ratio` is the worst one."""
    work, idle = figures.work, figures.idle
    return {
        "wake_ms": {str(waiting): round(cost, 3) for waiting, cost in figures.wakes.items()} or None,
        "idle_core_percent": None if idle is None else round(idle.percent, 3),
        "rss_mib": None if idle is None else round(idle.memory, 1),
        "restart_s": _rounded(figures.restart),
        "polling": None if figures.polling is None else [dict(case) for case in figures.polling],
        "ack_ratio": None if figures.answers is None else [round(ratio, 3) for ratio in figures.answers.ratios],
        "cpu_ms_per_job": None if work is None else round(work.cpu_ms, 2),
        "edits_per_job": None if work is None else round(work.edits, 3),
        "delivery_ratio": _rounded(max((it.ratio for it in figures.deliveries.values()), default=None)),
        "million_ms": _rounded(figures.million),
        "queries_per_job": None if work is None else round(work.queries, 3),
    }


def as_text(figures: Figures) -> str:
    """Tables in Markdown, which read well on a terminal too."""
    parts = [table(_HEAD, [*_waiting(figures), *_answering(figures), *_working(figures), _million(figures)])]
    if figures.polling:
        names = list(figures.polling[0])
        parts.append(table(names, [[str(case.get(name, "")) for name in names] for case in figures.polling]))
    else:
        parts.append(f"Polling against the optimum: {NOT_MEASURED}")
    return "\n\n".join(parts)


def _waiting(figures: Figures) -> list[tuple[str, ...]]:
    rows = [
        (f"CPU ms a wake, {waiting:,} jobs waiting", f"{cost:.2f}", "5, and within 2 x of each other")
        for waiting, cost in figures.wakes.items()
    ]
    idle = figures.idle
    return [
        *(rows or [("CPU ms a wake", NOT_MEASURED, "5")]),
        ("Idle, percent of a core", _said(idle and f"{idle.percent:.2f}"), "1"),
        ("Memory of an idle process, MiB", _said(idle and f"{idle.memory:.1f}"), "128"),
        ("From the imports to the first step, s", _said(figures.restart and f"{figures.restart:.2f}"), "1"),
    ]


def _answering(figures: Figures) -> list[tuple[str, ...]]:
    answers = figures.answers
    ratios = None if answers is None else "p50 {:.2f} x, p99 {:.2f} x".format(*answers.ratios)
    rows = [("First answer against a bot that does nothing", _said(ratios and f"{ratios} ({answers})"), "1.2 x, 1.5 x")]
    rows += [
        (f"Noticed to message against a bare copy, {count:,} in flight", f"{it.ratio:.2f} x ({it})", "1.3 x")
        for count, it in figures.deliveries.items()
    ]
    return [*rows]


def _working(figures: Figures) -> list[tuple[str, ...]]:
    work = figures.work
    at_once = "" if work is None else f", {work.in_flight} in flight"
    return [
        (f"CPU ms a job{at_once}", _said(work and f"{work.cpu_ms:.1f}"), "30"),
        ("Edits of status messages a job", _said(work and f"{work.edits:.2f}"), "3"),
        ("Status queries a job", _said(work and f"{work.queries:.2f}"), "0.5 at 1,000 in flight"),
        ("Commits a job", _said(work and f"{work.commits:.2f}"), "5 to 6"),
    ]


def _million(figures: Figures) -> tuple[str, ...]:
    return "Slowest hot query at a million jobs, ms", _said(figures.million and f"{figures.million:.1f}"), "5, board 20"


def _said(text: object) -> str:
    return NOT_MEASURED if text is None else str(text)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
