"""Words for an account without money, and for a key that does not open; patterns over the plain form of phrases.py."""

from __future__ import annotations

import re


def _any(*patterns: str) -> re.Pattern[str]:
    # ASCII: a Chinese character beside a word does not make it a longer one.
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.ASCII)


_SPENT = (
    r"(?:insufficient|not (?:be )?(?:sufficient|enough)|isn't (?:sufficient|enough)|inadequate|exhausted|depleted"
    r"|used up|run out|ran out|running out|too low|negative|overdrawn|empty|zero|below (?:the )?(?:minimum|required)"
    r"|expired|deficit)"
)
_COINS = r"(?:balance|credits?|funds?|points|coins|wallet)"
_MORE = r"(?:credits?|funds|money|coins|points|balance)"
_CAP = r"(?:billing|spend(?:ing)?|budget|credit)"
# 余额, 额度, 配额, 积分, 点数, 资源包 ... and their traditional forms.
_ZH_MONEY = (
    r"(?:[余餘][额額]|[额額]度|配[额額]|[积積]分|[点點][数數]|[资資]源包|流量包|金[币幣]|[钱錢]包|[费費]用|金[额額]"
    r"|套餐|[账帳賬][户戶号號])"
)
_ZH_SPENT = (
    r"(?:不足|不[够夠]|用完|用[尽盡光]|耗[尽盡光]|[为為] ?(?:0|零)|超[限出额額]|透支|欠[费費款]|[没沒]有(?:了|余|剩)"
    r"|枯竭|告[罄急]|已?[过過到]期|[冻凍][结結]|停用|封禁)"
)

BALANCE = _any(
    rf"\b{_SPENT}\b.{{0,20}}\b(?:{_COINS}|money)\b(?! (?:card|note|union))",
    rf"(?<!white )\b{_COINS}\b(?! (?:card|roll)).{{0,40}}\b{_SPENT}\b",
    r"\b(?:out of|no (?:more |remaining |available )?|not enough|lacks?|lacking|without enough|zero|0"
    rf"|(?:not|\w+n't) have (?:enough|any|sufficient))\s*(?:\w+ )?{_MORE}\b(?! roll)",
    r"\b(?:more|additional) (?:credits|funds) (?:is |are )?(?:required|needed)\b|\bcredits required\b|\btop up\b",
    rf"\b(?:needs?|requires?|add) more {_MORE}\b|\bcan(?:not|'t| only| not) afford\b",
    r"\bpayment (?:is )?required\b|\barrears?\b|\barrearage\b|\blow balance\b",
    r"\b(?:unpaid|overdue|past due) (?:invoice|bill|balance|payment|account)",
    r"\b(?:invoice|bill|payment|account) (?:is |has )?(?:unpaid|overdue|past due)",
    rf"\b(?:{_CAP}|usage) (?:hard |soft |cap |monthly )?(?:limit|cap)\b.{{0,20}}\b(?:reached|exceeded|hit)\b",
    rf"\b(?:exceeded|reached|hit|over)\b.{{0,20}}\b{_CAP} (?:hard |soft )?(?:limit|cap)\b",
    r"\b(?:check|update) your (?:plan|billing)|\bbilling (?:not active|inactive|issue|details)",
    r"\b(?:please |must |need to )(?:recharge|add (?:funds|credits|money)|buy (?:more|credits)"
    r"|purchase (?:more )?credits)\b",
    r"\baccount (?:overdue|in arrears|balance (?:is )?(?:low|0))\b",
    rf"{_ZH_MONEY}.{{0,10}}{_ZH_SPENT}",
    rf"(?:{_ZH_SPENT}|[没沒]有足[够夠]的?|缺少).{{0,4}}(?:[余餘][额額]|[额額]度|配[额額]|[积積]分|[点點][数數]|金[币幣])",
    r"欠[费費]|拖欠|充值后|充值後",
    r"[请請](?:及[时時]|先|尽快|盡快|前往|到|您|你)?.{0,4}(?:充值|[续續][费費]|[储儲]值|加值|[缴繳][费費])",
)

# Words that stand for a rate as often; phrases.py tells the two apart.
_PLAN = r"(?:quota|allowance|plan limit|usage limit|subscription)"
QUOTA = _any(
    rf"\b{_PLAN}\b.{{0,40}}\b(?:{_SPENT}|exceeded|reached|hit|over)\b",
    rf"\b(?:{_SPENT}|exceeded|exceeds|exceeding|reached|hit|over|out of|no (?:more |remaining )?|not enough)"
    rf"\s.{{0,30}}\b{_PLAN}\b",
)

_KEYS = r"(?:api ?keys?|access ?keys?|(?:access |auth\w* |bearer )?tokens?|credentials?|signature|secret)"
# Said of a key or an account by whoever keeps the accounts; no edge in between speaks so.
KEY = _any(
    rf"\b(?:invalid|incorrect|wrong|expired|revoked|disabled|inactive|unknown|malformed|deleted)\b.{{0,16}}\b{_KEYS}\b",
    rf"\b{_KEYS}\b.{{0,24}}\b(?:invalid|incorrect|wrong|expired|revoked|disabled|inactive|not (?:found|valid|active)"
    r"|deleted|suspended|lacks?)\b",
    r"\b(?:account|team|organi[sz]ation|user|application|workspace|project|subscription)\b.{0,24}\b(?:suspended"
    r"|disabled|banned|blocked|locked|frozen|deactivated|inactive|restricted|terminated|closed|flagged|not active)\b",
    r"\b(?:disabled|not enabled|not available|not included)\b.{0,20}"
    r"\b(?:team|plan|account|organi[sz]ation|subscription)\b",
    r"[账帳賬][号號户戶].{0,8}(?:停用|[冻凍][结結]|封禁|禁用|[异異]常|[锁鎖]定)",
    r"(?:密[钥鑰]|令牌|鉴权|鑑權).{0,8}(?:[无無]效|[错錯][误誤]|[过過]期|失[败敗])",
)

# An edge may say these as well, so they count only in the provider's own JSON.
ACCESS = _any(
    r"\b(?:unauthori[sz]ed|unauthenticated|authentication|authori[sz]ation (?:failed|required))\b",
    r"\b(?:permissions?|scopes?|access (?:is )?denied)\b",
    r"\bnot (?:authori[sz]ed|permitted to (?:use|access)|allowed to (?:use|access)|subscribed)\b",
    r"\b(?:missing|no|required)\b.{0,16}\b(?:api ?key|token|credentials?)\b",
    r"未授[权權]|[权權]限不足|[无無没沒]有?[权權]限",
)
