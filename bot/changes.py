"""What may be changed of a row, by name and type, so that the type checker finds a misspelled column. No query."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from bot.models import FailureCode, JobStatus


class JobChanges(TypedDict, total=False):
    """Columns of a job that a transition may write beside the new status; each as in models.Job."""

    provider: str
    due_at: float
    result_message_id: int | None
    image_urls: tuple[str, ...]
    task_id: str | None
    webhook_base: str | None
    webhook_hash: str | None
    video_url: str | None
    failure: FailureCode | None
    attempts: int
    strikes: int
    link_refreshed: bool
    submitting_at: float | None
    submitted_at: float | None
    rendered_at: float | None
    posting_at: float | None
    ended_at: float | None
    cancelled_at: float | None
    turn_at: float | None
    provider_cost: float | None


class JobMove(JobChanges, total=False):
    """The same with the status itself, which bot.jobs.transitions alone decides about."""

    status: JobStatus


class AssemblyChanges(TypedDict, total=False):
    """Columns of an assembly that may be changed; each as in models.Assembly. bot.assemblies.state makes a `state`."""

    state: Mapping[str, Any]
    due_at: float | None
    message_id: int | None
    posting_at: float | None
    attempts: int
    ended_at: float | None
