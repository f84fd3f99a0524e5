"""InstrumentedProvider: any provider, with every call reported to a listener."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from bot.errors import ProviderError
from bot.providers.base import Capabilities, RemoteTask, Submission, VideoProvider

_T = TypeVar("_T")

Called = Callable[[str, str, str], None]
"""(provider name, operation, outcome): operation as the methods here, outcome `ok` or the class of the error."""


class InstrumentedProvider:
    """Passes everything through."""

    def __init__(self, provider: VideoProvider, called: Called) -> None:
        self._provider = provider
        self._called = called

    @property
    def capabilities(self) -> Capabilities:
        """Those of the provider inside."""
        return self._provider.capabilities

    async def submit(self, submission: Submission) -> RemoteTask:
        """See VideoProvider."""
        return await self._report("submit", self._provider.submit(submission))

    async def fetch(self, task_ids: Sequence[str]) -> Mapping[str, RemoteTask]:
        """See VideoProvider."""
        return await self._report("fetch", self._provider.fetch(task_ids))

    async def upload(self, image: bytes, content_type: str) -> str:
        """See VideoProvider."""
        return await self._report("upload", self._provider.upload(image, content_type))

    async def balance(self) -> float | None:
        """See VideoProvider."""
        return await self._report("balance", self._provider.balance())

    async def _report(self, operation: str, call: Awaitable[_T]) -> _T:
        name = self._provider.capabilities.name
        try:
            result = await call
        except ProviderError as error:
            self._called(name, operation, type(error).__name__)
            raise
        self._called(name, operation, "ok")
        return result
