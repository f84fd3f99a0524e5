"""Lines of text from strangers: nothing is drawn that no font has, and nothing is wider than it may be."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont, features

from bot.media.fonts import FOLDERS, LONGEST, NOTHING, PROBE_SIZE, Type, clean_text

INSTALLED = Type()
BARE = Type(folders=())
"""Only the font inside Pillow, which has the letters of English."""

SAMPLES = {
    "accents": "Łódź, ñandú",
    "Cyrillic": "Ночь",
    "Greek": "νύχτα",
    "Chinese": "雨夜",
    "Japanese": "雨の夜",
    "Korean": "비",
}


def drawn(kind: Type, text: str, size: float = 24) -> bytes:
    image = Image.new("L", (600, 60))
    line = kind.line(text, size, 580)
    if line is not None:
        line.draw(ImageDraw.Draw(image), 4, 44, (255,))
    return image.tobytes()


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("  two\n\nwords\t", "two words"),
        ("a\x00b\x1b[31mc\u202ed\u200be\ufeff", "ab[31mcde"),
        ("e\u0301", "é"),
        ("\ue000\U0010fffe\ud800x", "x"),
        ("x" * 9999, "x" * LONGEST),
        ("\r\n\u2028", ""),
    ],
)
def test_cleaning(text: str, clean: str) -> None:
    assert clean_text(text) == clean


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("A storm at sea, 4K!", "A storm at sea, 4K!"),
        ("José — “café”…", "Jose - “cafe”…"),
        ("rain 🌧️ on 👩‍🚀 glass", "rain on glass"),
        ("🌧️", ""),
        ("Ночь", None),
        ("neon 雨", None),
        ("שלום", None),
        ("नमस्ते", None),
        ("", ""),
    ],
)
def test_what_the_smallest_font_makes_of_it(text: str, spelled: str | None) -> None:
    assert BARE.spell(text) == spelled


@pytest.mark.parametrize("text", ["Ночь", "neon 雨", "🌧️", "", "\x00"])
def test_what_cannot_be_drawn_is_left_out(text: str) -> None:
    assert BARE.line(text, 24) is None
    assert BARE.lines(text, 24, 100, 3) == []


@pytest.mark.parametrize("script", SAMPLES)
def test_what_an_installed_font_has_is_drawn(script: str) -> None:
    text = SAMPLES[script]
    if INSTALLED.spell(text) != text:
        pytest.skip(f"no font here has {script}")
    boxes = ImageFont.load_default(PROBE_SIZE).getmask(NOTHING)
    assert bytes(boxes) not in {drawn(INSTALLED, text), b""}
    letters = [drawn(INSTALLED, letter) for letter in text if letter not in ", "]
    assert len(set(letters)) == len(set(text) - set(", "))  # boxes would all look the same
    assert drawn(INSTALLED, f"a {text} b") != drawn(INSTALLED, "a  b")


def test_letters_that_change_with_their_neighbours_need_a_shaper(monkeypatch: pytest.MonkeyPatch) -> None:
    if INSTALLED.spell("שלום") is None:
        pytest.skip("no font here has Hebrew, or Pillow has no Raqm")
    monkeypatch.setattr(features, "check", lambda name: False)
    assert INSTALLED.spell("שלום") is None
    assert INSTALLED.spell("calm") == "calm"


def test_a_font_that_cannot_be_opened_is_as_good_as_none(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "DejaVuSans.ttf").write_bytes(b"no font")
    assert Type(folders=[tmp_path]).spell("José") == "Jose"


def test_every_folder_is_a_system_one() -> None:
    assert all(folder.is_absolute() or str(folder).startswith("C:") for folder in FOLDERS)


@given(st.text(max_size=200))
def test_any_text_is_spelled_with_what_the_font_has(text: str) -> None:
    spelled = BARE.spell(text)
    font = ImageFont.load_default(PROBE_SIZE)
    box = bytes(font.getmask(NOTHING))
    for letter in spelled or "":
        assert letter == " " or bytes(font.getmask(letter)) != box
        assert unicodedata.category(letter)[0] != "C"


@given(st.text(alphabet=st.sampled_from("abWi é雨—🌧ש"), max_size=80), st.integers(20, 400), st.integers(1, 4))
def test_nothing_is_wider_than_it_may_be(text: str, width: int, most: int) -> None:
    for kind in (BARE, INSTALLED):
        lines = kind.lines(text, 20, width, most)
        assert len(lines) <= most
        assert all(line.width <= width for line in lines)
        line = kind.line(text, 20, width)
        assert line is None or line.width <= width


def test_wrapping_keeps_all_words_and_breaks_between_them() -> None:
    text = "the lighthouse keeper walks down to the shore"
    lines = ["".join(piece for _, piece in line.runs) for line in BARE.lines(text, 20, 150, 9)]
    assert " ".join(lines) == text
    assert len(lines) > 2


def test_what_does_not_go_into_the_last_line_ends_in_dots() -> None:
    last = BARE.lines("the lighthouse keeper walks down to the shore", 20, 150, 2)[-1]
    assert last.runs[-1][1].endswith("…")
    assert BARE.lines("w" * 99, 20, 150, 3)[0].runs[0][1] == "w" * len(BARE.lines("w" * 99, 20, 150, 3)[1].runs[0][1])
