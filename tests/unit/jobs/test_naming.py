"""What becomes of Discord's markup in a prompt: names where they are known, and never the markup itself."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.policy.mentions import Names, channels_in, members_in, roles_in, spelled_out

NAMES = Names(
    {7: "Ada", 8: "Señor <b> Ben", 9: "<@7>", 10: "\u202eeve\x00"}, {3: "Producers"}, {5: "#cutting-room", 6: ""}
)


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        ("a portrait of <@7>", "a portrait of Ada"),
        ("<@!7> and <@8>", "Ada and Señor b Ben"),
        ("<@7>'s hat", "Ada's hat"),
        ("<@99> waves", "somebody waves"),
        ("<@9> waves", "@7 waves"),
        ("<@10> waves", "eve waves"),
        ("<@&3> at work", "Producers at work"),
        ("<@&99> at work", "some people at work"),
        ("a sign that says <#5>", "a sign that says #cutting-room"),
        ("in <#6> and <#99>", "in some channel and some channel"),
        ("a cat <:blob_cat:123> dances <a:dance:456>", "a cat blob_cat dances dance"),
        ("hi<:wave:1><:wave:1>you", "hi wave wave you"),
        ("</video:12> and </admin quota set:34>", "/video and /admin quota set"),
        ("at <t:1618953630>", "at 2021-04-20 21:20 UTC"),
        ("at <t:1618953630:R>", "at 2021-04-20 21:20 UTC"),
        ("at <t:1618953630:t>, <t:1618953630:T>", "at 21:20 UTC, 21:20:30 UTC"),
        ("on <t:-1:D>", "on 1969-12-31"),
        ("at <t:99999999999999999>", "at"),
        ("see <id:customize> and <id:linked-roles>", "see customize and linked-roles"),
        ("<sound:0:12> plays", "sound plays"),
        ("<@<:1:2>7>", "<@1 7>"),
        ("<\U000e0041@7>", "Ada"),
        ("<@\u200b7>", "<@\u200b7>"),
        ("2 < 3 > 1, <b>bold</b>, <https://example.com>", "2 < 3 > 1, <b>bold</b>, <https://example.com>"),
        ("@everyone", "@everyone"),
        ("<@7", "<@7"),
        ("  plain  ", "plain"),
        ("", ""),
    ],
)
def test_markup_becomes_words(written: str, spelled: str) -> None:
    assert spelled_out(written, NAMES) == spelled


def test_who_and_what_is_mentioned() -> None:
    text = "<@7> <@!8> <@7> <@&3> <#5> <:a:1>"
    assert (members_in(text), roles_in(text), channels_in(text)) == ([7, 8], [3], [5])


PIECES = [*"<>@!&#:/at7 ", "id", "99", "<@7>", "<:1:2>", "<#5>", "\U000e0041"]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
@settings(deadline=None, max_examples=500)
def test_no_markup_is_left_and_twice_is_as_once(text: str) -> None:
    for names in (NAMES, Names()):
        spelled = spelled_out(text, names)
        assert members_in(spelled) == roles_in(spelled) == channels_in(spelled) == []
        assert spelled_out(spelled, names) == spelled
