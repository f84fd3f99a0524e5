"""What must not be parted in a line, and the order and forms of letters where nothing shapes them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.media.drawing.clusters import MOST_ACCENTS, clusters, is_accent, laid_out, ordered
from bot.text.letters import JOINERS

PLAIN_MARKS = "\u0301\u0323\u093f\u094d\u0e34\u0e49\u064e\u05b8\ufe0f"


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("cafe\u0301 x\u030c", ["c", "a", "f", "e\u0301", " ", "x\u030c"]),
        ("नमस्ते", ["न", "म", "स्ते"]),
        ("น้ำ", ["น้", "ำ"]),
        ("שָׁלוֹם", ["שָׁ", "ל", "וֹ", "ם"]),
        ("a 👩\u200d🚀 👍🏽", ["a", " ", "👩\u200d🚀", " ", "👍🏽"]),
        ("1\ufe0f\u20e3", ["1\ufe0f\u20e3"]),
        ("\u0301x", ["\u0301", "x"]),
        ("", []),
    ],
)
def test_what_belongs_together(text: str, pieces: list[str]) -> None:
    assert list(clusters(text)) == pieces


def test_a_letter_bears_only_so_many_accents() -> None:
    (piece,) = clusters("Z" + "\u0301\u0302\u0303" * 300)
    assert len(piece) == 1 + MOST_ACCENTS
    assert "".join(clusters("की\u0302")) == "की\u0302"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, 12", "plain text, 12"),
        ("שלום", "םולש"),
        ("שלום (ירח) 34", "34 (חרי) םולש"),
        ("neon שלום עולם!", "neon םלוע םולש!"),
        ("סלאם, neon 5", "neon 5 ,םאלס"),
        ("سلام", "\ufee1\ufefc\ufeb3"),
        ("باب", "\ufe8f\ufe8e\ufe91"),
        ("بيت", "\ufe96\ufef4\ufe91"),
        ("مي\u200cخ", "\ufea5\ufef2\ufee3"),
        ("हिन्दी", "िहन्दी"),
        ("கொ", "\u0bc6க\u0bbe"),
        ("x\u030c", "x\u030c"),
    ],
)
def test_without_a_shaper_letters_are_put_where_they_stand(text: str, shown: str) -> None:
    assert laid_out(text) == shown


@given(st.text(st.sampled_from("abא\u05b8بلا )(12,雨कि" + PLAIN_MARKS + JOINERS + " "), max_size=30))
@settings(deadline=None)
def test_nothing_is_lost_but_joiners_and_a_heap_of_accents(text: str) -> None:
    runs = ordered(text)
    kept = "".join(clusters(text))
    assert sorted("".join(piece for _, run in runs for piece in run)) == sorted(kept)
    plain = [letter for letter in kept if letter not in JOINERS and not is_accent(letter)]
    shown = unicodedata.normalize("NFKD", laid_out(text).replace("\u0640", ""))
    letters = [letter for letter in plain if letter not in "()"]
    assert sorted(letter for letter in shown if letter in letters) == sorted(letters)


def test_runs_stand_from_left_to_right_and_are_read_their_own_way() -> None:
    assert ordered("שלום 雨 hello") == [(False, list("雨 hello")), (True, list("שלום "))]
    assert ordered("hi שלום") == [(False, list("hi ")), (True, list("שלום"))]
