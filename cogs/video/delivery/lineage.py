"""Where a clip comes from: which clip it was made from, and which of several takes it is."""

from __future__ import annotations

from dataclasses import dataclass

from bot.models import Job
from cogs.i18n.words import Translation


@dataclass(frozen=True, slots=True)
class Lineage:
    """What a job's own row does not say: where its parent's clip is, unless that is gone; and of several takes, which
    one it is and how many there are."""

    parent_url: str | None = None
    take: tuple[int, int] | None = None


ALONE = Lineage()


def lineage_words(job: Job, lineage: Lineage, t: Translation) -> list[str]:
    """The same in words, with a link; nothing for a clip that stands alone."""
    found = []
    if lineage.take is not None:
        number, takes = lineage.take
        found.append(t("clip.take", number=number, takes=takes))
    if job.relation is not None:
        if lineage.parent_url is None:
            found.append(t(f"clip.lineage.{job.relation}.gone"))
        else:
            found.append(t(f"clip.lineage.{job.relation}.linked", url=lineage.parent_url))
    return found
