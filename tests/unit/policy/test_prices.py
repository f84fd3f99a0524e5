"""The table of prices, and how it is read."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from bot.models import Resolution, VideoRequest
from bot.policy.prices import price_table, read_prices
from bot.providers.registry import VENDORS

LONG, SHARP = VideoRequest("x", duration_seconds=10), VideoRequest("x", Resolution.P1080)


def test_every_provider_has_a_price_for_everything_it_can_make() -> None:
    table = price_table()
    assert {model.provider for model in table.models} == {vendor.name for vendor in VENDORS}
    for vendor in VENDORS:
        for resolution in (None, *vendor.capabilities.resolutions):
            for seconds in (None, *vendor.capabilities.durations):
                if (resolution, seconds) != (Resolution.P1080, 10):
                    assert table.price(VideoRequest("x", resolution, seconds), vendor.name) in {1, 2}
        assert table.unit(vendor.name)


def test_the_owners_cost_is_the_providers_own_where_it_is_known() -> None:
    table = price_table()
    assert [table.units(one, "apiframe") for one in (VideoRequest("x"), LONG, SHARP)] == [5.0, 8.0, 10.0]
    assert table.units(VideoRequest("x"), "acedata") is None


def test_where_no_provider_is_chosen_the_dearest_counts() -> None:
    table = read_prices(
        '[a.m]\nunit = "u"\n"768p/6" = { credits = 1 }\n[b.m]\nunit = "v"\n"768p/6" = { credits = 3 }\n'
    )
    assert [table.price(VideoRequest("x"), who) for who in ("a", "b", None)] == [1, 3, 3]
    assert table.price(SHARP, "a") == 3, "what has no line costs what the dearest does"
    assert table.lines() == [(Resolution.P768, 6, 3)]


def test_the_lines_are_what_people_are_shown() -> None:
    assert [(str(resolution), seconds, cost) for resolution, seconds, cost in price_table().lines()] == [
        ("768p", 6, 1),
        ("768p", 10, 2),
        ("1080p", 6, 2),
    ]


@pytest.mark.parametrize("line", ['"768p/6" = { credits = 0 }', '"768p/6" = { credits = 1, units = -1 }'])
def test_a_price_that_is_none_is_refused(line: str) -> None:
    with pytest.raises(ValidationError):
        read_prices(f'[a.m]\nunit = "u"\n{line}\n')
