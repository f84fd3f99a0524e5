"""What the maker of the model says when it fails, as both resellers pass it on: its codes, then its words.

MiniMax's codes come from its public error table (platform.minimax.io); neither reseller promises to show them.
Codes of the resellers' own belong to their modules. A number counts only where it stands as a code: "1026 px" does not.
"""

from __future__ import annotations

import re
import unicodedata

from bot.models import FailureCode
from bot.providers.refusals.complaints import Complaint
from bot.providers.refusals.phrases import read_words

CODES: dict[str, FailureCode] = {
    "1002": FailureCode.PROVIDER_UNAVAILABLE,  # rate limit
    "1008": FailureCode.PROVIDER_ACCOUNT,  # insufficient balance
    "1026": FailureCode.MODERATION,  # sensitive input
    "1027": FailureCode.MODERATION,  # sensitive output
    "1039": FailureCode.PROVIDER_UNAVAILABLE,  # token limit
    "1041": FailureCode.PROVIDER_UNAVAILABLE,  # connection limit
    "1042": FailureCode.INVALID_REQUEST,  # too many invisible characters
    "2013": FailureCode.INVALID_REQUEST,  # invalid parameters
    "2056": FailureCode.PROVIDER_UNAVAILABLE,  # usage limit of the next hours
}
_EXACT = (FailureCode.PROVIDER_ACCOUNT, FailureCode.MODERATION)

_NUMBER = r"(?P<code>1002|1008|102[67]|1039|104[12]|2013|2056)(?!\d|[.,]\d)"
_NO_MEASURE = (
    r"(?!\s*(?:px|pixels?|x\s*\d|×|\*\s*\d|by \d|of \d|ms\b|s\b|sec|min|hours?|frames?|fps|bytes?|[kmg]i?b\b|%"
    r"|characters?|chars?\b|tokens?|points?\b|dpi|times|[像帧幀秒字次个個毫张張元点點年月日]))"
)
# "code 1026", "status_code=1026", "error: 1026", "错误码1026"
_INTRODUCED = (
    r"\b(?:\w*code|errno|err|error|status|minimax|fail(?:ed|ure)?)s?[\"']?\s*(?:no\.?|number|#)?\s*[:=#(\[]?\s*[\"']?"
    r"|(?:[错錯][误誤]|状态|狀態|返回)?[码碼](?:[:=是为為]|\s)*|[错錯][误誤](?:代[码碼])?[:=]?\s*"
)
# What follows a number that begins a text or a part of it: "1026: input sensitive", "1026 - ...", "1026 error"
_LEADING = r"\s*(?:$|[:|;](?!\s*\d)|,\s*\D|[-–—]+\s*\D|\s(?:error|[错錯][误誤])\b)"
_AS_CODE = re.compile(
    rf"(?:{_INTRODUCED}){_NUMBER}{_NO_MEASURE}"
    + r"|[\[(<【「]\s*" + _NUMBER.replace("code", "closed") + r"\s*[\])>】」]"
    + r"|(?:^|[|;]\s*)" + _NUMBER.replace("code", "first") + _LEADING,
    re.I | re.ASCII,
)  # fmt: skip


def read_failure(complaint: Complaint) -> FailureCode | None:
    """The failure that codes, or else words, speak of; None if they say nothing we know.

    "2013: invalid params, image aspect ratio ..." is read by its words: they are more exact than that code.
    """
    known = {CODES[code] for code in complaint.codes | codes_in(complaint.words) if code in CODES}
    exact = next((failure for failure in _EXACT if failure in known), None)
    return exact or read_words(complaint.words) or next(iter(sorted(known)), None)


def codes_in(text: str) -> frozenset[str]:
    """The numbers of MiniMax's table that stand in a text as codes, not as an amount of anything."""
    text = unicodedata.normalize("NFKC", text).replace("_", " ")
    return frozenset(next(filter(None, found.groups())) for found in _AS_CODE.finditer(text))
