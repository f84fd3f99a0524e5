"""Sentences put together: why something did not happen, or what happens now. The catalogues are read in `cogs.i18n.words`.

No text of a provider or an exception is ever shown; they are mapped to a code, and the code to a sentence.
Each sentence says what to do next.
"""

from __future__ import annotations

from bot.errors import Refused
from bot.models import FailureCode, Job, JobStatus
from cogs.i18n.words import Words

TITLES = {"apiframe": "Apiframe", "acedata": "AceData Cloud"}

Facts = dict[str, object]


def refusal(error: Refused, words: Words) -> str:
    """The sentence for a refusal: what is wrong, and what to change."""
    composed = {
        "quota": _quota,
        "too_many_pending": _too_many_pending,
        "option_not_available": _option_not_available,
        "provider_off": _provider_off,
        "provider_unwell": _provider_unwell,
        "missing_permissions": _missing_permissions,
        "too_late_to_cancel": _too_late_to_cancel,
    }.get(error.code)
    if composed is not None:
        return composed(error.facts, words)
    return words(f"refusals.{error.code}", **error.facts)


def failure(job: Job, words: Words) -> str:
    """Why a job ended without a clip in its channel, and what became of its credits."""
    credits_ = words("common.credits_held", count=job.price) if job.kept else credits_back(job, words)
    return f"{reason(job, words)}\n{credits_}"


def reason(job: Job, words: Words) -> str:
    """Why a job ended without a clip."""
    return words(f"failures.{job.failure or FailureCode.PROVIDER_FAILED}")


def credits_back(job: Job, words: Words) -> str:
    """That nothing was charged."""
    return words("common.credits_back", count=job.price)


def credits_(count: int, words: Words) -> str:
    """A number of credits in words."""
    return words("common.credits", count=count)


def moment(at: float, style: str = "R") -> str:
    """A Discord timestamp, shown in the reader's own time zone and language; style R counts by itself."""
    return f"<t:{round(at)}:{style}>"


def spell(seconds: float, words: Words) -> str:
    """A length of time in minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    if minutes:
        return words("common.minutes", minutes=minutes, seconds=rest)
    return words("common.seconds", seconds=rest)


def listed(names: list[str], words: Words) -> str:
    """Names as people list them."""
    if len(names) == 1:
        return names[0]
    first = words("common.list.separator").join(names[:-1])
    return words("common.list.pair", first=first, last=names[-1])


def option(name: str, words: Words) -> str:
    """An option of /video as the command shows it."""
    return f"`{words(f'commands.video.options.{name}.name')}`"


def _quota(facts: Facts, words: Words) -> str:
    price, left, limit = (int(str(facts[name])) for name in ("price", "left", "limit"))
    resets = moment(float(str(facts["resets_at"])))
    if "user_id" in facts:
        who, cost = f"<@{facts['user_id']}>", credits_(price, words)
        return words("refusals.quota.theirs", who=who, credits=cost, left=left, limit=limit, resets=resets)
    if left == 0:
        return words("refusals.quota.nothing", credits=credits_(limit, words), resets=resets)
    return words("refusals.quota.short", credits=credits_(price, words), left=left, limit=limit, resets=resets)


def _too_many_pending(facts: Facts, words: Words) -> str:
    if facts["user_id"] is None:
        return words("refusals.too_many_pending.yours", limit=facts["limit"])
    return words("refusals.too_many_pending.theirs", who=f"<@{facts['user_id']}>", limit=facts["limit"])


def _option_not_available(facts: Facts, words: Words) -> str:
    missing, able, provider = facts["options"], facts["providers"], facts["provider"]
    assert isinstance(missing, list)
    assert isinstance(able, list)
    options = listed([option(name, words) for name in missing], words)
    if able:
        hint = words("refusals.option_not_available.leave_out_or_let", able=able[0])
    else:
        hint = words("refusals.option_not_available.leave_out", options=options)
    if provider:
        return words("refusals.option_not_available.here", provider=provider, options=options, hint=hint)
    return words("refusals.option_not_available.anywhere", options=options, hint=hint)


def _provider_off(facts: Facts, words: Words) -> str:
    name = str(facts["provider"])
    return words("refusals.provider_off", provider=TITLES.get(name, name))


def _provider_unwell(facts: Facts, words: Words) -> str:
    provider, retry_at = facts["provider"], facts["retry_at"]
    when = moment(float(str(retry_at))) if retry_at is not None else words("refusals.provider_unwell.soon")
    if provider:
        return words("refusals.provider_unwell.this", provider=provider, when=when)
    return words("refusals.provider_unwell.every", when=when)


def _missing_permissions(facts: Facts, words: Words) -> str:
    names = facts["permissions"]
    assert isinstance(names, list)
    bold = [f"**{permission(name, words)}**" for name in names]
    return words("refusals.missing_permissions", permissions=listed(bold, words))


def permission(name: str, words: Words) -> str:
    """A permission, given by its English name, as Discord calls it in this language."""
    return words(f"common.permissions.{name.lower().replace(' ', '_')}")


def _too_late_to_cancel(facts: Facts, words: Words) -> str:
    if not facts["awaited"]:
        return words("refusals.too_late_to_cancel.stopped")
    if facts["status"] == JobStatus.DELIVERING:
        return words("refusals.too_late_to_cancel.delivering")
    return words("refusals.too_late_to_cancel.ended")
