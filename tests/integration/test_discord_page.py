"""docs/discord.md is what the table says; that the table is what happens is held by test_whose_word."""

from __future__ import annotations

from tests.integration.discord_page import PAGE, brought_up_to_date


def test_the_page_is_up_to_date() -> None:
    page = PAGE.read_text("utf-8")
    assert brought_up_to_date(page) == page, "run python -m tests.integration.discord_page"
