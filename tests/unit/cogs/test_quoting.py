"""What people type, made safe to show: it reads the same and does nothing."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.text.letters import is_text
from cogs.core.quoting import plain, quoted

OURS = "\u200b"
WALES = "🏴\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f"
BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
"""Letters and marks by category that nothing is drawn for."""

# What Discord's clients act upon, as far as its documentation of message formatting and its markdown go.
ACTIVE = re.compile(
    r"""
      @everyone | @here
    | <@[!&]?\d+> | <\#\d+> | </[^>]*:\d+> | <t:-?\d+(:[tTdDfFsSR])?> | <a?:\w+:\d+> | <id:\w+> | <(tel|mailto|sms):
    | https?://
    | [\r\n\u2028\u2029]
    """,
    re.VERBOSE | re.IGNORECASE,
)
UNESCAPED = re.compile(r"(?<!\\)(?:\\\\)*[*_~`|\[\]]")
FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]+\U000e007f")
JOINED = re.compile("(?<=[^\x00-\xff])[\u200c\u200d](?=[^\x00-\xff])")
LINE_START = re.compile(r"\A\s*(#{1,3}\s|-\#|[-+*]\s|>|\d+\.\s)")

HARMFUL = [
    "@everyone",
    "@here look",
    "hey @everyone and @here",
    "@\u200beveryone",
    "@\u200d@everyone",
    "<@80351110224678912>",
    "<@!80351110224678912>",
    "<@&165511591545143296>",
    "<#103735883630395392>",
    "</video:1234567890123456789>",
    "</admin quota set:1234567890123456789>",
    "<t:1618953630>",
    "<t:1618953630:R>",
    "<:blob:1234567890123456789>",
    "<a:dance_party:1234567890123456789>",
    "<id:customize>",
    "<mailto:a@example.com>",
    "<@\u200b80351110224678912>",
    "<\u202e@80351110224678912>",
    "[a prize](https://evil.example)",
    "[a prize](<https://evil.example> 'really')",
    "https://evil.example/a_b_c",
    "HTTPS://EVIL.EXAMPLE",
    "<https://evil.example>",
    "http://evil.example",
    "ht\u200btps://evil.example",
    "https\u200b://evil.example",
    "ht\x00tp\x00s:\x00//evil.example",
    "||spoiler||",
    "```py\nprint('hi')\n```",
    "`code`",
    "``co`de``",
    "# heading",
    "### heading",
    "#\theading",
    "  # heading",
    "\u200b# heading",
    "- item",
    "* item",
    "+ item",
    "1. item",
    "123. item",
    "> quote",
    ">>> quote",
    "-# subtext",
    "a\n# heading",
    "a\n> quote",
    "a\r\n- item",
    "a\u2028-# subtext",
    "a\u0085# heading",
    "a\x0b# heading",
    "**bold** *italic* __under__ ~~gone~~ ***both***",
    r"\*not escaped\\* \\[a](https://evil.example)",
    "trailing backslash \\",
    "\\" * 301,
    "¯\\_(ツ)_/¯",
    "\u202egpj.exe \u2066isolated\u2069 \u200fmark",
    "zero\u200bwidth\u200c\u200d\u2060\ufeff",
    "tags \U000e0041\U000e0042\U000e007f",
    "half a pair \ud83d and \udc00",
    "\x00\x07\x1b[31mred",
    "Z" + "\u0300\u0301\u0489" * 3000,
    "x" * 6000,
    "*" * 6000,
    "@" * 6000,
    "https://" * 1000,
    "🦊" * 3000,
]


def check(text: str, limit: int) -> None:
    shown = quoted(text, limit)
    assert not ACTIVE.search(shown)
    assert not UNESCAPED.search(shown)
    assert not LINE_START.search(shown)
    assert not re.search(r"(?<!\\)(?:\\\\)*\\\Z", shown)
    unseen = JOINED.sub("", FLAG.sub("", shown))
    assert {letter for letter in unseen if unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Co"}} <= {OURS}
    assert all(is_text(letter) for letter in shown)
    assert len(shown) <= 2 * limit + 1
    shown.encode()


@pytest.mark.parametrize("text", HARMFUL, ids=lambda text: ascii(text[:40]))
@pytest.mark.parametrize("limit", [80, 300])
def test_what_could_do_something_does_nothing(text: str, limit: int) -> None:
    check(text, limit)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("a fox in the snow", "a fox in the snow"),
        ("  a   fox\n\nin\tthe snow ", "a fox in the snow"),
        ("雪の中の狐 🦊", "雪の中の狐 🦊"),
        ("שועל בשלג, ثعلب في الثلج", "שועל בשלג, ثعلب في الثلج"),
        ("Crème brûlée e\u0301", "Crème brûlée e\u0301"),
        ("50 % off: 3 - 2 = 1. #1 > #2", "50 % off: 3 - 2 = 1. #1 > #2"),
        ("**bold**", r"\*\*bold\*\*"),
        ("[x](y)", r"\[x\](y)"),
        ("||x||", r"\|\|x\|\|"),
        ("a\\b", r"a\\b"),
        ("@everyone", f"@{OURS}everyone"),
        ("<@7>", f"<{OURS}@{OURS}7>"),
        ("https://a.example", f"https:{OURS}//a.example"),
        ("# heading", f"{OURS}# heading"),
        ("1. first", f"{OURS}1. first"),
        ("-# small", f"{OURS}-# small"),
        ("a\u202eb", "ab"),
        ("a\u200bb", "ab"),
        ("a\ud83db", "ab"),
        ("\U0001fae8 and \U0001fa8a", "\U0001fae8 and \U0001fa8a"),
        ("\U0003134b", "\U0003134b"),
        ("👩\u200d🚀 👁\ufe0f\u200d🗨\ufe0f", "👩\u200d🚀 👁\ufe0f\u200d🗨\ufe0f"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        (f"{WALES}!", f"{WALES}!"),
        ("ht\u200dtps://a.example", f"https:{OURS}//a.example"),
        ("👩\u200d\u200d🚀\u200d", "👩🚀"),
        ("\U000e0068\U000e0069 you", "you"),
        ("🏴\U000e0068\U000e0069 you", "🏴 you"),
        ("a\ufffeb\U0010ffff\ufdd0c\U000e0fff", "abc"),
        ("", ""),
        ("\u200b\u202e", ""),
    ],
)
def test_it_still_reads_as_it_was_typed(typed: str, shown: str) -> None:
    assert quoted(typed) == shown


def test_what_is_too_long_ends_in_an_ellipsis_within_the_limit() -> None:
    assert quoted("x" * 300) == "x" * 300
    assert quoted("x" * 301) == "x" * 299 + "…"
    assert quoted("x" * 298 + " " + "y" * 10) == "x" * 298 + "…"


def test_a_cut_leaves_nothing_unseen_behind() -> None:
    assert plain(f"ab{WALES}cd", 6) == "ab🏴…"
    assert plain("ab👩\u200d🚀cd", 5) == "ab👩…"


def test_a_cut_does_not_leave_half_an_escape() -> None:
    assert quoted("*" * 400, 3) == r"\*\*…"


pieces = st.sampled_from([*HARMFUL[:60], "@", "<", ">", "#", "-", "1.", "\\", "h", "ttps", "://", "\u200b", " ", "\n"])
anything = st.text(st.characters(exclude_categories=()), max_size=400)


@given(st.lists(pieces | anything, max_size=8).map("".join), st.integers(2, 300))
@settings(deadline=None, max_examples=300)
def test_nothing_that_can_be_typed_does_anything(text: str, limit: int) -> None:
    check(text, limit)


@given(anything)
@settings(deadline=None)
def test_nothing_visible_is_lost(text: str) -> None:
    shown_letters = (letter for letter in text if not letter.isspace() and letter not in BLANK)
    unseen = {"Cc", "Cf", "Cs", "Co"}
    visible = [letter for letter in shown_letters if unicodedata.category(letter) not in unseen and is_text(letter)]
    shown = JOINED.sub("", FLAG.sub("🏴", quoted(text, 1000)))
    assert [letter for letter in shown.replace("\\", "") if letter not in {OURS, " "}] == [
        letter for letter in visible if letter != "\\"
    ]
