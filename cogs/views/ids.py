"""The custom ids that tie a button to a job; they outlive a restart because all they need is in them."""

from __future__ import annotations

import re

JOB = r"(?P<job_id>[0-9a-f]{20})"
_CARRIES_JOB = re.compile(rf"rushes:[a-z]+:{JOB}")


def custom_id(verb: str, job_id: str) -> str:
    """The custom id of a button that does `verb` to a job."""
    return f"rushes:{verb}:{job_id}"


def template(verb: str) -> str:
    """The pattern that custom_id(verb, ...) matches, for DynamicItem."""
    return rf"rushes:{verb}:{JOB}"


def job_of(custom: str) -> str | None:
    """The job id that a custom id carries, or None when it is not one of ours."""
    found = _CARRIES_JOB.fullmatch(custom)
    return found["job_id"] if found else None
