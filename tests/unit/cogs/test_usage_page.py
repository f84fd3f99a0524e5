"""Usage as it is shown: an aligned table, the picture in words, and nothing that acts, in every language."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import pytest

from bot.jobs.trail import Footprint
from bot.media.drawing.charts import chart
from bot.media.drawing.fonts import Type
from bot.models import FailureCode, JobStatus, LedgerKind
from bot.moderation.usage import (
    ERASED,
    MOST_ROWS,
    Cost,
    Dimension,
    Entry,
    Line,
    Sums,
    UsageReport,
    join,
    plan_days,
    plan_spans,
)
from bot.moderation.usage_chart import plan_chart
from bot.storage.money.usage import Used
from cogs.admin.columns import aligned, shortened, width_of
from cogs.admin.job_page import job_layout
from cogs.admin.usage import _packed
from cogs.admin.usage_page import Named, alt_text, chart_words, model_name, table, usage_layout
from cogs.i18n.words import LOCALES, translation
from tests.unit.cogs.samples import NOW, a_job
from tests.unit.cogs.test_looking_back import ACTING, NASTY, SNOWFLAKE, sent

NAMES = Named({1: "ada", 2: "벤저민", 3: "`ro\nb`", ERASED: "gone"}, {5: "#sea"}, {"apiframe": "Apiframe"})
SUMS = Sums(4, 2, 1, 3, {"acedata": Cost(0.0, 0, 1), "apiframe": Cost(12.5, 1, 2)})
ENGLISH = translation("en")


def a_report(keys: list[object], by: Dimension = Dimension.MEMBER, days: int = 30) -> UsageReport:
    found, dates = [Line(key, SUMS) for key in keys], plan_days("2026-11-27", days)
    spans = plan_spans(dates, [Used(day, "apiframe", 1, 1, 0, 1, 0, 0) for day in dates[::2]])
    return UsageReport(by, dates, spans, found, join([line.sums for line in found]), 95.2, 2)


def test_the_table_is_aligned_and_costs_say_of_how_many_clips_they_are_known() -> None:
    assert table(a_report([1, 2, 3, 99, ERASED]), NAMES, ENGLISH).splitlines() == [
        "   member  clips  credits     Apiframe  success",
        "1  ada         2        3   12.5 (1/2)     67 %",
        "2  벤저민      2        3   12.5 (1/2)     67 %",
        "3  'ro b'      2        3   12.5 (1/2)     67 %",
        "4  99          2        3   12.5 (1/2)     67 %",
        "5  gone        2        3   12.5 (1/2)     67 %",
        "   in all     10       15  62.5 (5/10)     67 %",
    ]


def test_fifteen_lines_and_the_others() -> None:
    lines = table(a_report(list(range(100, 140))), NAMES, ENGLISH).splitlines()
    assert len(lines) == 1 + 15 + 1 + 1
    assert lines[-2].split()[:4] == ["25", "others", "50", "75"]
    assert len(table(a_report(list(range(100, 116))), NAMES, ENGLISH).splitlines()) == 1 + 16 + 1


@pytest.mark.parametrize(
    ("text", "cut"), [("ada", "ada"), ("abcdefgh", "abcde…"), ("벤저민김", "벤저…"), ("`x`", "'x'")]
)
def test_names_are_cut_by_the_places_that_they_take(text: str, cut: str) -> None:
    assert shortened(text, 6) == cut
    assert width_of(cut) <= 6


def test_what_is_written_from_the_right_turns_nothing_round() -> None:
    assert aligned([["مرحبا", "12"], ["ada", "3"]], left=0, widest=9) == "\u2068مرحبا\u2069  12\nada     3"


@pytest.mark.parametrize(
    ("model", "said"), [("768p/6", "768p 6 s"), ("/10", "10 s"), ("1080p/", "1080p"), ("/", "default")]
)
def test_a_model_in_words(model: str, said: str) -> None:
    assert model_name(model, ENGLISH) == said


@pytest.mark.parametrize("locale", LOCALES)
def test_the_picture_is_said_in_words(locale: str) -> None:
    t = translation(locale)
    text = alt_text(a_report([1, 2]), NAMES, t)
    assert "ada 3 (50 %); 벤저민 3 (50 %)" in text
    assert "10-29: 1; 10-31: 1" in text
    assert t("usage.chart.days") in text
    assert len(alt_text(a_report([("apiframe", "768p/6")] * 20, Dimension.MODEL, 365), NAMES, t)) <= 1024


@pytest.mark.parametrize("locale", LOCALES)
async def test_every_language_is_drawn_and_none_as_boxes(locale: str) -> None:
    report, t, here = a_report([1, 2, 99], days=90), translation(locale), Type()
    words = chart_words(report, NAMES, t)
    drawn = plan_chart(report, words)
    for choices in (drawn.title, drawn.subtitle, drawn.shares_title, *(share.name for share in drawn.shares)):
        assert any(here.spell(text) for text in choices)
        assert any(Type(()).spell(text) for text in choices), "where no font is installed there is English"
    assert drawn.title[0] == t("usage.chart.weeks")
    assert (await chart(drawn)).startswith(b"\x89PNG")


@pytest.mark.parametrize("name", [NASTY, "w" * 2000, "狐" * 2000, ACTING, "```\n@everyone"], ids=range(5))
@pytest.mark.parametrize("locale", LOCALES)
def test_the_fullest_report_is_within_discords_limits_and_inert(locale: str, name: str) -> None:
    ids = [SNOWFLAKE + number for number in range(99)]
    named = Named(dict.fromkeys(ids, name), {}, {})
    layout = usage_layout(a_report(list(ids), days=365), named, "usage.csv", MOST_ROWS, translation(locale))
    parts = sent(layout)
    text = "\n".join(part.get("content", "") for part in parts)
    assert len(parts) <= 40
    assert len(text.encode("utf-16-le")) // 2 <= 4000
    assert text.count("```") == 2
    assert str(MOST_ROWS) in text
    assert [part["file"]["url"] for part in parts if "file" in part] == ["attachment://usage.csv"]
    assert all(0 < len(item["description"]) <= 1024 for part in parts for item in part.get("items", []))


@pytest.mark.parametrize("prompt", [NASTY, "w" * 2000, "狐" * 2000, ACTING, "\u3164"], ids=range(5))
@pytest.mark.parametrize("locale", LOCALES)
def test_the_fullest_job_is_within_discords_limits_and_inert(locale: str, prompt: str) -> None:
    job = a_job(JobStatus.FAILED, prompt=prompt, failure=FailureCode.MODERATION, pictures=2)
    job = replace(job, task_id="`" * 2000, provider_cost=12.5, provider="apiframe", attempts=3, cancelled_at=NOW + 9)
    trail = [Footprint(NOW, JobStatus.QUEUED, "apiframe")]
    trail += [Footprint(NOW + at, JobStatus.QUEUED, "acedata", code) for at, code in enumerate([*FailureCode] * 9)]
    entries = [Entry(kind, 1, NOW) for kind in LedgerKind]
    parts = sent(job_layout(job, trail, entries, lambda name: name.title(), translation(locale)))
    text = "\n".join(part.get("content", "") for part in parts)
    assert len(text.encode("utf-16-le")) // 2 <= 4000
    assert not any(word in text for word in ACTING.split())
    assert "12.5 Apiframe credits" in text
    assert all(1 <= len(part["label"]) <= 80 for part in parts if "label" in part)


def test_a_trail_is_told_with_the_seconds_between_and_over_days_with_dates() -> None:
    job = replace(a_job(JobStatus.RENDERING), provider="apiframe")
    steps = [Footprint(NOW, JobStatus.QUEUED, "apiframe"), Footprint(NOW + 2.5, JobStatus.RENDERING, "apiframe")]

    def lines(trail: list[Footprint]) -> list[str]:
        parts = sent(job_layout(job, trail, [], str, ENGLISH))
        return parts[2]["content"].splitlines()  # type: ignore[no-any-return]

    at = round(NOW)
    assert lines(steps) == [
        f"- <t:{at}:T> waiting in line · apiframe",
        f"- <t:{at + 2}:T> rendering · apiframe (+2.5 s)",
    ]
    late = [*steps, Footprint(NOW + 90_000, JobStatus.UNKNOWN, "apiframe", FailureCode.TIMED_OUT)]
    assert lines(late)[2] == f"- <t:{at + 90_000}:f> no answer · apiframe · `timed_out` (+89997.5 s)"
    assert lines(late)[3].startswith("-# `timed_out`: ")


async def test_a_file_that_may_not_be_sent_as_it_is_is_packed() -> None:
    data = b"day,member_id\r\n" * 1000
    assert await _packed(data, len(data)) == ("usage.csv", data)
    name, packed = await _packed(data, len(data) - 1)
    assert name == "usage.zip"
    assert len(packed) < len(data) / 10
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert {one: archive.read(one) for one in archive.namelist()} == {"usage.csv": data}
