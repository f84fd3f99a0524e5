"""The custom ids that tie a button to a job; they outlive a restart because all they need is in them."""

from __future__ import annotations

import re

JOB = r"(?P<job_id>[0-9a-f]{20})"
_CARRIES_JOB = re.compile(rf"rushes:(?P<verb>[a-z]+):{JOB}")


def custom_id(verb: str, job_id: str) -> str:
    """The custom id of a button that does `verb` to a job."""
    return f"rushes:{verb}:{job_id}"


def template(verb: str) -> str:
    """The pattern that custom_id(verb, ...) matches, for DynamicItem."""
    return rf"rushes:{verb}:{JOB}"


def job_of(custom: str, verb: str | None = None) -> str | None:
    """The job id that a custom id carries, with `verb` only that of a button that does it; else None."""
    found = _CARRIES_JOB.fullmatch(custom)
    return found["job_id"] if found and verb in {None, found["verb"]} else None
