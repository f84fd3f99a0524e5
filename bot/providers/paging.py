"""ListReader: finds tasks on a list that is read a page at a time, newest first, and also holds all that have ended.

What a page looks like belongs to the vendor's module; here is only which pages are worth their call.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.errors import ProviderError
from bot.providers.base import RemoteTask

_KEPT = 5000


@dataclass(frozen=True, slots=True)
class TaskPage:
    """One page of a list; `cursor` leads to the next one and is None on the last."""

    tasks: Mapping[str, RemoteTask]
    cursor: str | None


ReadPage = Callable[[str | None], Awaitable[TaskPage | None]]
"""Gives the page after a cursor, or the newest; None where it cannot be had."""


class PageBudget:
    """Says when it costs less to ask for the rest one by one.

    A page costs a call and saves one for each task found on it. What pages have cost beyond what they saved, since the
    last one that paid, may come to half of what the rest would cost: that is soon where few are left, and does not give
    up at a stretch of tasks that nobody has asked for.
    """

    def __init__(self, wanted: int) -> None:
        self._left = wanted
        self._owed = 0

    def read(self, found: int) -> None:
        """A page was read, and so many more of the tasks were on it."""
        self._left -= found
        self._owed = max(0, self._owed + 1 - found)

    @property
    def pays(self) -> bool:
        """Whether to read another page."""
        return 2 * self._owed < self._left


class ListReader:
    """Remembers where tasks stand: what is older than a task does not change, so its page keeps its cursor."""

    def __init__(self) -> None:
        self._places: dict[str, str] = {}

    async def find(self, wanted: Sequence[str], read: ReadPage) -> dict[str, RemoteTask]:
        """Those of the tasks that stand on pages worth their call; an error brings along what was found."""
        missing, found = set(wanted), dict[str, RemoteTask]()
        new = [task_id for task_id in wanted if task_id not in self._places]
        try:
            if len(new) > 1:
                await self._from_the_top(new, missing, found, read)
            await self._where_they_stood(missing, found, read)
        except ProviderError as error:
            error.found = found
            raise
        return found

    async def _where_they_stood(self, missing: set[str], found: dict[str, RemoteTask], read: ReadPage) -> None:
        for cursor, there in self._pages(missing):
            if len(missing.intersection(there)) < 2:
                continue
            page = await read(cursor)
            self._forget(there)
            if page is not None:
                self._take(page, cursor, missing, found)

    async def _from_the_top(
        self, new: Sequence[str], missing: set[str], found: dict[str, RemoteTask], read: ReadPage
    ) -> None:
        budget, cursor, left = PageBudget(len(new)), None, set(new)
        while left and budget.pays:
            page = await read(cursor)
            if page is None:
                return
            self._take(page, cursor, missing, found)
            here = left.intersection(page.tasks)
            left -= here
            budget.read(len(here))
            if page.cursor is None:
                return
            cursor = page.cursor

    def _pages(self, wanted: Iterable[str]) -> list[tuple[str, list[str]]]:
        """The pages on which they stand, most of them first."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for task_id in wanted:
            if task_id in self._places:
                found[self._places[task_id]].append(task_id)
        return sorted(found.items(), key=lambda page: -len(page[1]))

    def _take(self, page: TaskPage, cursor: str | None, missing: set[str], found: dict[str, RemoteTask]) -> None:
        for task_id in missing.intersection(page.tasks):
            found[task_id] = page.tasks[task_id]
        missing.difference_update(page.tasks)
        # The newest page has no cursor: what stands on it moves on.
        if cursor is not None:
            # What was read last stays longest.
            self._forget(page.tasks)
            self._places |= dict.fromkeys(page.tasks, cursor)
            self._forget(list(self._places)[: max(0, len(self._places) - _KEPT)])

    def _forget(self, task_ids: Iterable[str]) -> None:
        for task_id in task_ids:
            self._places.pop(task_id, None)
