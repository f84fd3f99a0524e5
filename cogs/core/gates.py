"""What the gates say when they are closed: which one, who can open it, and when it opens by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from cogs.core.quoting import quoted
from cogs.i18n.words import Translation

Facts = Mapping[str, object]


def moment(at: object, style: str = "R") -> str:
    """A Discord timestamp, shown in the reader's own time zone and language; style R counts by itself."""
    return f"<t:{round(float(str(at)))}:{style}>"


def paused(facts: Facts, t: Translation) -> str:
    """New clips are stopped: by whom, since when, and why if they have said so."""
    by, reason = facts["by"], _reason(facts, t)
    who = "somebody" if by is not None else "command_line"
    key = f"refusals.paused.{facts['where']}.{who}"
    return _joined(t(key, who=f"<@{by}>", when=moment(facts["at"])), reason, t("refusals.paused.untouched"))


def blocked(facts: Facts, t: Translation) -> str:
    """A member is blocked: until when, and why."""
    until = facts["until"]
    said = t("refusals.blocked.good") if until is None else t("refusals.blocked.until", until=moment(until))
    return _joined(_theirs(facts, t), said, _reason(facts, t), t("refusals.blocked.ask"))


def struck(facts: Facts, t: Translation) -> str:
    """A provider's filter has stopped too many of their clips."""
    until = moment(facts["until"])
    return _joined(_theirs(facts, t), t("refusals.struck", count=facts["count"], until=until))


def role_needed(facts: Facts, t: Translation) -> str:
    """Only some roles may ask; one that was deleted shows as such by itself."""
    return _joined(_theirs(facts, t), t("refusals.role_needed", roles=_listed(facts, "roles", "<@&{}>")))


def channel_not_allowed(facts: Facts, t: Translation) -> str:
    """Clips are made in other channels."""
    return t("refusals.channel_not_allowed", channels=_listed(facts, "channels", "<#{}>"))


def budget(facts: Facts, t: Translation) -> str:
    """A cap of the server, or of all servers, is reached."""
    cap, resets = facts["cap"], moment(facts["resets_at"])
    said = t(f"refusals.budget.{cap}", left=facts["left"], limit=facts["limit"], price=facts["price"], resets=resets)
    return _joined(said, t("refusals.budget.untouched"))


def too_fast(facts: Facts, t: Translation) -> str:
    """So many requests a minute."""
    said = t("refusals.too_fast", limit=facts["limit"], again=moment(facts["again_at"]))
    return _joined(_theirs(facts, t), said)


def too_much_free_work(facts: Facts, t: Translation) -> str:
    """So many boards and reels an hour."""
    return t("refusals.too_much_free_work", limit=facts["limit"], again=moment(facts["again_at"]))


def word_not_allowed(facts: Facts, t: Translation) -> str:
    """A word on the server's list."""
    return _joined(_theirs(facts, t), t("refusals.word_not_allowed", word=quoted(str(facts["word"]), 60)))


def pattern_not_allowed(facts: Facts, t: Translation) -> str:
    """What meets a pattern of the server's."""
    return _joined(_theirs(facts, t), t("refusals.pattern_not_allowed"))


GATES: Mapping[str, Callable[[Facts, Translation], str]] = {
    "paused": paused,
    "blocked": blocked,
    "struck": struck,
    "role_needed": role_needed,
    "channel_not_allowed": channel_not_allowed,
    "budget": budget,
    "too_fast": too_fast,
    "too_much_free_work": too_much_free_work,
    "word_not_allowed": word_not_allowed,
    "pattern_not_allowed": pattern_not_allowed,
}
"""By the code of the refusal."""


def _theirs(facts: Facts, t: Translation) -> str:
    """Whom it is about, where it may be somebody else."""
    return t("common.about", who=f"<@{facts['user_id']}>") if facts.get("user_id") is not None else ""


def _reason(facts: Facts, t: Translation) -> str:
    reason = str(facts.get("reason") or "")
    return t("common.reason", reason=quoted(reason, 200)) if reason else ""


def _listed(facts: Facts, name: str, written: str) -> str:
    ids = facts[name]
    assert isinstance(ids, Iterable)
    return " ".join(written.format(one) for one in ids)


def _joined(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)
