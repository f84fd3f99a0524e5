"""What the overview and the result of a brainstorm have in common: what is known of it, and how clips are lined up.

All messages of a brainstorm speak the language of whoever began it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.assemblies.brainstorm import Brainstorm, Take
from bot.models import Job
from cogs.core.texts import clip_jump_url
from cogs.i18n.words import Translation

ENDED_COLOUR = 0x2E8B57
_TEXT_LIMIT = 3800
"""Of the 4000 characters that a message has for all its texts."""
_EXCERPTS = (300, 160, 90, 40)


@dataclass(frozen=True, slots=True)
class Seen:
    """What is shown beside the brainstorm itself; `price` is what one take costs."""

    jobs: Sequence[Job] = ()
    votes: Mapping[str, int] | None = None
    price: int = 0

    def votes_of(self, job: Job) -> int:
        """How many the clip of a job has."""
        return (self.votes or {}).get(job.job_id, 0)


def is_hidden(storm: Brainstorm) -> bool:
    """Whether what shows the picture is hidden as a spoiler."""
    return storm.picture is not None and storm.picture.spoiler


def owner_of(take: Take, t: Translation) -> str:
    """Whose take it is; that of a member who was erased is nobody's."""
    return f"<@{take.owner}>" if take.owner else t("brainstorm.nobody")


def votes_and_link(job: Job, seen: Seen, t: Translation) -> str:
    """How many votes a clip has, and where it is."""
    votes = t("brainstorm.votes", count=seen.votes_of(job))
    return f"{votes} · {t('brainstorm.result.clip', jump=clip_jump_url(job))}"


def fitting(lines: Callable[[int], list[str]], used: int) -> list[str]:
    """The lines with excerpts as long as the message allows."""
    for excerpt in _EXCERPTS:
        found = lines(excerpt)
        if used + sum(len(line) + 1 for line in found) <= _TEXT_LIMIT:
            break
    return found
