"""Rows of `jobs` as jobs, and back. No query belongs here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import select

from bot.models import FailureCode, Job, JobStatus, Picture, Relation, ReplyTarget, Resolution, VideoRequest
from bot.storage.tables import jobs
from bot.text.folding import fold

_OWN = tuple(name for name in Job.__slots__ if name not in {"request", "target"})
_NAMES = (*_OWN, *VideoRequest.__slots__, *ReplyTarget.__slots__)

JOBS = select(*(jobs.c[name] for name in _NAMES))
"""What to select for to_job(), to be narrowed down; whatever else is wanted of a row is added after its columns."""


def columns(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Changes of a job as they are written."""
    return {name: list(value) if name == "image_urls" else value for name, value in changes.items()}


def to_row(job: Job) -> dict[str, Any]:
    """A new job as a row."""
    row = {name: getattr(job, name) for name in _OWN}
    extra = {"folded": fold(job.request.prompt), "trail": _footprint(job, job.created_at)}
    return columns(row | asdict(job.request) | asdict(job.target) | extra)


def moved_on(before: Job, after: Job, at: float) -> str:
    """What a transition adds to a job's trail: nothing for one that changes neither status, provider nor failure."""
    same = (before.status, before.provider, before.failure) == (after.status, after.provider, after.failure)
    return "" if same else _footprint(after, at)


def _footprint(job: Job, at: float) -> str:
    """One line of a trail: when, which status, at which provider, and which failure, if any."""
    return f"{at:.3f} {job.status} {job.provider} {job.failure or ''}".rstrip() + "\n"


def to_job(row: Sequence[Any]) -> Job:
    """A row that begins with the columns of JOBS as a job."""
    found = dict(zip(_NAMES, row, strict=False))
    own = {name: found[name] for name in _OWN}
    own["status"] = JobStatus(own["status"])
    own["failure"] = FailureCode(own["failure"]) if own["failure"] else None
    own["relation"] = Relation(own["relation"]) if own["relation"] else None
    own["image_urls"] = tuple(own["image_urls"])
    first, last, resolution = found["first_frame"], found["last_frame"], found["resolution"]
    request = VideoRequest(
        prompt=found["prompt"],
        resolution=Resolution(resolution) if resolution else None,
        duration_seconds=found["duration_seconds"],
        optimize_prompt=found["optimize_prompt"],
        first_frame=Picture(**first) if first else None,
        last_frame=Picture(**last) if last else None,
        hidden=found["hidden"],
    )
    return Job(request=request, target=ReplyTarget(*row[_TARGET]), **own)


_TARGET = slice(len(_OWN) + len(VideoRequest.__slots__), len(_NAMES))
