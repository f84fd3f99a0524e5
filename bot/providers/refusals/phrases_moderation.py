"""Words for a request that a content filter stopped; patterns over the plain form of phrases.py."""

from __future__ import annotations

import re


def _any(*patterns: str) -> re.Pattern[str]:
    # ASCII: a Chinese character beside a word does not make it a longer one.
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.ASCII)


_NOT = r"(?:not|\w*n't)"
_POLICY = r"(?:polic(?:y|ies)|guidelines?|standards?|rules?|terms|tos|laws?|regulations?|code of conduct)"
_WHAT = r"(?:content|usage|acceptable use|use|safety|community|moderation|management|responsible ai|ai)"
_CHECKER = (
    r"(?:moderation|content (?:filter|check(?:er)?|safety|moderation|review|inspection)"
    r"|safety (?:check(?:er)?|system|filter)|nsfw (?:check(?:er)?|filter|detector))"
)
_HOST = r"(?: (?:service|api|server|system|endpoint|model|request|backend))?s?"

# The filter itself is out of order, or has not spoken yet: nobody's words are at fault.
CHECKER_TROUBLE = _any(
    rf"\b{_CHECKER}{_HOST} (?:(?:is|was|has|are|currently|temporarily) )*"
    r"(?:unavailable|timed? ?out|timeout|overloaded|down\b|busy|offline|unreachable|not respond\w*|did not respond"
    r"|crashed|not available)",
    r"[审審][核查](?:服[务務]|系[统統]|接口)?(?:暂时|暫時)?(?:不可用|超[时時]|繁忙|[异異]常)",
)

_GUILT = (
    r"(?:content policy|usage polic\w+|polic\w+|moderat\w+|safety(?: \w+)?|sensitiv\w+|nsfw|flagged|inappropriate"
    r"|violat\w+|copyright\w*|prohibited|unsafe|infring\w+|harmful|offensive|nud\w+)"
)
_PASSED = rf"(?:no|{_NOT}|without|never|free of|(?<!not )(?<!n't )(?:passed|passes|passing|cleared))"
_FILLING = r"(?:any|the|a|an|been|our|due to|because of|related to)"

# Said in order to say that it was not so; and words that only look alike.
INNOCENT = _any(
    rf"\b{_PASSED} (?:{_FILLING} )*{_GUILT}(?: content| check\w*| violations?| material)?"
    r"\b(?!.{0,25}\b(?:allowed|permitted|accepted)\b)",
    rf"\b{_GUILT}(?: \w+)?\W{{1,3}}(?:false|passed|ok|none|pass)\b",
    rf"\b(?:nothing|none)\b[^.;|]{{0,40}}\b{_GUILT}[^.;|]{{0,20}}",
    r"\b(?:case|time|latency) sensitive\b|\bsensitive to\b",
    r"(?:大小[写寫]|[时時][间間]|光|[对對].{0,6})敏感(?!词|詞|内容|內容|信息)|敏感度",
    r"\bcopyright(?: \w+)? ?(?:©|\(c\)|\d{4})|(?:©|\(c\)) ?copyright|\bcopyright notice\b|版[权權]所有",
    r"\bcontent security policy\b",
    r"\b(?:cors|security|retention|cache|retry|referrer|rate limit\w*|bucket|iam|backup|scaling) polic(?:y|ies)"
    r"(?: violation)?\b",
    r"(?<![未不没沒])[审審][核查](?:中|已?通[过過]|成功)|(?:正在|等待|待)[审審][核查]",
    r"\bcontent (?:type|length|encoding|disposition|range|md5|hash)\b",
    r"\bflagged as (?:duplicate|slow|read|deprecated|optional|spam)\b",
)

