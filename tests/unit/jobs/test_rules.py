"""What can be refused by looking at the request alone."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import Refused
from bot.models import Resolution
from bot.policy.rules import PROMPT_LIMIT, check_options, clean_prompt

WALES = "🏴\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f"
TEXAS = "🏴\U000e0075\U000e0073\U000e0074\U000e0078\U000e007f"


def check(
    prompt: str = "a fox",
    *,
    resolution: Resolution | None = None,
    duration: int | None = None,
    first: bool = False,
    last: bool = False,
) -> None:
    check_options(prompt, resolution=resolution, duration_seconds=duration, has_first_frame=first, has_last_frame=last)


def refusal(**options: object) -> Refused:
    with pytest.raises(Refused) as refused:
        check(**options)  # type: ignore[arg-type]
    return refused.value


def test_a_prompt_of_exactly_the_limit_passes() -> None:
    check("x" * PROMPT_LIMIT)


def test_a_prompt_over_the_limit_is_told_its_length() -> None:
    refused = refusal(prompt="x" * 2001)
    assert (refused.code, refused.facts) == ("prompt_too_long", {"length": 2001, "limit": 2000})


NOTHING = ["", " ", "\n\t \r\n", "\x00\x1b", "\u200b\u200d\ufeff", "\u202e", "\ud800", "\ufffe", "\u3164", "\ufe0f",
           "\U000e0041\U000e007f", "\U000e0fff"]  # fmt: skip


@pytest.mark.parametrize("prompt", NOTHING)
def test_a_prompt_of_nothing_visible_is_empty(prompt: str) -> None:
    assert refusal(prompt=clean_prompt(prompt)).code == "prompt_empty"


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("  a fox  ", "a fox"),
        ("a fox\nin the snow", "a fox\nin the snow"),
        ("a\tfox", "a fox"),
        ("a\x00fox\x1b[31m", "a fox [31m"),
        ("a \ud83d fox", "a   fox"),
        ("ein Fuchs im Schnee – für «uns»", "ein Fuchs im Schnee – für «uns»"),
        ("雪の中の狐 🦊", "雪の中の狐 🦊"),
        ("ثعلب في الثلج", "ثعلب في الثلج"),
        ("\U0001fae8 a face of Unicode 15", "\U0001fae8 a face of Unicode 15"),
        ("\U0001fae9\U0001fadf\U0001facd", "\U0001fae9\U0001fadf\U0001facd"),  # of 16 and 17
        ("\U000323b0, a character of Unicode 17", "\U000323b0, a character of Unicode 17"),
        ("\U0001f6d9", "\U0001f6d9"),  # of none yet
        ("\ue000 of somebody's own font", "\ue000 of somebody's own font"),
        ("👩\u200d🚀 and 👁\ufe0f\u200d🗨\ufe0f", "👩\u200d🚀 and 👁\ufe0f\u200d🗨\ufe0f"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        (f"{WALES} and {TEXAS}", f"{WALES} and {TEXAS}"),
        ("a fox\U000e0068\U000e0069", "a fox"),
        (f"🏴\U000e0068\U000e0069 {WALES}\U000e0041", "🏴 🏴"),
        ("a\ufffefox\U0001ffff\ufdd0", "a fox"),
        ("a\U000e0001fox\ufff9\u206a", "a fox"),
        ("**a fox** <@1> https://example.com", "**a fox** <@1> https://example.com"),
    ],
)
def test_a_prompt_is_sent_as_typed_but_for_outer_blanks_and_control_characters(typed: str, sent: str) -> None:
    assert clean_prompt(typed) == sent


@given(st.text(st.characters(exclude_categories=()), max_size=200))
@settings(deadline=None)
def test_a_cleaned_prompt_can_be_sent_and_is_clean_already(prompt: str) -> None:
    cleaned = clean_prompt(prompt)
    cleaned.encode()
    assert all(unicodedata.category(letter) not in {"Cc", "Cs"} or letter == "\n" for letter in cleaned)
    assert len(cleaned) <= len(prompt)
    assert clean_prompt(cleaned) == cleaned == cleaned.strip()


@pytest.mark.parametrize("resolution", [None, Resolution.P768, Resolution.P1080])
@pytest.mark.parametrize("duration", [None, 6, 10])
def test_only_ten_seconds_at_1080p_are_too_much(resolution: Resolution | None, duration: int | None) -> None:
    if resolution is Resolution.P1080 and duration == 10:
        assert refusal(resolution=resolution, duration=duration).code == "no_ten_seconds_at_1080p"
    else:
        check(resolution=resolution, duration=duration)


def test_a_last_frame_needs_a_first_one() -> None:
    check(first=True)
    check(first=True, last=True)
    assert refusal(last=True).code == "end_image_needs_image"
