"""Words and patterns: what they meet, in which scripts, and that none can hang anybody."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import Refused
from bot.policy.server_rules import ServerRules
from bot.policy.words import forbidden, forbidden_by, parse_patterns, parse_words


def meets(word: str, text: str) -> bool:
    try:
        forbidden((word,), ()).check(text)
    except Refused as refused:
        return refused.facts == {"word": word}
    return False


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("gore", "so much gore"),
        ("gore", "GORE!"),
        ("gore", "a g\u00f6re scene"),
        ("gore", "\uff47\uff4f\uff52\uff45"),
        ("gore", "go\u200bre"),
        ("Gore", "gore, and more"),
        ("blood bath", "a  blood\nbath"),
        ("кровь", "Кровь!"),
        ("피", "피를 흘리는"),
        ("피", "피 한 방울"),
        ("血", "鲜血淋漓"),
        ("血まみれ", "彼は血まみれだ"),
        ("เลือด", "มีเลือดออก"),
        ("c++", "written in c++"),
        ("x-ray", "an x-ray of it"),
    ],
)
def test_a_word_is_met_where_it_stands_by_itself(word: str, text: str) -> None:
    assert meets(word, text)


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("ass", "a class of glass"),
        ("gore", "gorelike"),
        ("gore", "xgore"),
        ("gore", "gore_x"),
        ("피", "피아노를 치는 사람"),
        ("кот", "который"),
        ("blood bath", "blood and bath"),
        ("gore", ""),
    ],
)
def test_and_not_inside_another(word: str, text: str) -> None:
    assert not meets(word, text)


@given(st.text(max_size=200), st.text(min_size=1, max_size=20))
@settings(deadline=None)
def test_whatever_is_written_is_judged(text: str, word: str) -> None:
    meets(word, text)


@pytest.mark.parametrize("pattern", [r"(a+)+$", r"(a|aa)+c", r"(.*a){20}c", r"((a+)*)+c", "(a+a+)+c"])
def test_no_pattern_takes_long(pattern: str) -> None:
    text = "b" + "a" * 1998 + "b"
    began = time.monotonic()
    forbidden((), parse_patterns(pattern)).check(text)
    assert time.monotonic() - began < 5.0, "an engine that tries again and again would take years"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("(a", "pattern_broken"),
        ("a*", "pattern_meets_all"),
        ("x" * 201, "pattern_too_long"),
        (r"(a)\1", "pattern_broken"),
    ],
)
def test_a_pattern_that_is_none_is_refused_when_it_is_typed(typed: str, code: str) -> None:
    with pytest.raises(Refused, match=code):
        parse_patterns(typed)


def test_lists_are_read_as_people_type_them() -> None:
    assert parse_words("gore, blood\nGore\n ,, \n血、涙") == ("gore", "blood", "Gore", "血", "涙")
    assert parse_patterns(" a+b \n\n a+b\nc") == ("a+b", "c")
    assert parse_words("🍆") == ("🍆",)
    for typed in ("!", "x" * 61):
        with pytest.raises(Refused, match="word_unusable"):
            parse_words(typed)


def test_patterns_see_the_text_as_written_and_as_searches_compare_it() -> None:
    rules = ServerRules(patterns=("n+ope",))
    for text in ("NNNOPE", "nöpe"):
        with pytest.raises(Refused, match="pattern_not_allowed"):
            forbidden_by(rules).check(text)
    forbidden_by(rules).check("no ope")
