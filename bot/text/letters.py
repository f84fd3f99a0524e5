"""Which code points are text, also those that this Python's Unicode does not know yet. Pure.

What is sent, shown or drawn of a text is decided where that is done; here is only what they have in common.
"""

from __future__ import annotations

import re
import unicodedata

BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
"""Letters and marks by category that nothing is drawn for."""

JOINERS = "\u200c\u200d"
"""Words in Persian and Hindi and many emoji are made with them."""

_SELECTOR = re.compile("[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_NEVER = re.compile(
    "[\ufdd0-\ufdef"  # noncharacters, as the last two of each plane are
    "\u206a-\u206f\U000e0001"  # deprecated formatting and tagging, which Unicode asks not to use
    "\ufff9-\ufffb"  # interlinear annotation: for use inside programs
    # Reserved, and to be ignored by whoever draws: whatever will be put there, nobody will see it.
    "\u2065\ufff0-\ufff8\U000e0000\U000e0002-\U000e001f\U000e0080-\U000e00ff\U000e01f0-\U000e0fff]"
)
# UTS #51, ED-14a: a flag of a region is a black flag, the tags of its code, and a cancelling tag.
_FLAG = "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f"
_TAGS = re.compile(f"({_FLAG}(?![\U000e0020-\U000e007f]))|[\U000e0020-\U000e007f]+")
_JOINED = r"[^\x00-\xff\s\u200b-\u200f\u2028-\u202e\u2060-\u206f]"
_STRAY = re.compile(f"[{JOINERS}]+(?<!{_JOINED}[{JOINERS}])|[{JOINERS}]+(?!{_JOINED})")


def is_text(letter: str) -> bool:
    """Whether a code point can be part of a text: not a control, a surrogate, or one that is none by definition.

    What is not assigned may be an emoji or a letter of a newer Unicode, and private use is for whoever uses it.
    """
    if unicodedata.category(letter) in {"Cc", "Cs"} or ord(letter) & 0xFFFE == 0xFFFE:
        return False
    return _NEVER.match(letter) is None


def can_be_seen(letter: str) -> bool:
    """Whether anything is drawn for it, going by the code point alone."""
    if letter in BLANK or unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"}:
        return False
    return is_text(letter) and _SELECTOR.match(letter) is None


def without_stray_tags(text: str) -> str:
    """Tag characters only where they make a flag: anywhere else they are a text that nobody sees."""
    return _TAGS.sub(lambda found: found[1] or "", text)


def without_stray_joiners(text: str) -> str:
    """Joiners only between two letters or emoji that can be joined, one at a time."""
    return _STRAY.sub("", text)
