"""What members are told that clips cost is what the price table says, in every language."""

from __future__ import annotations

import re

import pytest

from bot.models import Resolution
from bot.policy.prices import price_table, read_prices
from cogs.help._cog import price_line, tour
from cogs.i18n.words import LOCALES, catalogue, translation
from tests.unit.cogs.test_looking_back import sent

PRICES = {(resolution, seconds): credits_ for resolution, seconds, credits_ in price_table().lines()}
P768, P1080 = Resolution.P768, Resolution.P1080


def numbers(key: str, locale: str) -> list[int]:
    text = catalogue(locale)[key]
    assert isinstance(text, str)
    return [int(found) for found in re.findall(r"\d+", text)]


def test_what_the_tour_says_is_made_from_the_table() -> None:
    assert price_line(price_table(), translation("en")) == "768p 6 s: 1 credit · 768p 10 s: 2 · 1080p 6 s: 2"
    dearer = read_prices('[one.model]\nunit = "units"\n"1080p/6" = { credits = 30 }\n"768p/6" = { credits = 7 }')
    assert price_line(dearer, translation("en")) == "768p 6 s: 7 credits · 1080p 6 s: 30"


@pytest.mark.parametrize("locale", LOCALES)
def test_the_first_page_of_the_tour_and_no_other_has_every_price(locale: str) -> None:
    t = translation(locale)
    line = price_line(price_table(), t)
    for (resolution, seconds), credits_ in PRICES.items():
        assert re.search(rf"{resolution} {seconds}\D+{credits_}(?!\d)", line), line
    pages = {page: " ".join(part.get("content", "") for part in sent(tour(page, t))) for page in ("make", "shape")}
    assert [line in text for text in pages.values()] == [True, False]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("command", ["video", "brainstorm"])
def test_options_state_the_prices_of_the_table(command: str, locale: str) -> None:
    *_, low, cheap, high, dear, seconds = numbers(f"commands.{command}.options.resolution.description", locale)
    assert (low, high, seconds) == (768, 1080, 6)
    assert (cheap, dear) == (PRICES[P768, 6], PRICES[P1080, 6])
    longer, *_, price = numbers(f"commands.{command}.options.duration.description", locale)
    assert (longer, price) == (10, PRICES[P768, 10])


def test_no_other_sentence_states_a_price() -> None:
    stated = re.compile(r"\b\d+ credits?\b")
    found = {key for key, text in catalogue("en").items() if isinstance(text, str) and stated.search(text)}
    options = {
        f"commands.{command}.options.{o}.description"
        for command in ("video", "brainstorm")
        for o in ("resolution", "duration")
    }
    assert found == options
