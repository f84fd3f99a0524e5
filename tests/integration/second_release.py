"""A database as version 0.2.0 wrote it: its schema, and the columns that 0.1.0 did not have."""

from __future__ import annotations

from dataclasses import dataclass

from tests.integration.first_release import AGO, FirstRelease

SCHEMA = "0009"


@dataclass
class SecondRelease(FirstRelease):
    """The same, with what has come since."""

    schema: str = SCHEMA

    def job(self, name: str, status: str, closing: str | None = None, **more: object) -> None:
        """A job; a `cancelled_at` of True is when everything else was begun."""
        if more.get("cancelled_at"):
            more["cancelled_at"] = self.now - AGO
        if status != "queued":
            more.setdefault("turn_at", self.now - AGO)
        super().job(name, status, closing, **{"folded": name.casefold(), "vote_count": 0} | more)

    def vote(self, job_id: str, *members: int) -> None:
        """Votes, which are counted with the clip since then."""
        super().vote(job_id, *members)
        for table, row in self._rows:
            if table == "jobs" and row["job_id"] == job_id:
                row["vote_count"] += len(members)
