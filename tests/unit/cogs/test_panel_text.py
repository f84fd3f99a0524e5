"""The pages of the panel with as much on them as a server can have: Discord takes no more than 4000 characters."""

from __future__ import annotations

import pytest

from bot.moderation.desk import Posted
from bot.policy.server_rules import LONGEST_WORD, MOST_PATTERNS, MOST_WORDS, ServerRules
from cogs.admin.panel.lines import Seen, page_text
from cogs.admin.panel.page import Page
from cogs.core.quoting import as_many
from cogs.i18n.words import LOCALES, translation

ID = 1_575_857_595_527_200_777
FULL = ServerRules(
    makers=tuple(range(ID, ID + 25)),
    channels=tuple(range(ID, ID + 25)),
    role_credits={ID + number: 10_000 for number in range(250)},
    words=("*" * LONGEST_WORD,) * MOST_WORDS,
    patterns=("|" * 200,) * MOST_PATTERNS,
    strikes=100,
    log_channel=ID,
)
BESIDE = 600
"""Characters that the heading and what came of a press may take."""


def seen(rules: ServerRules, lines: int) -> Seen:
    row = f"<@{ID}> · <t:1790000000:f> · {'*' * 160}"
    return Seen(Posted(rules, 1), (10**6, 10**6), row if lines else "", 10_000, [row] * lines, [row] * lines)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("page", Page)
def test_a_page_fits_into_a_message_however_much_there_is(page: Page, locale: str) -> None:
    assert len(page_text(page, seen(FULL, 25), translation(locale))) <= 4000 - BESIDE


def test_it_says_how_much_there_is_no_room_for() -> None:
    shown = page_text(Page.MEMBERS, seen(FULL, 25), translation("en")).splitlines()
    whole = 2 + 250 + 1 + 25
    assert shown[-1] == f"-# +{whole - len(shown) + 1}"
    assert "+" not in page_text(Page.MEMBERS, seen(ServerRules(), 2), translation("en"))


def test_lines_fit_with_their_ends() -> None:
    assert as_many(["ab", "cd", "e"], 6) == ["ab", "cd"]
    assert as_many(["ab", "cd", "e"], 8) == ["ab", "cd", "e"]
    assert as_many(["abc"], 3) == []
