"""Usage reports: every day is in them, nothing is added up that has different units, and what is last is not lost."""

from __future__ import annotations

import csv
import io

import pytest

from bot.moderation.usage import (
    Cost,
    Dimension,
    Line,
    Sums,
    UsageReport,
    UsageRow,
    amount,
    join,
    plan_days,
    plan_spans,
    sum_up,
)
from bot.moderation.usage_chart import ChartWords, percent, plan_chart, plan_parts
from bot.moderation.usage_csv import HEAD, build_csv
from bot.storage.money.usage import Used

ROWS = [
    Used(7, "acedata", 3, 2, 1, 2, 0.0, 0),
    Used(7, "apiframe", 2, 2, 0, 4, 13.0, 2),
    Used(8, "apiframe", 1, 1, 0, 1, 0.0, 0),
]


def a_report(lines: int = 2) -> UsageReport:
    days = plan_days("2026-03-01", 3)
    found = [Line(number, Sums(1, 1, 0, 100 - number)) for number in range(lines)]
    total = join([line.sums for line in found])
    return UsageReport(Dimension.MEMBER, days, plan_spans(days, []), found, total, None, 0)


def test_costs_stay_apart_by_provider_and_say_of_how_many_clips_they_are_known() -> None:
    sums = sum_up(ROWS)
    assert (sums.asked, sums.delivered, sums.failed, sums.credits) == (6, 5, 1, 7)
    assert sums.costs == {"acedata": Cost(0.0, 0, 2), "apiframe": Cost(13.0, 2, 3)}
    assert join([sum_up(ROWS[:1]), sum_up(ROWS[1:])]) == sums
    assert sums.success == 5 / 6
    assert Sums(asked=1).success is None
    assert join([]) == Sums()


@pytest.mark.parametrize(("units", "written"), [(5.0, "5"), (8.5, "8.5"), (1234567.25, "1234567.25"), (0.0, "0")])
def test_units_are_written_whole(units: float, written: str) -> None:
    assert amount(units) == written


def test_every_day_is_there_and_a_leap_day_too() -> None:
    assert plan_days("2028-03-01", 3) == ["2028-02-28", "2028-02-29", "2028-03-01"]
    days = plan_days("2026-11-27", 60)
    spans = plan_spans(days, [Used("2026-11-27", p, 1, 1, 0, 2, 0, 0) for p in ("acedata", "apiframe")])
    assert [span.first for span in spans] == days
    assert [span.credits for span in spans] == [0] * 59 + [4]


@pytest.mark.parametrize("days", [61, 365])
def test_many_days_are_shown_by_weeks_that_begin_on_mondays(days: int) -> None:
    each = [Used(day, "apiframe", 1, 1, 0, 1, 0, 0) for day in plan_days("2026-11-27", days)]
    spans = plan_spans(plan_days("2026-11-27", days), each)
    assert sum(span.credits for span in spans) == days
    assert [span.credits for span in spans[1:-1]] == [7] * (len(spans) - 2)
    assert (spans[-1].first, spans[-1].last) == ("2026-11-23", "2026-11-27")
    assert len(spans) <= 54


@pytest.mark.parametrize(("lines", "shown", "others"), [(0, 0, 0), (3, 3, 0), (4, 4, 0), (5, 3, 2), (90, 3, 87)])
def test_what_has_no_room_is_added_up(lines: int, shown: int, others: int) -> None:
    report = a_report(lines)
    parts = plan_parts(report, 4)
    assert [part.line.key for part in parts if part.line] == list(range(shown))
    assert sum(part.others for part in parts) == others
    assert sum(part.sums.credits for part in parts) == report.total.credits


def test_the_chart_has_every_span_and_its_shares_are_of_all_credits() -> None:
    words = ChartWords(("t",), ("s",), ("m",), lambda place, line: (f"{place} {line.key}",), lambda n: (f"{n} more",))
    drawn = plan_chart(a_report(40), words)
    assert [bar.label for bar in drawn.bars] == ["02-27", "02-28", "03-01"]
    assert len(drawn.shares) == 9
    assert (drawn.shares[0].name, drawn.shares[-1].name) == (("1 0",), ("32 more",))
    assert drawn.shares[0].written == "100 · 3 %"
    nothing = UsageReport(Dimension.MEMBER, ["2026-03-01"], [], [], Sums(), None, 0)
    assert percent(0, nothing) == 0


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("ada", "ada"),
        ("=cmd|'/C calc'!A1", "'=cmd|'/C calc'!A1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@sum", "'@sum"),
        ("\t=1", "'\t=1"),
        ("＝1", "'＝1"),
        (" =1", "' =1"),
        ('a "b", c', 'a "b", c'),
        ("two\nlines", "two\nlines"),
        ("", ""),
    ],
)
def test_a_name_comes_back_as_it_is_and_is_never_a_formula(name: str, cell: str) -> None:
    row = UsageRow("2026-03-01", 7, 5, "apiframe", "768p/6", 2, 1, 1, 1, 5.0, 1)
    data = build_csv([row, row._replace(user_id=9, cost=0.0, costed=0)], {7: name}, {5: name})
    assert data.startswith(b"\xef\xbb\xbfday,")
    assert data.endswith(b"\r\n")
    head, first, second = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
    assert tuple(head) == HEAD
    assert first == ["2026-03-01", "7", cell, "5", cell, "apiframe", "768p/6", "2", "1", "1", "1", "5", "1"]
    assert (second[2], second[-2:]) == ("", ["", "0"])
