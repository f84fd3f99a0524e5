"""Charts: bars as high as what they stand for, labels that do not touch, and no boxes in any language."""

from __future__ import annotations

import io
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image

from bot.media.drawing.cards import ACCENT
from bot.media.drawing.charts import (
    MARGIN,
    MOST_BARS,
    MOST_SHARES,
    PLOT_HEIGHT,
    PLOT_TOP,
    WIDTH,
    Bar,
    Chart,
    Share,
    chart,
    height_of,
    plan_labels,
    plan_ticks,
)

NO_FONTS: tuple[Path, ...] = ()
SHARES = (Share(("1 ada",), 30, "30 · 75 %"), Share(("2 ben",), 10, "10 · 25 %"))
CHART = Chart(("Credits by day",), ("40 credits",), [Bar("11-26", 30), Bar("11-27", 10)], ("By member",), SHARES)


async def drawn(one: Chart) -> Image.Image:
    image = Image.open(io.BytesIO(await chart(one, NO_FONTS)))
    assert image.format == "PNG"
    return image.convert("RGB")


def heights(image: Image.Image) -> list[int]:
    """How high each upright bar is, from the left."""
    bottom, found, inside = PLOT_TOP + PLOT_HEIGHT, [], False
    for x in range(MARGIN, WIDTH - MARGIN):
        lit = image.getpixel((x, bottom - 12)) == ACCENT
        if lit and not inside:
            found.append(0)
        if lit:
            column = [image.getpixel((x, bottom - y)) == ACCENT for y in range(1, PLOT_HEIGHT + 1)]
            found[-1] = max(found[-1], sum(column))
        inside = lit
    return found


@pytest.mark.parametrize("most", [0, 1, 2, 3, 4, 5, 9, 10, 11, 99, 100, 101, 12_345, 10**9])
def test_the_scale_is_round_and_no_higher_than_need_be(most: int) -> None:
    ticks = plan_ticks(most)
    steps = {after - before for before, after in pairwise(ticks)}
    assert ticks[0] == 0
    assert 2 <= len(ticks) <= 5
    assert len(steps) == 1
    assert str(min(steps)).strip("0") in {"1", "2", "5"}
    assert ticks[-2] < max(most, 1) <= ticks[-1]


@pytest.mark.parametrize(("count", "slot"), [(1, 1000.0), (7, 160.0), (30, 38.0), (60, 19.0)])
def test_labels_do_not_touch_and_the_last_is_there(count: int, slot: float) -> None:
    shown = plan_labels([76.0] * count, slot)
    assert shown[0] == count - 1
    assert all((before - after) * slot >= 76 + 30 for before, after in pairwise(shown))
    assert len(shown) > min(count, 7) / 2


async def test_bars_are_as_high_as_what_they_stand_for() -> None:
    assert heights(await drawn(CHART)) == [PLOT_HEIGHT, PLOT_HEIGHT // 3]
    many = [Bar("11-27", 30 - number % 7) for number in range(MOST_BARS)]
    assert len(heights(await drawn(replace(CHART, bars=many)))) == MOST_BARS


async def test_a_day_without_any_can_be_seen() -> None:
    some, none = [Bar("a", 4), Bar("b", 0)], [Bar("a", 4)]
    image = await drawn(replace(CHART, bars=some))
    assert len(heights(image)) == 1
    assert image.tobytes() != (await drawn(replace(CHART, bars=none))).tobytes()
    assert heights(await drawn(replace(CHART, bars=[Bar("a", 0)]))) == []


@pytest.mark.parametrize("count", [0, 1, MOST_SHARES])
async def test_every_number_of_shares(count: int) -> None:
    image = await drawn(replace(CHART, shares=SHARES[:1] * count))
    assert image.size == (WIDTH, height_of(count))


@pytest.mark.parametrize(("bars", "shares"), [(0, 0), (MOST_BARS + 1, 0), (1, MOST_SHARES + 1)])
async def test_too_many_or_none(bars: int, shares: int) -> None:
    with pytest.raises(ValueError, match="1 to 60 bars"):
        await chart(replace(CHART, bars=[CHART.bars[0]] * bars, shares=SHARES[:1] * shares), NO_FONTS)


async def test_everything_that_is_written_is_drawn() -> None:
    other = Share(("3 cleo",), 10, "10 · 25 %")
    seen = [
        CHART,
        replace(CHART, title=("Credits by week",)),
        replace(CHART, subtitle=("41 credits",)),
        replace(CHART, shares_title=("By model",)),
        replace(CHART, bars=[CHART.bars[0], Bar("11-28", 10)]),
        replace(CHART, shares=(SHARES[0], other)),
        replace(CHART, shares=(SHARES[0], replace(SHARES[1], written="10"))),
        replace(CHART, shares=(SHARES[0], replace(SHARES[1], value=11))),
    ]
    pictures = [(await drawn(each)).tobytes() for each in seen]
    assert len(set(pictures)) == len(pictures)


async def test_what_no_font_has_is_written_in_the_words_that_stand_in_for_it() -> None:
    korean = replace(
        CHART, title=("일별 크레딧", *CHART.title), shares=(Share(("1 벤", "1 ada"), 30, "30 · 75 %"), SHARES[1])
    )
    assert (await drawn(korean)).tobytes() == (await drawn(CHART)).tobytes()
    lost = replace(CHART, title=("일별 크레딧",))
    assert (await drawn(lost)).tobytes() == (await drawn(replace(CHART, title=()))).tobytes()


async def test_long_names_stay_in_their_column() -> None:
    long = replace(CHART, shares=(Share(("w" * 5000,), 30, "30 · 75 %"), SHARES[1]))
    right = (MARGIN + 450, 0, WIDTH, height_of(2))
    assert (await drawn(long)).crop(right).tobytes() == (await drawn(CHART)).crop(right).tobytes()
