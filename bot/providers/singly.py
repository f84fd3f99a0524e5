"""Asking for tasks one by one, where a provider cannot be asked for many at once.

How one task is asked for belongs to the vendor's module; here is only how many at a time, and what one failure means
for the others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from bot.errors import AccountProblem, ProviderError
from bot.providers.base import RemoteTask, TaskState

AT_ONCE = 5
"""Requests in flight: AceData allows five per token, Apiframe far more."""


async def ask_singly(ids: Iterable[str], ask: Callable[[str], Awaitable[RemoteTask]]) -> dict[str, RemoteTask]:
    """Ask for each id, a few at a time.

    One task that cannot be read must not hide the others: it counts as still running, and its own time limit ends
    it. An account problem, a request to wait, or no answer at all is raised, because it concerns every task.
    """
    gate = asyncio.Semaphore(AT_ONCE)
    stop: list[ProviderError] = []
    unread: dict[str, ProviderError] = {}
    found: dict[str, RemoteTask] = {}

    async def one(task_id: str) -> None:
        async with gate:
            if stop:
                return
            try:
                found[task_id] = await ask(task_id)
            except ProviderError as error:
                unread[task_id] = error
                if isinstance(error, AccountProblem) or error.retry_after is not None:
                    stop.append(error)

    await asyncio.gather(*(one(task_id) for task_id in dict.fromkeys(ids)))
    if stop:
        raise stop[0]
    if unread and not found:
        raise next(iter(unread.values()))
    blanks = {key: RemoteTask(key, TaskState.RUNNING, detail=error.detail) for key, error in unread.items()}
    return found | blanks
