"""The form of a text that searches compare: case, marks and widths folded alike in all scripts. Pure.

What is stored of it, and how it is searched, is in bot.storage. A change here needs a migration that fills the stored
forms anew.
"""

from __future__ import annotations

import re
import unicodedata

_VOICING = "\u3099\u309a"
"""Kana with and without these are different letters: か is not が."""

_STROKES = str.maketrans({
    **{"ı": "i", "ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ƶ": "z", "ɨ": "i", "ʉ": "u"},
    **{"æ": "ae", "œ": "oe", "þ": "th", "ŋ": "n", "ĸ": "k", "ʻ": "'", "ʼ": "'", "’": "'", "‘": "'", "ـ": ""},
})  # fmt: skip
"""Letters with strokes and the like, which Unicode does not take apart, and Arabic's stretching of words."""

_THAI_LAO_TIBETAN = range(84, 133)
"""Combining classes of vowels and tones that make another syllable, not another look of the same letter."""
_VIRAMA = 9
_VARIANTS = re.compile("[\u034f\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")

_NARROW_FINAL = re.compile(r"(?<=[\uffa1-\uffbe][\uffc2-\uffdc])[\uffa1-\uffbe](?![\uffc2-\uffdc])")
"""A consonant that ends a Korean syllable in half-width letters: Unicode takes each of these for a beginning one."""


def fold(text: str) -> str:
    """One line in lower case without marks, equal for texts that differ in these or in width alone.

    Folding twice changes nothing. A text of marks alone folds to nothing.
    """
    bare = _bare(unicodedata.normalize("NFKD", _NARROW_FINAL.sub(_final, text)))
    lower = _bare(unicodedata.normalize("NFKD", bare.casefold())).translate(_STROKES)
    return " ".join(unicodedata.normalize("NFC", lower).split())


def _final(narrow: re.Match[str]) -> str:
    name = unicodedata.name(narrow[0]).removeprefix("HALFWIDTH HANGUL LETTER ")
    return unicodedata.lookup(f"HANGUL JONGSEONG {name}")


def _bare(decomposed: str) -> str:
    return "".join(letter for letter in decomposed if letter.isspace() or _counts(letter))


def _counts(letter: str) -> bool:
    mark = unicodedata.combining(letter)
    if mark and letter not in _VOICING and mark != _VIRAMA and mark not in _THAI_LAO_TIBETAN:
        return False
    return unicodedata.category(letter) not in {"Cc", "Cf", "Cs"} and _VARIANTS.match(letter) is None
