"""What the maker of the model says when it fails, as both resellers pass it on in free text.

MiniMax's codes come from its public error table (platform.minimax.io); neither reseller promises to show them.
Codes of the resellers' own belong to their modules.
"""

from __future__ import annotations

import re

from bot.models import FailureCode

# "image-to-video failed" names the model, not the picture.
_PICTURE = r"\b(?:(?:end|first|last|input)[ _])?(?:image|picture)s?(?:[ _]url)?\b(?![- ]to[- ]video)"
_PICTURE_TROUBLE = (
    r"\b(?:fetch|download|load|access|reach|retriev|open|decod|corrupt|unsupported|invalid|format|size|ratio"
    r"|dimension|too (?:large|small|big))"
)

# The first match wins: a text about a sensitive image is moderation, one about an invalid image is the picture's.
_READINGS: tuple[tuple[FailureCode, re.Pattern[str]], ...] = (
    # 1026 sensitive input, 1027 sensitive output.
    (FailureCode.MODERATION, re.compile(r"content.?policy|moderat|sensitive|nsfw|prohibited|\b102[67]\b", re.I)),
    (
        FailureCode.IMAGE_REJECTED,
        re.compile(f"{_PICTURE}.*{_PICTURE_TROUBLE}|{_PICTURE_TROUBLE}.*{_PICTURE}", re.I | re.S),
    ),
    # 1002 rate limit, 1039 token limit, 1041 connection limit; "no channel available" is AceData's own SDK test.
    (
        FailureCode.PROVIDER_UNAVAILABLE,
        re.compile(r"capacity|overload|no channel available|unavailable|rate.?limit|\b10(?:02|39|41)\b", re.I),
    ),
    # 1042 too many invisible characters, 2013 invalid parameters. A wrong key is the reseller's fault, not the user's.
    (FailureCode.INVALID_REQUEST, re.compile(r"\b(?:1042|2013)\b|\binvalid\b(?!.{0,12}\b(?:key|token)\b)", re.I)),
)


def read_failure(text: str) -> FailureCode | None:
    """The failure that a provider's words speak of, None if they say nothing we know."""
    return next((code for code, pattern in _READINGS if pattern.search(text)), None)
