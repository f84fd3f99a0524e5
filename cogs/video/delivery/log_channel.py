"""Lines of a server's log channel: what its moderators did, and clips that failed. In the server's own language."""

from __future__ import annotations

from collections.abc import Callable

from bot.client.bot import RushesBot
from bot.models import AuditEntry, Job
from cogs.core import texts
from cogs.core.posting import NOBODY, translated
from cogs.core.quoting import quoted
from cogs.i18n.words import ENGLISH, Translation, translation

_EXCERPT = 80

Line = Callable[[Translation], str]
"""A line in a language."""


async def post_line(bot: RushesBot, guild_id: int, channel_id: int, nonce: str, line: Line) -> None:
    """Post one line, which pings nobody. Raises DeliveryError."""
    guild = bot.get_guild(guild_id)
    t = translation(ENGLISH if guild is None else str(guild.preferred_locale))
    with translated(nonce):
        channel = bot.get_partial_messageable(channel_id, guild_id=guild_id)
        await channel.send(f"-# {line(t)}", nonce=nonce[:25], allowed_mentions=NOBODY, suppress_embeds=True)


def audit_line(entry: AuditEntry, t: Translation) -> str:
    """What was done, by whom, to whom; what nobody knows how to say, of a newer version, is named by its code."""
    actor = f"<@{entry.actor_id}>" if entry.actor_id else t("audit.nobody")
    subject = f"<@{entry.subject_id}>" if entry.subject_id else t("audit.nobody")
    facts = {name: _written(name, value, t) for name, value in entry.facts.items()}
    try:
        said = t(f"audit.{entry.action}", actor=actor, subject=subject, **facts)
    except KeyError:
        return f"{actor}: `{entry.action}`"
    reason = str(entry.facts.get("reason") or "")
    return f"{said} {t('common.reason', reason=quoted(reason, 200))}" if reason else said


def failure_line(job: Job, t: Translation) -> str:
    """That a clip came to nothing, whose it was, and why."""
    return t(
        "audit.failed",
        subject=f"<@{job.target.user_id}>",
        place=f"<#{job.target.channel_id}>",
        why=texts.reason(job, t),
        prompt=quoted(job.request.prompt, _EXCERPT),
        job=job.job_id,
    )


def _written(name: str, value: object, t: Translation) -> str:
    if name == "until":
        return t("audit.for_good") if value is None else texts.moment(float(str(value)), "f")
    if name == "credits":
        return texts.credits_(int(str(value)), t)
    if value is None:
        return t("audit.none")
    if isinstance(value, bool):
        return t("audit.on" if value else "audit.off")
    return quoted(str(value), 200)
