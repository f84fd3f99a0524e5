"""What the pages of the panel say, as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.moderation.desk import Posted
from bot.policy.server_rules import ServerRules
from cogs.admin.panel.page import Page
from cogs.core import texts
from cogs.core.quoting import as_many, quoted
from cogs.i18n.words import Translation

_ROOM = 3300
"""Of the 4000 characters that a message has for all its texts: the rest is for its heading and what came of a press."""
_WORDS_SHOWN, _WORDS_ROOM = 30, 2500


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known when a page is drawn: the rules, spending and pauses, and who is blocked."""

    posted: Posted
    spent: tuple[int, int]
    paused: str
    everybodys: int
    blocked: Sequence[str]
    log: Sequence[str]

    @property
    def rules(self) -> ServerRules:
        """The rules in force."""
        return self.posted.rules


def page_text(page: Page, seen: Seen, t: Translation) -> str:
    """What stands on a page, with how many lines there is no room for."""
    lines = _page_lines(page, seen, t)
    shown = as_many(lines, _ROOM)
    return "\n".join([*shown, *([f"-# +{len(lines) - len(shown)}"] if len(shown) < len(lines) else [])])


def _page_lines(page: Page, seen: Seen, t: Translation) -> list[str]:
    rules = seen.rules
    if page is Page.OVERVIEW:
        return _overview(seen, t)
    if page is Page.MEMBERS:
        blocked = [f"**{t('panel.members.blocked')}**", *(f"-# {line}" for line in seen.blocked)]
        return [*_members(seen, t), *_shares(rules, t), *(blocked if seen.blocked else [])]
    if page is Page.PLACES:
        return _places(rules, t)
    if page is Page.BUDGET:
        return [*budget_lines(seen.rules, seen.spent, t), f"-# {t('panel.budget.hint')}"]
    if page is Page.PACE:
        return _pace(rules, t)
    if page is Page.WORDS:
        return [_words(rules, t), *_word_list(rules, t)]
    return [_log(rules, t), *(seen.log or [f"-# {t('panel.log.empty')}"])]


def _overview(seen: Seen, t: Translation) -> list[str]:
    rules = seen.rules
    limited = any((rules.pending, rules.per_minute, rules.free_per_hour is not None, rules.strikes))
    parts = {
        Page.MEMBERS: " · ".join(_members(seen, t)),
        Page.PLACES: " · ".join(_places(rules, t)),
        Page.BUDGET: " · ".join(budget_lines(seen.rules, seen.spent, t)),
        Page.PACE: " · ".join(_pace(rules, t)) if limited else t("panel.usual"),
        Page.WORDS: _words(rules, t),
        Page.LOG: _log(rules, t),
    }
    lines = [f"**{t(f'panel.pages.{page}')}** · {text}" for page, text in parts.items()]
    return [seen.paused or t("panel.pause.none"), *lines]


def _members(seen: Seen, t: Translation) -> list[str]:
    makers = " ".join(f"<@&{role}>" for role in seen.rules.makers)
    who = t("panel.members.only", roles=makers) if makers else t("panel.members.everybody")
    return [who, t("panel.members.daily", credits=texts.credits_(seen.everybodys, t))]


def _shares(rules: ServerRules, t: Translation) -> list[str]:
    shares = sorted(rules.role_credits.items(), key=lambda one: -one[1])
    return [f"-# <@&{role}> · {texts.credits_(share, t)}" for role, share in shares]


def _places(rules: ServerRules, t: Translation) -> list[str]:
    channels = " ".join(f"<#{channel}>" for channel in rules.channels)
    found = [t("panel.places.only", channels=channels) if channels else t("panel.places.everywhere")]
    flags = [t("panel.places.adults")] if rules.age_restricted_only else []
    flags += [t("panel.places.spoilers")] if rules.spoilers else []
    return [*found, *flags]


def budget_lines(rules: ServerRules, spent: Sequence[int], t: Translation) -> list[str]:
    """What has been spent in the day and in the month, and of how much."""
    caps = (("day", rules.daily_budget), ("month", rules.monthly_budget))
    return [
        t(f"panel.budget.{name}_open", used=used)
        if cap is None
        else t(f"panel.budget.{name}", used=used, of=texts.credits_(cap, t))
        for (name, cap), used in zip(caps, spent, strict=True)
    ]


def _pace(rules: ServerRules, t: Translation) -> list[str]:
    limits = (
        ("pending", rules.pending),
        ("per_minute", rules.per_minute),
        ("free_per_hour", rules.free_per_hour),
        ("strikes", rules.strikes),
    )
    return [t(f"panel.pace.{name}", limit=t("panel.usual") if limit is None else limit) for name, limit in limits]


def _words(rules: ServerRules, t: Translation) -> str:
    if not rules.words and not rules.patterns:
        return t("panel.words.none")
    return t("panel.words.counted", words=len(rules.words), patterns=len(rules.patterns))


def _word_list(rules: ServerRules, t: Translation) -> list[str]:
    # Behind a spoiler mark: whoever changes the pace need not read them.
    shown = as_many([quoted(word, 60) for word in (*rules.words, *rules.patterns)[:_WORDS_SHOWN]], _WORDS_ROOM)
    return [f"-# ||{' · '.join(shown)}||" if shown else f"-# {t('panel.words.hint')}"]


def _log(rules: ServerRules, t: Translation) -> str:
    return t("panel.log.none") if rules.log_channel is None else t("panel.log.here", channel=f"<#{rules.log_channel}>")
