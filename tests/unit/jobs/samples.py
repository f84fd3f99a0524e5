"""A clock that stands still until it is told to move, and jobs made up for the purpose."""

from __future__ import annotations

from bot.models import Job, JobStatus, ReplyTarget, VideoRequest

NOW = 1_790_000_000.0


class Clock:
    """Seconds since the epoch, as the test wants them."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def pass_(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


def a_job(number: int = 1, *, user: int = 7, status: JobStatus = JobStatus.QUEUED, created_at: float = NOW) -> Job:
    """A plain job; jobs of higher numbers have higher ids."""
    return Job(
        job_id=f"{number:020x}",
        version=1,
        status=status,
        request=VideoRequest("a fox"),
        target=ReplyTarget(interaction_id=1000 + number, user_id=user, guild_id=1, channel_id=5),
        provider="apiframe",
        auto_provider=True,
        price=1,
        created_at=created_at,
        due_at=created_at,
    )
