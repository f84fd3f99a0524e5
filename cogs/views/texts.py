"""The catalogue: every sentence that tells somebody why something did not happen, or what happens now.

No text of a provider or an exception is ever shown; they are mapped to a code, and the code to a sentence here.
Each sentence says what to do next.
"""

from __future__ import annotations

from bot.errors import Refused
from bot.models import FailureCode, Job, JobStatus

TITLES = {"apiframe": "Apiframe", "acedata": "AceData Cloud"}

OPTION_NAMES = {
    "resolution": "`resolution`",
    "duration": "`duration`",
    "end_image": "`end_image`",
    "optimize_prompt": "`optimize_prompt`",
}

FAILURES: dict[FailureCode, str] = {
    FailureCode.MODERATION: "The provider's content filter stopped this one. Change the wording or the picture and try again.",
    FailureCode.INVALID_REQUEST: "The provider did not accept this request. Try a shorter or plainer prompt.",
    FailureCode.IMAGE_REJECTED: "The provider could not use the picture. Try another one, saved as PNG or JPEG.",
    FailureCode.PROVIDER_FAILED: "The provider could not finish this clip. Trying again usually helps.",
    FailureCode.PROVIDER_UNAVAILABLE: "The provider has no capacity just now. Try again in a few minutes.",
    FailureCode.PROVIDER_ACCOUNT: "The provider turned the bot's account away. Its owner has been told; try the other provider meanwhile.",
    FailureCode.TIMED_OUT: "The provider is taking far longer than usual. If the clip turns up after all, it will be posted here.",
    FailureCode.OUTCOME_UNKNOWN: "The provider's answer was lost, so nobody can say whether it started. Nothing was paid twice; please try again.",
    FailureCode.TASK_LOST: "The provider no longer knows this clip. Please try again.",
    FailureCode.CLIP_LOST: "The provider's link to the finished clip no longer works. Please try again.",
    FailureCode.CLIP_UNUSABLE: "What the provider sent is not a video that plays. Please try again.",
    FailureCode.CHANNEL_GONE: "The clip is finished, but it could not be posted here. Fetch it with `/jobs` within seven days.",
    FailureCode.QUARANTINED: "The bot had to start again three times while working on this one, so it was put aside.",
    FailureCode.IMAGES_LOST: "The pictures of this request are no longer there. Please attach them again.",
}

_REFUSALS: dict[str, str] = {
    "prompt_empty": "Please write a prompt: what should the clip show?",
    "prompt_too_long": "That prompt has {length} characters; the limit is {limit}. Please shorten it.",
    "no_ten_seconds_at_1080p": "1080p clips last 6 seconds at most. Choose `duration: 6`, or `resolution: 768p` for 10 seconds.",
    "end_image_needs_image": "An `end_image` needs an `image` to start from. Attach both, or only `image`.",
    "image_type": "That is not a PNG, JPEG or WebP picture, whatever its name says. Please attach one of those.",
    "image_too_large": "That picture has {megabytes} MB; the limit is {limit_megabytes} MB. Please attach a smaller one.",
    "image_too_small": "That picture is {width}×{height}; its short side needs at least {minimum} pixels.",
    "image_too_many_pixels": "That picture is {width}×{height}, which is too large to work with. Please scale it down.",
    "image_aspect": "That picture is {width}×{height}, too long and thin. Crop it to between 2:5 and 5:2.",
    "image_broken": "That picture is damaged and cannot be read. Please save it again and attach the new file.",
    "image_gone": "Discord did not hand the picture over. Please run the command again and attach it once more.",
    "picture_not_kept": "The pictures of that clip are no longer kept. Please run `/video` and attach them again.",
    "no_such_job": "There is no such clip in this server.",
    "not_yours": "Only the person who asked for it, or a moderator, can do that.",
    "credits_out_of_range": "Credits must be between {least} and {most}.",
    "clip_not_kept": "This clip is no longer kept here.",
    "server_only": "This works in a server's channels only.",
    "needs_manage_server": "You need the *Manage Server* permission for that.",
}


def refusal(error: Refused) -> str:
    """The sentence for a refusal: what is wrong, and what to change."""
    facts = error.facts
    composed = {
        "quota": _quota,
        "option_not_available": _option_not_available,
        "provider_off": _provider_off,
        "provider_unwell": _provider_unwell,
        "missing_permissions": _missing_permissions,
        "too_late_to_cancel": _too_late_to_cancel,
    }.get(error.code)
    return composed(facts) if composed is not None else _REFUSALS[error.code].format(**facts)


def failure(job: Job) -> str:
    """Why a job ended without a clip, and that its credits are back."""
    reason = FAILURES[job.failure or FailureCode.PROVIDER_FAILED]
    return f"{reason}\n{credits_back(job)}"


def credits_back(job: Job) -> str:
    """That nothing was charged."""
    return f"Your {credits_(job.price)} {'is' if job.price == 1 else 'are'} back."


def credits_(count: int) -> str:
    """A number of credits in words."""
    return f"{count} credit" if count == 1 else f"{count} credits"


def moment(at: float, style: str = "R") -> str:
    """A Discord timestamp, shown in the reader's own time zone; style R counts by itself."""
    return f"<t:{round(at)}:{style}>"


def _quota(facts: dict[str, object]) -> str:
    price, left, limit = int(str(facts["price"])), int(str(facts["left"])), facts["limit"]
    resets = moment(float(str(facts["resets_at"])))
    if left == 0:
        share = credits_(int(str(limit)))
        return (
            f"Nothing is left of your {share} for today: used up, or held by clips in progress. New ones come {resets}."
        )
    return f"This clip costs {credits_(price)} and you have {left} of {limit} left today. New ones come {resets}."


def _option_not_available(facts: dict[str, object]) -> str:
    options = facts["options"]
    able = facts["providers"]
    assert isinstance(options, list)
    assert isinstance(able, list)
    names = " and ".join(OPTION_NAMES[name] for name in options)
    who = f"{facts['provider']} has" if facts["provider"] else "No provider here has"
    hint = f"Leave it out, or let {able[0]} make it." if able else f"Leave out {names}."
    return f"{who} no {names} option. {hint}"


def _provider_off(facts: dict[str, object]) -> str:
    name = str(facts["provider"])
    return f"{TITLES.get(name, name)} is not switched on here. Choose another provider, or leave the choice to `auto`."


def _provider_unwell(facts: dict[str, object]) -> str:
    who = str(facts["provider"] or "Every provider that could do this")
    retry_at = facts["retry_at"]
    when = moment(float(str(retry_at))) if retry_at is not None else "in a few minutes"
    return f"{who} is having trouble just now. Nothing was spent. Please try again {when}."


def _missing_permissions(facts: dict[str, object]) -> str:
    names = facts["permissions"]
    assert isinstance(names, list)
    return f"I cannot post clips in this channel: I need {_listed(names)} here. Please ask a moderator to allow that."


def _too_late_to_cancel(facts: dict[str, object]) -> str:
    if facts["status"] == JobStatus.DELIVERING:
        return "Too late to cancel: the clip is finished and on its way into the channel."
    return "There is nothing left to cancel: this one has ended already."


def _listed(names: list[str]) -> str:
    bold = [f"**{name}**" for name in names]
    return bold[0] if len(bold) == 1 else f"{', '.join(bold[:-1])} and {bold[-1]}"
