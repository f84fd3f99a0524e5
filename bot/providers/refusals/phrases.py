"""What the words of a failure mean, in English and Chinese, whoever passes them on. Codes belong to minimax.py.

Pure. The words are compared in one plain form: lower case, full-width letters made narrow, "contentPolicy_violation"
and "content-policy violation" alike. No single number is read here.
"""

from __future__ import annotations

import re
import unicodedata

from bot.models import FailureCode
from bot.providers.refusals.phrases_account import ACCESS, BALANCE, KEY, QUOTA
from bot.providers.refusals.phrases_moderation import CHECKER_TROUBLE, INNOCENT, MODERATION

_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_JOINERS = re.compile(r"[_\-\u2010-\u2015]+")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'"})


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.ASCII)


# "image to video failed" names the model, not the picture.
_PICTURE = (
    r"\b(?:(?:end|first|last|input|start) )?(?:image|picture|photo|frame)s?(?: url)?\b(?! to video)"
    r"|图[片像]|圖[片像]|[首尾][帧幀图圖]|垫图|墊圖"
)
_PICTURE_TROUBLE = (
    r"\b(?:fetch|download|load|access|reach|retriev|open|decod|corrupt|unsupported|invalid|format|size|ratio"
    r"|dimension|resolution|too (?:large|small|big))"
    r"|下[载載]|加[载載]|[获獲]取|[读讀]取|解[析码碼]|格式|尺寸|大小|比例|分辨率|解析度|[过過][大小]|[损損][坏壞]|[无無]效|不支持"
)
_IMAGE = _any(
    f"(?:{_PICTURE}).{{0,120}}(?:{_PICTURE_TROUBLE})",
    f"(?:{_PICTURE_TROUBLE}).{{0,120}}(?:{_PICTURE})",
)

_RATE = _any(
    r"\brate (?:limit|quota)|\bratelimit|\btoo many (?:requests|concurrent|tasks|jobs|connections)",
    r"\b(?:requests|tokens|calls|tasks|jobs|generations|images|videos|queries)(?: per |/)"
    r"(?:second|sec|minute|min|hour|s\b|m\b)",
    r"\b(?:rpm|tpm|qps|rps)\b|\bconcurren(?:t|cy)\b|\bparallel\b|\bthrottl",
    r"每分[钟鐘]|每秒|[并並併][发發]|[频頻](?:率|[繁次])|限流|限速|[请請]求[过過]多",
)
_BUSY = _any(
    r"\b(?:capacity|overload(?:ed)?|unavailable|high (?:demand|load|traffic)|queue (?:is )?full)\b",
    r"\bno (?:available )?channels?(?: is| are)? ?(?:available)?\b",
    r"\b(?:servers?|system|model|service|upstream) (?:is |are )?(?:too )?busy\b",
    r"繁忙|忙碌|拥[挤堵]|擁[擠堵]|[负負][载載荷](?:已|[过過]|太)|算力(?:不足|[紧緊][张張])|[资資]源[紧緊][张張]|排[队隊]",
    r"服[务務](?:暂|暫)?(?:时|時)?不可用|[无無]可用(?:渠道|通道)",
)
# A wrong key is the reseller's fault, not the user's.
_INVALID = _any(
    r"\binvalid\b(?!.{0,12}\b(?:key|token|credential|signature)\b)|\binvisible char",
    r"\b(?:prompt|text|input)\b.{0,20}\btoo (?:long|short)\b",
    r"\bunsupported (?:duration|resolution|parameter|aspect ratio|model)",
    r"[参參][数數](?:[错錯][误誤]|[无無]效|非法|不合法)|提示[词詞][过過][长長短]",
)


def plain(text: str) -> str:
    """The one form in which words are compared."""
    text = unicodedata.normalize("NFKC", text).translate(_QUOTES)
    text = "".join(character for character in text if unicodedata.category(character) != "Cf")
    return " ".join(_JOINERS.sub(" ", _HUMPS.sub(" ", text)).casefold().split())


def read_words(text: str) -> FailureCode | None:
    """The failure that words speak of, None if they say nothing we know.

    The first reading wins: a text about a sensitive image is moderation, one about an invalid image is the picture's.
    """
    words = plain(text)
    if speaks_of_balance(words):
        return FailureCode.PROVIDER_ACCOUNT
    if CHECKER_TROUBLE.search(words):
        return FailureCode.PROVIDER_UNAVAILABLE
    if MODERATION.search(INNOCENT.sub(" ", words)):
        return FailureCode.MODERATION
    readings = (
        (FailureCode.IMAGE_REJECTED, _IMAGE),
        (FailureCode.PROVIDER_UNAVAILABLE, _RATE),
        (FailureCode.PROVIDER_UNAVAILABLE, _BUSY),
        (FailureCode.INVALID_REQUEST, _INVALID),
    )
    return next((code for code, pattern in readings if pattern.search(words)), None)


def speaks_of_balance(text: str, *, plainly: bool = False) -> bool:
    """Whether money, credits or the plan are used up; a quota that is so much a minute is no such thing.

    `plainly` leaves out the words that stand for a rate as often: "quota exceeded".
    """
    words = plain(text)
    if BALANCE.search(words):
        return True
    return not plainly and bool(QUOTA.search(words)) and not _RATE.search(words)


def speaks_of_key(text: str, *, plainly: bool = False) -> bool:
    """Whether the key, its rights or the account itself is at fault; `plainly` as no edge would say it."""
    words = plain(text)
    return bool(KEY.search(words)) or (not plainly and bool(ACCESS.search(words)))
