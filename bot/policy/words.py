"""Words and patterns that a server does not allow in prompts and titles. Pure, and linear in the length of the text.

Texts are compared as searches compare them: whatever the case, marks and width of letters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import re2

from bot.errors import Refused
from bot.policy.server_rules import LONGEST_PATTERN, LONGEST_WORD, ServerRules
from bot.text.folding import fold

_PARTICLES = (
    *("은", "는", "이", "가", "을", "를", "의", "에", "와", "과", "도", "로", "만", "들"),
    *("으로", "에서", "에게", "까지", "부터", "처럼", "보다"),
)
"""What Korean writes behind a noun without a blank."""

_UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR", "BOPOMOFO", "YI ")
"""How the names of letters begin that are written without blanks between words."""

_options = re2.Options()
_options.case_sensitive = False
_options.max_mem = 1 << 20
_options.log_errors = False


@dataclass(frozen=True, slots=True)
class Forbidden:
    """What a server does not allow, made ready; made once for each version of its rules."""

    words: Sequence[tuple[str, str]]
    patterns: Sequence[tuple[str, Any]]

    def check(self, text: str) -> None:
        """Refused for a text that holds a word or meets a pattern, which the facts name as they were written."""
        folded = fold(text)
        for written, word in self.words:
            if _holds(folded, word):
                raise Refused("word_not_allowed", word=written)
        for written, pattern in self.patterns:
            if pattern.search(text) is not None or pattern.search(folded) is not None:
                raise Refused("pattern_not_allowed", pattern=written)


@lru_cache(maxsize=512)
def forbidden(words: tuple[str, ...], patterns: tuple[str, ...]) -> Forbidden:
    """What these words and patterns forbid; a pattern that is none any more forbids nothing."""
    compiled = []
    for written in patterns:
        try:
            compiled.append((written, re2.compile(written, _options)))
        except re2.error:
            continue
    return Forbidden([(word, fold(word)) for word in words if fold(word)], compiled)


def forbidden_by(rules: ServerRules) -> Forbidden:
    """What a server's rules forbid."""
    return forbidden(rules.words, rules.patterns)


def parse_words(typed: str) -> tuple[str, ...]:
    """Words as they were typed, one a line or between commas, each once. Refused for one that is none or too long."""
    found = list(dict.fromkeys(" ".join(word.split()) for word in re.split(r"[,\n、，]", typed) if word.strip()))
    for word in found:
        if not any(map(_can_be_sought, fold(word))) or len(word) > LONGEST_WORD:
            raise Refused("word_unusable", word=word[:LONGEST_WORD], limit=LONGEST_WORD)
    return tuple(found)


def parse_patterns(typed: str) -> tuple[str, ...]:
    """Patterns as they were typed, one a line. Refused for one that is broken, too long, or meets everything."""
    found = tuple(dict.fromkeys(line.strip() for line in typed.splitlines() if line.strip()))
    for written in found:
        if len(written) > LONGEST_PATTERN:
            raise Refused("pattern_too_long", pattern=written[:60], limit=LONGEST_PATTERN)
        try:
            pattern = re2.compile(written, _options)
        except re2.error:
            raise Refused("pattern_broken", pattern=written) from None
        if pattern.search("") is not None:
            raise Refused("pattern_meets_all", pattern=written)
    return found


def _holds(text: str, word: str) -> bool:
    """Whether a text holds a word that stands by itself."""
    at = text.find(word)
    while at >= 0:
        if _begins(text, at, word) and _ends(text, at + len(word), word):
            return True
        at = text.find(word, at + 1)
    return False


def _begins(text: str, at: int, word: str) -> bool:
    return at == 0 or _apart(text[at - 1], word[0])


def _ends(text: str, end: int, word: str) -> bool:
    if end == len(text) or _apart(word[-1], text[end]):
        return True
    if not _script(word[-1]).startswith("HANGUL"):
        return False
    following = re.match(r"\w*", text[end:])
    return following is not None and unicodedata.normalize("NFC", following[0]) in _PARTICLES


def _apart(before: str, after: str) -> bool:
    """Whether a word may end between these two letters."""
    if not (_is_of_word(before) and _is_of_word(after)):
        return True
    return _script(before).startswith(_UNSPACED) or _script(after).startswith(_UNSPACED)


def _is_of_word(letter: str) -> bool:
    return letter.isalnum() or letter == "_" or unicodedata.category(letter) in {"Mn", "Mc"}


def _can_be_sought(letter: str) -> bool:
    """Whether a letter makes a word: letters and digits do, and so do emoji; commas and blanks do not."""
    return not letter.isspace() and not unicodedata.category(letter).startswith("P")


def _script(letter: str) -> str:
    return unicodedata.name(letter, "")
