"""The trail of a job: every transition with its time, as its row keeps it. Pure."""

from __future__ import annotations

from typing import NamedTuple

from bot.models import FailureCode, JobStatus


class Footprint(NamedTuple):
    """One transition: when, to which status, at which provider, and with which failure."""

    at: float
    status: JobStatus
    provider: str
    failure: FailureCode | None = None


def parse_trail(written: str) -> list[Footprint]:
    """The lines of a trail, oldest first; one that cannot be read, written by a newer version, is left out."""
    found = []
    for line in written.splitlines():
        at, status, provider, failure = (*line.split(), "", "", "")[:4]
        try:
            found.append(Footprint(float(at), JobStatus(status), provider, FailureCode(failure) if failure else None))
        except ValueError:
            continue
    return found
