"""Lines of text from strangers: nothing is drawn that no font has, and nothing is wider than it may be."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont, features

from bot.media.drawing.fonts import FOLDERS, LONGEST, NOTHING, PROBE_SIZE, Line, Type, clean_text

INSTALLED = Type()
UNSHAPED = Type(shaping=False)
"""As where Pillow finds no library that shapes."""
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
        ("\U0001fae8 👩\u200d🚀 a\u200db", "\U0001fae8 👩\u200d🚀 ab"),
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
        ("\U0001fae8 rain \U0001fa8a", "rain"),
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


def test_right_to_left_is_shown_with_and_without_a_shaper() -> None:
    if INSTALLED.spell("שלום") is None:
        pytest.skip("no font here has Hebrew")
    assert [UNSHAPED.spell(text) for text in ("שלום", "calm")] == ["שלום", "calm"]
    assert drawn(UNSHAPED, "שלום") == drawn(UNSHAPED, "שָׁלוֹם") != drawn(UNSHAPED, "םולש")
    line = UNSHAPED.line("שלום (ירח)", 24)
    assert line is not None
    assert written_on(line) == "(חרי) םולש"
    if features.check("raqm"):
        assert drawn(INSTALLED, "שלום") != drawn(INSTALLED, "םולש")
        assert drawn(INSTALLED, "שָׁלוֹם") != drawn(INSTALLED, "שלום")


def test_arabic_letters_are_joined_with_and_without_a_shaper() -> None:
    if UNSHAPED.spell("سلام") is not None:
        unshaped = UNSHAPED.line("سلام", 24)
        assert unshaped is not None
        assert written_on(unshaped) == "\ufee1\ufefc\ufeb3"
    for kind in (INSTALLED, UNSHAPED):
        if kind.spell("سلام") is None or (kind is INSTALLED and not features.check("raqm")):
            pytest.skip("no font here has Arabic, or nothing shapes it")
        line, apart = kind.line("سلام", 40), kind.line("س ل ا م", 40)
        assert line is not None
        assert apart is not None
        gaps = kind.line("a   b", 40), kind.line("ab", 40)
        assert gaps[0] is not None
        assert gaps[1] is not None
        assert line.width < 0.9 * (apart.width - (gaps[0].width - gaps[1].width))


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("x\u030c on y\u0301", "x on ý"),
        ("noe\u0308l", "noël"),
        ("a\u0325b\u0331", "ab"),
        ("1\ufe0f\u20e3!", "1!"),
    ],
)
def test_letters_lose_an_accent_before_a_text_is_given_up(text: str, bare: str) -> None:
    assert BARE.spell(text) == unaccented(bare)
    if INSTALLED.spell("ý") == "ý" and features.check("raqm"):
        assert INSTALLED.spell(text) in {clean_text(text), bare}
        assert "\u030c" not in text or drawn(INSTALLED, text) != drawn(INSTALLED, bare)


def unaccented(text: str) -> str:
    """What the font inside Pillow can show of it."""
    return "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))


def test_a_vowel_is_not_lost_for_want_of_a_font() -> None:
    for kind in (BARE, UNSHAPED, INSTALLED):
        assert kind.spell("कि") in {None, "कि"}


def test_a_line_is_not_cut_between_a_letter_and_its_marks() -> None:
    text = "x\u030c\u0323" * 40
    if INSTALLED.spell(text) != clean_text(text):
        pytest.skip("no font here has these marks, or nothing places them")
    for width in range(20, 200, 3):
        lines = [INSTALLED.line(text, 20, width), *INSTALLED.lines(text, 20, width, 3)]
        for line in lines:
            written = "" if line is None else written_on(line)
            assert written.count("\u030c") == written.count("\u0323") == written.count("x")


def written_on(line: Line) -> str:
    """The letters of a line as they are drawn, from left to right."""
    return "".join(piece for _, piece in line.runs)


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
