"""One's own jobs as a list: what became of each, the button that still makes sense, and a link to the clip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from discord import ui

from bot.jobs.transitions import is_cancellable
from bot.models import HistoryFilters, Job, JobStatus
from cogs.core import texts
from cogs.core.components import PersistentItem
from cogs.core.quoting import quoted
from cogs.gallery.pages import turns
from cogs.i18n.words import Translation
from cogs.video import buttons

TEMPLATE = r"rushes:history-[pn]:(?P<page>\d{1,6}):(?P<status>[a-z]*):(?P<pictures>[a-z]*):(?P<search>(?s:.*))"
SEARCH_LENGTH = 50
"""What fits into a custom id together with the rest, each character counted as UTF-16 does: up to two."""

STATUSES: dict[str, frozenset[JobStatus]] = {
    "running": frozenset({JobStatus.QUEUED, JobStatus.SUBMITTING, JobStatus.RENDERING, JobStatus.DELIVERING}),
    "delivered": frozenset({JobStatus.DELIVERED}),
    "kept": frozenset({JobStatus.PARKED}),
    "failed": frozenset({JobStatus.FAILED, JobStatus.UNKNOWN}),
    "cancelled": frozenset({JobStatus.CANCELLED}),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a history is wanted, small enough for the buttons that turn its pages; empty ones want all."""

    search: str = ""
    status: str = ""
    pictures: str = ""
    page: int = 0

    @property
    def filters(self) -> HistoryFilters:
        """The same as the library takes it."""
        return HistoryFilters(
            words=tuple(self.search.split()),
            statuses=STATUSES.get(self.status, frozenset()),
            pictures={"with": True, "without": False}.get(self.pictures),
        )

    def custom_id(self, way: str, page: int) -> str:
        """The custom id of a button that turns to another page of the same."""
        return f"rushes:history-{way}:{page}:{self.status}:{self.pictures}:{self.search}"


def shortened(search: str) -> str:
    """A search as it is kept: single blanks, and no longer than a custom id bears."""
    line = " ".join(search.split())
    while len(line.encode("utf-16-le")) // 2 > SEARCH_LENGTH:
        line = line[:-1]
    return line.strip()


def history_layout(
    asked: Asked, jobs: Sequence[Job], pages: int, button: type[PersistentItem], t: Translation
) -> ui.LayoutView:
    """One page of a history."""
    facts = [t("jobs.history.order")]
    if asked.search:
        facts.append(t("jobs.history.search", search=quoted(asked.search)))
    if pages > 1:
        facts.append(t("gallery.page", page=asked.page + 1, pages=pages))
    row = turns(button, t, asked.page, pages, asked.custom_id)
    return listing(f"{t('jobs.history.heading')}\n-# {' · '.join(facts)}", jobs, t, row)


def listing(heading: str, jobs: Sequence[Job], t: Translation, row: ui.ActionRow[Any] | None = None) -> ui.LayoutView:
    """Jobs below each other, each with what can still be done about it."""
    layout = ui.LayoutView(timeout=None)
    layout.add_item(ui.TextDisplay(heading))
    for job in jobs:
        button = job_button(job, t)
        text = ui.TextDisplay[ui.LayoutView](job_line(job, t))
        layout.add_item(ui.Section(text, accessory=button) if button is not None else text)
    if row is not None:
        layout.add_item(row)
    return layout


_TOLD_WHY = frozenset({JobStatus.FAILED, JobStatus.UNKNOWN, JobStatus.PARKED})
"""Where the failure of a job is the reason that it is there, and not what is being tried again."""


def job_button(job: Job, t: Translation) -> buttons.JobButton | None:
    """What can still be done about a job."""
    if is_cancellable(job):
        return buttons.CancelButton.of(job.job_id, t)
    if job.kept or (job.status is JobStatus.DELIVERED and job.deleted_at is None):
        return buttons.SendButton.of(job.job_id, t)
    return None


def job_line(job: Job, t: Translation) -> str:
    """A job in two or three lines."""
    line = f"{quoted(job.request.prompt, 80)}\n-# {_state(job, t)} · {texts.moment(job.created_at)}"
    if job.result_message_id is not None and job.deleted_at is None:
        line += f" · {t('gallery.jump', jump=texts.clip_jump_url(job))}"
    if job.failure is not None and job.status in _TOLD_WHY:
        line += f"\n-# {texts.reason(job, t)}"
    return line


def _state(job: Job, t: Translation) -> str:
    if job.deleted_at is not None:
        return t("jobs.history.deleted" if job.status is JobStatus.DELIVERED else "jobs.history.expired")
    if not job.awaited and job.status in STATUSES["running"]:
        return t("jobs.cancelled.stopped")
    if not job.awaited and job.kept:
        return t("jobs.cancelled.kept")
    return t(f"jobs.states.{job.status}")
