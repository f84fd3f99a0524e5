"""What searches take for the same, and what stays different."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.text.folding import fold


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("A Fox", "a fox"),
        ("КОТ", "кот"),
        ("Ёлка", "елка"),
        ("ÉTÉ", "ete"),
        ("e\u0301te\u0301", "ete"),
        ("Straße", "strasse"),
        ("GROẞ", "gross"),
        ("ΟΔΟΣ", "οδοσ"),
        ("οδός", "οδοσ"),
        ("ᾳ", "α"),
        ("İSTANBUL", "istanbul"),
        ("ıSTANBUL", "istanbul"),
        ("I İ ı i", "i i i i"),
        ("Łódź, Ørsted, Đà Nẵng", "lodz, orsted, da nang"),
        ("Œuvre ﬁn Æther", "oeuvre fin aether"),
        ("ＦＯＸ　１２％", "fox 12%"),
        ("ｶﾞﾗｽ", "ガラス"),
        ("か\u3099", "が"),
        ("한국", "한국"),
        ("\u1112\u1161\u11ab국", "한국"),
        ("ﾾￂﾤﾡￓﾡ", "한국"),
        ("하ㅋㅋ", "하\u110f\u110f"),
        ("שָׁלוֹם", "שלום"),
        ("مُحَمَّد", "محمد"),
        ("أحمـــد", "احمد"),
        ("फ\u093cिल्म", "फिल्म"),
        ("👩\u200d🚀 ❤\ufe0f", "👩🚀 ❤"),
        ("co\u00adoperate\u200b", "cooperate"),
        (" a\n\t fox \x00", "a fox"),
        ("\u0301\ufe0f\u200d", ""),
        ("", ""),
    ],
)
def test_what_is_written_differently_and_meant_alike(written: str, folded: str) -> None:
    assert fold(written) == folded


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("か", "が"),
        ("は", "ぱ"),
        ("ハ", "バ"),
        ("ば", "ぱ"),
        ("한", "하"),
        ("कि", "की"),
        ("क", "क्"),
        ("ไม", "ไม้"),
        ("กุ", "กู"),
        ("o", "0"),
        ("и", "i"),
    ],
)
def test_what_makes_another_letter_stays(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.text(st.characters(exclude_categories=()), max_size=60))
@settings(deadline=None)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(st.sampled_from("aÅßIıİκΚςΣйЙがﾞｶ한ﾾￂ ％_/\u0301"), max_size=20))
@settings(deadline=None)
def test_case_makes_no_difference(text: str) -> None:
    assert fold(text.lower()) == fold(text) == fold(text.upper())
