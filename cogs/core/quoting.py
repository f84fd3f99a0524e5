"""Text of users and providers made safe to show: no mention, no markdown, no invisible characters, not too long."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate

from bot.text.letters import BLANK, JOINERS, is_text, without_stray_joiners, without_stray_tags

_MARKDOWN = re.compile(r"[\\*_~`|\[\]]")
_LINE_START = re.compile(r"^(?=[#>+-]|\d+\.)")
_BREAK_AFTER = re.compile(r"[@<]|:(?=//)|discord(?=(?:app)?\.)", re.IGNORECASE)
_ZERO_WIDTH = "\u200b"
_FIRST_TAG, _LAST_TAG = "\U000e0020", "\U000e007f"


def quoted(text: str, limit: int = 300) -> str:
    """One line of a person's own words, at most `limit` characters before escaping.

    Control, zero-width and direction-changing characters go, but for those that make one emoji or one word of their
    neighbours; markdown is escaped; mentions and links are broken up by a zero-width space of ours, so that they read
    the same and do nothing.
    """
    escaped = _LINE_START.sub(_ZERO_WIDTH, _MARKDOWN.sub(r"\\\g<0>", plain(text, limit)))
    return _BREAK_AFTER.sub(rf"\g<0>{_ZERO_WIDTH}", escaped)


def plain(text: str, limit: int) -> str:
    """The same for where Discord reads neither markdown nor mentions: menus, suggestions, descriptions of files."""
    line = _tidy("".join(" " if letter.isspace() else letter for letter in text if _shown(letter)))
    return line if len(line) <= limit else _tidy(line[: limit - 1]) + "…"


def as_many(lines: Sequence[str], room: int) -> list[str]:
    """The first lines that fit into so many characters, each with its end."""
    ends = accumulate(len(line) + 1 for line in lines)
    return [line for line, end in zip(lines, ends, strict=True) if end <= room]


def _tidy(text: str) -> str:
    """Single blanks, and nothing unseen but what makes one emoji or one word of its neighbours."""
    return " ".join(without_stray_tags(without_stray_joiners(text)).split())


@lru_cache(maxsize=8192)
def _shown(letter: str) -> bool:
    if letter in BLANK:
        return False
    if letter.isspace() or letter in JOINERS or _FIRST_TAG <= letter <= _LAST_TAG:
        return True
    return is_text(letter) and unicodedata.category(letter) not in {"Cf", "Co"}
