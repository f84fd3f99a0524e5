"""Text of users and providers made safe to show: no mention, no markdown, no invisible characters, not too long."""

from __future__ import annotations

import re
import unicodedata

_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn"}
_LOOKS_BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
"""Letters and marks by category that nothing is drawn for."""

_MARKDOWN = re.compile(r"[\\*_~`|\[\]]")
_LINE_START = re.compile(r"^(?=[#>+-]|\d+\.)")
_BREAK_AFTER = re.compile(r"[@<]|:(?=//)|discord(?=(?:app)?\.)", re.IGNORECASE)
_ZERO_WIDTH = "\u200b"


def quoted(text: str, limit: int = 300) -> str:
    """One line of a person's own words, at most `limit` characters before escaping.

    Control, zero-width and direction-changing characters go; markdown is escaped; mentions and
    links are broken up by a zero-width space of ours, so that they read the same and do nothing.
    """
    escaped = _LINE_START.sub(_ZERO_WIDTH, _MARKDOWN.sub(r"\\\g<0>", plain(text, limit)))
    return _BREAK_AFTER.sub(rf"\g<0>{_ZERO_WIDTH}", escaped)


def plain(text: str, limit: int) -> str:
    """The same for where Discord reads neither markdown nor mentions: menus, suggestions, descriptions of files."""
    visible = "".join(" " if letter.isspace() else letter for letter in text if _shown(letter))
    line = " ".join(visible.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _shown(letter: str) -> bool:
    if letter in _LOOKS_BLANK:
        return False
    return letter.isspace() or unicodedata.category(letter) not in _HIDDEN
