"""Asking for tasks one by one, where a provider cannot be asked for many at once.

How one task is asked for belongs to the vendor's module; here is only how many at a time, and what one failure means
for the others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping

from bot.errors import AccountProblem, ProviderError
from bot.providers.base import RemoteTask, TaskState

AT_ONCE = 5
"""Requests in flight: AceData allows five per token, Apiframe far more."""


async def ask_singly(
    ids: Iterable[str],
    ask: Callable[[str], Awaitable[RemoteTask]],
    known: Mapping[str, RemoteTask] | None = None,
) -> dict[str, RemoteTask]:
    """Ask for each id, a few at a time; the answers, and those that are `known` already.

    One task that cannot be read must not hide the others: it counts as still running, and its own time limit ends
    it. So does one that is refused as if our account were at fault, while others are answered: then it is not.
    A request to wait, or no answer at all, is raised, because it concerns every task; what was found goes with it.
    """
    wanted = list(dict.fromkeys(ids))
    if len(wanted) == 1 and not known:  # by far the most frequent, and nothing to weigh
        return {wanted[0]: await ask(wanted[0])}
    gate = asyncio.Semaphore(AT_ONCE)
    found: dict[str, RemoteTask] = dict(known or {})
    waits: list[ProviderError] = []
    accounts: list[ProviderError] = []
    unread: dict[str, ProviderError] = {}

    async def one(task_id: str) -> None:
        async with gate:
            if waits or (len(accounts) >= AT_ONCE and not found):
                return
            try:
                found[task_id] = await ask(task_id)
            except ProviderError as error:
                unread[task_id] = error
                if isinstance(error, AccountProblem):
                    accounts.append(error)
                elif error.retry_after is not None:
                    waits.append(error)

    await asyncio.gather(*map(one, wanted))
    if waits or (unread and not found):
        error = [*waits, *accounts, *unread.values()][0]
        error.found = found
        raise error
    blanks = {key: RemoteTask(key, TaskState.RUNNING, detail=error.detail) for key, error in unread.items()}
    return found | blanks
