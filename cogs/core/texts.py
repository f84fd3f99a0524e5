"""Sentences put together: why something did not happen, or what happens now. The catalogues are read in `cogs.i18n.words`.

No text of a provider or an exception is ever shown; they are mapped to a code, and the code to a sentence.
Each sentence says what to do next.
"""

from __future__ import annotations

from bot.errors import Refused
from bot.models import FailureCode, Job, JobStatus, ReplyTarget
from cogs.core.gates import GATES
from cogs.core.gates import moment as moment
from cogs.i18n.words import Translation

TITLES = {"apiframe": "Apiframe", "acedata": "AceData Cloud"}

Facts = dict[str, object]


def refusal(error: Refused, t: Translation) -> str:
    """The sentence for a refusal: what is wrong, and what to change."""
    composed = {
        "quota": _quota,
        "too_many_pending": _too_many_pending,
        "option_not_available": _option_not_available,
        "provider_off": _provider_off,
        "provider_unwell": _provider_unwell,
        "missing_permissions": _missing_permissions,
        "too_late_to_cancel": _too_late_to_cancel,
    }.get(error.code) or GATES.get(error.code)
    if composed is not None:
        return composed(error.facts, t)
    return t(f"refusals.{error.code}", **error.facts)


def failure(job: Job, t: Translation) -> str:
    """Why a job ended without a clip in its channel, and what became of its credits."""
    credits_ = t("common.credits_held", count=job.price) if job.kept else credits_back(job, t)
    return f"{reason(job, t)}\n{credits_}"


def reason(job: Job, t: Translation) -> str:
    """Why a job ended without a clip."""
    return t(f"failures.{job.failure or FailureCode.PROVIDER_FAILED}")


def credits_back(job: Job, t: Translation) -> str:
    """That nothing was charged."""
    return t("common.credits_back", count=job.price)


def credits_(count: int, t: Translation) -> str:
    """A number of credits in words."""
    return t("common.credits", count=count)


def jump_url(target: ReplyTarget, message_id: int | None) -> str:
    """The address of a message in the channel that somebody asked in."""
    return f"https://discord.com/channels/{target.guild_id}/{target.channel_id}/{message_id}"


def clip_jump_url(job: Job) -> str:
    """The address of the message that brought a clip."""
    return jump_url(job.target, job.result_message_id)


def spell(seconds: float, t: Translation) -> str:
    """A length of time in minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    if minutes:
        return t("common.minutes", minutes=minutes, seconds=rest)
    return t("common.seconds", seconds=rest)


def listed(names: list[str], t: Translation) -> str:
    """Names as people list them."""
    if len(names) == 1:
        return names[0]
    first = t("common.list.separator").join(names[:-1])
    return t("common.list.pair", first=first, last=names[-1])


def option(name: str, t: Translation) -> str:
    """An option of /video as the command shows it."""
    return f"`{t(f'commands.video.options.{name}.name')}`"


def _quota(facts: Facts, t: Translation) -> str:
    price, left, limit = (int(str(facts[name])) for name in ("price", "left", "limit"))
    resets = moment(float(str(facts["resets_at"])))
    if "user_id" in facts:
        who, cost = f"<@{facts['user_id']}>", credits_(price, t)
        return t("refusals.quota.theirs", who=who, credits=cost, left=left, limit=limit, resets=resets)
    if left == 0:
        return t("refusals.quota.nothing", credits=credits_(limit, t), resets=resets)
    return t("refusals.quota.short", credits=credits_(price, t), left=left, limit=limit, resets=resets)


def _too_many_pending(facts: Facts, t: Translation) -> str:
    if facts.get("user_id") is None:
        return t("refusals.too_many_pending.yours", limit=facts["limit"])
    return t("refusals.too_many_pending.theirs", who=f"<@{facts['user_id']}>", limit=facts["limit"])


def _option_not_available(facts: Facts, t: Translation) -> str:
    missing, able, provider = facts["options"], facts["providers"], facts["provider"]
    assert isinstance(missing, list)
    assert isinstance(able, list)
    options = listed([option(name, t) for name in missing], t)
    if able:
        hint = t("refusals.option_not_available.leave_out_or_let", able=able[0])
    else:
        hint = t("refusals.option_not_available.leave_out", options=options)
    if provider:
        return t("refusals.option_not_available.here", provider=provider, options=options, hint=hint)
    return t("refusals.option_not_available.anywhere", options=options, hint=hint)


def _provider_off(facts: Facts, t: Translation) -> str:
    name = str(facts["provider"])
    return t("refusals.provider_off", provider=TITLES.get(name, name))


def _provider_unwell(facts: Facts, t: Translation) -> str:
    provider, retry_at = facts["provider"], facts["retry_at"]
    when = moment(float(str(retry_at))) if retry_at is not None else t("refusals.provider_unwell.soon")
    if provider:
        return t("refusals.provider_unwell.this", provider=provider, when=when)
    return t("refusals.provider_unwell.every", when=when)


def _missing_permissions(facts: Facts, t: Translation) -> str:
    names = facts["permissions"]
    assert isinstance(names, list)
    bold = [f"**{permission(name, t)}**" for name in names]
    return t("refusals.missing_permissions", permissions=listed(bold, t))


def permission(name: str, t: Translation) -> str:
    """A permission, given by its English name, as Discord calls it in this language."""
    return t(f"common.permissions.{name.lower().replace(' ', '_')}")


def _too_late_to_cancel(facts: Facts, t: Translation) -> str:
    if not facts["awaited"]:
        return t("refusals.too_late_to_cancel.stopped")
    if facts["status"] == JobStatus.DELIVERING:
        return t("refusals.too_late_to_cancel.delivering")
    return t("refusals.too_late_to_cancel.ended")