_AGAINST_RULES = (
    rf"\b{_WHAT} (?:polic(?:y|ies)|guidelines?|standards?|rules?|terms)\b",
    rf"\bviolat\w*\b.{{0,60}}\b{_POLICY}\b",
    rf"\b{_POLICY} (?:violations?|violated|breach\w*)\b",
    r"\b(?:breach\w*|against|breaks?|contraven\w+|prohibited by|disallowed by|not allowed (?:by|under)"
    rf"|(?:{_NOT}|fail\w*(?: to)?) (?:comply|compliant|conform|align)\w*(?: with)?)\b.{{0,30}}\b{_POLICY}\b",
    rf"\b(?:{_NOT}|fail\w*(?: to)?) pass(?:ed)?\b.{{0,30}}"
    r"\b(?:review|screening|inspection|safety|content|compliance)\b",
    r"\b(?:copyright\w*|trademark\w*|intellectual property|infring\w+|likeness|celebrit\w+|public figures?"
    r"|real (?:person|people))\b",
)
_SAFETY = (
    r"(?:systems?|filter\w*|check\w*|guidelines?|polic\w+|classifiers?|ratings?|settings?|reasons?|concerns?|violations?"
    r"|standards?|measures?|mechanisms?|guards?|rules?|review\w*|guardrails?|restrictions?|block\w*|thresholds?"
    r"|requirements?|protocols?|controls?|layers?)"
)
_STOPPED = (
    r"(?:blocked|rejected|refused|denied|declined|filtered|stopped|caught|intercepted|censored|removed|withheld"
    r"|suppressed)"
)
_BY_A_FILTER = (
    r"\bmoderat(?:ion|ed|ors?)\b|\bflagged\b|\bsensitive\b|\bnsfw\b|\bnot safe for work\b",
    r"\bunsafe\b(?! (?:thread|url|redirect|port|operation|cast|eval))",
    rf"\bsafety {_SAFETY}\b",
    r"\b(?:for|due to|by|because of) (?:the )?safety\b|\breason\W{1,3}(?:\w+ )?safety\b|^safety$",
    r"\b(?:content|nsfw|profanity|adult|keyword|toxicity|risk|compliance|policy|ethics|legal|prompt)"
    r" (?:check\w*|filter\w*|classifiers?|detect\w*|screen\w*|inspection|censor\w*|guardrails?|guard|shield"
    r"|restrictions?|safety|violations?|warnings?|audit\w*|review\w*|compliance)\b",
    r"\bdata inspection\b|\brisk control\b|\brisky\b|\bhigh risk\b|\btrust (?:and|&) safety\b|\bresponsible ai\b",
    r"\bguardrails?\b|\bsafeguards?\b",
    rf"\b{_STOPPED}\b.{{0,30}}\b(?:safety|censor\w*|content|compliance)\b|\bfiltered (?:due to|because)\b",
    rf"\b(?:prompt|content) (?:\w+ ){{0,3}}?(?:not allowed|not permitted|banned|unacceptable|{_STOPPED})\b"
    r"(?!.{0,30}(?:too (?:long|short)|length|empty|missing|exceed|characters))",
    r"\b(?:can't|cannot|can not|unable to|won't) (?:assist|help|fulfil\w*|comply)(?: you)?(?: with)?"
    r" (?:that|this|your)\b",
    r"\b(?:can't|cannot|can not|unable to|won't|refused to) (?:generate|create|produce|make|depict|render)\b.{0,30}"
    r"\b(?:such|kind of|type of|that|this) (?:content|images?|videos?|material|scenes?)\b",
)
_SUBJECTS = (
    r"\b(?:inappropriate|not appropriate|offensive|harmful|objectionable|obscene|indecent|vulgar|censored|censorship"
    r"|toxic|profanity|profane)\b",
    r"\b(?:adult content|explicit (?:content|material|image\w*)|sexual\w*|nudes?|nudity|porn\w*|erotic\w*|gore|gory"
    r"|violent|violence|hateful|hate speech|self harm|suicide|extremis\w+|terroris\w+"
    r"|child (?:safety|abuse|exploitation)|csam|underage|deep ?fakes?)\b",
    r"\bdisallowed\b(?! (?:param|field|key|method|host|origin|option|value|header))",
    r"\bprohibited\b(?! (?:method|header|host|ip|origin))",
    r"\b(?:forbidden|banned|blocked|restricted|illegal|blacklisted|blocklisted|taboo)"
    r" (?:content|words?|terms?|keywords?|phrases?|prompts?|topics?|text|language|subjects?|material|activit\w+)\b",
    r"\b(?:bad|dirty|foul) (?:content|words?|language)\b",
)
_CHINESE = (
    r"[违違](?:[规規]|禁|法|反)|不合[规規]|法律法[规規]|敏感|涉敏|涉[黄黃政暴恐毒密]|暴恐|色情|裸[露体體]|低俗"
    r"|淫[秽穢]|暴力|血腥|恐怖主[义義]|政治",
    r"[审審][核查]|[机機人初复複終终][审審]|(?:未|没|沒|[过過]不了|不[过過]|未能)(?:通)?[过過]?[审審]",
    r"不[当當](?:内容|內容|言[论論]|信息|用[语語]|[词詞])|不[适適合][当當宜](?:内容|內容)?|不雅|禁止(?:内容|內容|[词詞]|生成)",
    r"(?:不良|有害)(?:信息|内容|內容)",
    r"侵[权權犯]|版[权權]|肖像[权權]?|知[识識][产產][权權]|名人|公[众眾]人物",
    r"[风風](?:控|[险險](?:内容|內容|[词詞]|[检檢][测測]))|屏蔽[词詞]|[过過][滤濾]|[拦攔]截|内容安全|內容安全",
    r"安全(?:[检檢][测測]|[审審]|系[统統]|策略|[规規]|机制|機制|[过過][滤濾]|政策|限制)",
    r"不(?:符合|[满滿]足|遵守).{0,12}(?:政策|[规規][范範定则則]|准则|準則|条款|條款|安全|社[区區]|法律)",
)

MODERATION = _any(*_AGAINST_RULES, *_BY_A_FILTER, *_SUBJECTS, *_CHINESE)
