"""What a status message shows, as it is remembered in the job's row, and what is worth an edit. Pure."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

from bot.models import Job
from bot.outlet import StatusView

PROGRESS_STEP = 50
"""Percent of progress that are worth an edit; in between, the time that was said counts down by itself."""

_SOON_SECONDS = 30
_TOLERANCE = 0.2


def text_key(job: Job, view: StatusView) -> str:
    """What a message that shows this says, in short: equal keys make equal texts."""
    gone = job.deleted_at is not None
    parts = [job.status, job.awaited, job.failure, job.provider, job.result_message_id, gone, asdict(view)]
    return json.dumps(parts, separators=(",", ":"))


def view_in(key: str | None) -> StatusView | None:
    """What was shown beside the job itself; None where nothing is known."""
    try:
        return None if key is None else StatusView(**json.loads(key)[-1])
    except (ValueError, TypeError, IndexError, KeyError):
        return None  # written by another version


def settled(wanted: StatusView, shown: StatusView | None, now: float) -> StatusView:
    """The view to show: what is shown already, as far as it is still right enough.

    A place in line counts down by halves, progress by halves; a time that creeps along is left as it was said.
    """
    if shown is None:
        return wanted
    return replace(
        wanted,
        place=_kept_place(wanted.place, shown.place),
        progress=_kept_progress(wanted.progress, shown.progress),
        expected_at=_kept_time(wanted.expected_at, shown.expected_at, now),
        measured=shown.measured if wanted.expected_at is not None else wanted.measured,
    )


def _kept_place(wanted: int | None, shown: int | None) -> int | None:
    if wanted is None or shown is None or wanted == 1:
        return wanted
    return shown if shown / 2 < wanted <= shown else wanted


def _kept_progress(wanted: int | None, shown: int | None) -> int | None:
    if wanted is None:
        return None
    return max(wanted // PROGRESS_STEP * PROGRESS_STEP, shown or 0) or None


def _kept_time(wanted: int | None, shown: int | None, now: float) -> int | None:
    if wanted is None or shown is None:
        return wanted
    right_enough = abs(wanted - shown) <= max(_SOON_SECONDS, _TOLERANCE * abs(wanted - now))
    return shown if right_enough else wanted
