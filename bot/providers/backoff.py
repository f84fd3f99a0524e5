"""BackoffProvider: any provider, whose status queries stop for as long as the provider has asked for.

Submissions are held back by routing.py, which knows of the jobs that wait; here nothing is known of jobs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bot.errors import HeldBack, ProviderError
from bot.models import FailureCode
from bot.providers.base import Capabilities, RemoteTask, Submission, VideoProvider


class BackoffProvider:
    """Passes everything through, but for queries in a time for which the provider wants none: HeldBack."""

    def __init__(self, provider: VideoProvider, clock: Callable[[], float]) -> None:
        self._provider = provider
        self._clock = clock
        self._not_before = 0.0

    @property
    def capabilities(self) -> Capabilities:
        """Those of the provider inside."""
        return self._provider.capabilities

    async def submit(self, submission: Submission) -> RemoteTask:
        """See VideoProvider."""
        return await self._provider.submit(submission)

    async def fetch(self, task_ids: Sequence[str]) -> Mapping[str, RemoteTask]:
        """See VideoProvider; HeldBack without asking while the provider wants to be left alone."""
        self._check()
        try:
            return await self._provider.fetch(task_ids)
        except ProviderError as error:
            if error.retry_after is not None:
                self._not_before = max(self._not_before, self._clock() + error.retry_after)
            raise

    async def upload(self, image: bytes, content_type: str) -> str:
        """See VideoProvider."""
        return await self._provider.upload(image, content_type)

    async def balance(self) -> float | None:
        """See VideoProvider; HeldBack as with `fetch`, though nothing is held back for what is answered here."""
        self._check()
        return await self._provider.balance()

    def _check(self) -> None:
        left = self._not_before - self._clock()
        if left > 0:
            raise HeldBack(FailureCode.PROVIDER_UNAVAILABLE, "has asked to be left alone", retry_after=left)
