"""Clusters of code points that are drawn together, and what to draw of scripts that need a shaper without one. Pure.

Which fonts there are, and the drawing, is in fonts.py.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby

from bot.text.letters import JOINERS

MOST_ACCENTS = 3
"""Of one letter; more of them would climb out of their line."""

_ABOVE_OR_BELOW = 200
"""Combining classes from here on are accents, whatever the script; below are those of single scripts."""
_VIRAMA = 9
_POINTS = range(10, 37)
"""Hebrew and Arabic points, without which both are mostly written."""
_BEFORE = "\u093f\u09bf\u09c7\u09c8\u0a3f\u0abf\u0b47\u0b48\u0bc6\u0bc7\u0bc8\u0d46\u0d47\u0d48\u17c1\u17c2\u17c3\u1031"
"""Vowels that are written after a letter and stand before it."""
_MIRRORED = str.maketrans("()[]{}<>«»‹›", ")(][}{><»«›‹")


def clusters(text: str) -> Iterator[str]:
    """The text in pieces that must not be parted: a letter with its marks, joined emoji, conjunct consonants."""
    piece = ""
    for letter in text:
        if piece and piece != " " and _continues(piece, letter):
            if not is_accent(letter) or sum(map(is_accent, piece)) < MOST_ACCENTS:
                piece += letter
            continue
        if piece:
            yield piece
        piece = letter
    if piece:
        yield piece


def _continues(piece: str, letter: str) -> bool:
    if is_mark(letter) or letter in JOINERS or "\U0001f3fb" <= letter <= "\U0001f3ff":
        return True
    last = piece[-1]
    return last == "\u200d" or (unicodedata.combining(last) == _VIRAMA and unicodedata.category(letter)[0] == "L")


def is_mark(letter: str) -> bool:
    """Whether it stands on, under or around another letter."""
    return unicodedata.category(letter)[0] == "M"


def is_accent(letter: str) -> bool:
    """Whether a letter can lose it and still be read: not a vowel, nor what makes another sound of it."""
    mark = unicodedata.combining(letter)
    return is_mark(letter) and (mark >= _ABOVE_OR_BELOW or mark in _POINTS or mark == 1 or is_drawn_around(letter))


def is_drawn_around(letter: str) -> bool:
    """Whether it is a circle, a key or only says how to draw: what is lost with it is a look."""
    return unicodedata.category(letter) == "Me" or "VARIATION SELECTOR" in unicodedata.name(letter, "")


def ordered(text: str) -> list[tuple[bool, list[str]]]:
    """The text in runs of one direction as they stand on the line, from left to right.

    (Whether it runs from right to left, its clusters in the order they are read.)
    """
    pieces = list(clusters(text))
    known = [_way(piece) for piece in pieces]
    backwards = next((way for way, piece in zip(known, pieces, strict=True) if _is_strong(piece)), None) or False
    for at, way in enumerate(known):
        if way is None:  # what has no direction goes with its neighbours, or with the line
            before = known[at - 1] if at else backwards
            after = next((later for later in known[at:] if later is not None), backwards)
            known[at] = before if before == after else backwards
    pairs = zip(map(bool, known), pieces, strict=True)
    runs = [(way, [piece for _, piece in run]) for way, run in groupby(pairs, key=lambda pair: pair[0])]
    return runs[::-1] if backwards else runs


def _is_strong(piece: str) -> bool:
    return unicodedata.bidirectional(piece[0]) in {"L", "R", "AL"}


def _way(piece: str) -> bool | None:
    kind = unicodedata.bidirectional(piece[0])
    return True if kind in {"R", "AL"} else False if kind in {"L", "EN", "AN"} else None


# -- without a shaper --------------------------------------------------------------------------------------------------


def laid_out(text: str) -> str:
    """The text with its letters in the order and the forms in which they stand on the line, from left to right."""
    line = ""
    for backwards, pieces in ordered(_joined(text)):
        placed = [_with_vowels_placed(piece) for piece in pieces]
        line += "".join(placed[::-1]).translate(_MIRRORED) if backwards else "".join(placed)
    return "".join(letter for letter in line if letter not in JOINERS)


def _with_vowels_placed(piece: str) -> str:
    apart = unicodedata.normalize("NFD", piece)  # some are written as one and stand on both sides
    for vowel in _BEFORE:
        if vowel in apart:
            return vowel + apart.replace(vowel, "", 1)
    return piece


@lru_cache(maxsize=1)
def _forms() -> dict[str, dict[str, str]]:
    """Arabic letters, and lam with alef, by how they are joined: isolated, initial, medial and final."""
    found: dict[str, dict[str, str]] = {}
    for code in range(0xFB50, 0xFEFD):
        kind, *letters = unicodedata.decomposition(chr(code)).split()[:3] or [""]
        base = "".join(chr(int(letter, 16)) for letter in letters)
        if kind[1:-1] in {"isolated", "initial", "medial", "final"} and (len(base) == 1 or base[:1] == "\u0644"):
            found.setdefault(base, {}).setdefault(kind[1:-1], chr(code))
    return {base: forms for base, forms in found.items() if len(base) == 1 or base[1] in "\u0622\u0623\u0625\u0627"}


def _joined(text: str) -> str:
    """Arabic letters in the forms that their neighbours give them."""
    forms, shown, joins = _forms(), [], False
    at = 0
    while at < len(text):
        letter = text[at : at + 2] if text[at : at + 2] in forms else text[at]
        own = forms.get(letter)
        after = forms.get(text[at + len(letter) : at + len(letter) + 1], {})
        if own is None:
            shown.append(letter)
            joins = letter == "\u0640" or letter == "\u200d"
        else:
            on = "initial" in own and ("final" in after or text[at + len(letter) : at + len(letter) + 1] == "\u0640")
            kind = ("medial" if on else "final") if joins and "final" in own else ("initial" if on else "isolated")
            shown.append(own.get(kind, letter))
            joins = "initial" in own
        at += len(letter)
    return "".join(shown)
