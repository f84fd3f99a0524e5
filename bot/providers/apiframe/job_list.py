"""JobList: asking Apiframe for many tasks by pages of its job list, as far as a page costs less than asking singly.

How a page reads is in jobs.py, which pages are known is in known_pages.py; asking one by one is the client's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from urllib.parse import quote

from bot.errors import ProviderBusy, ProviderError
from bot.providers.apiframe.errors import parse_error
from bot.providers.apiframe.jobs import JobPage, PromptsOf, parse_job_list
from bot.providers.apiframe.known_pages import WORTH, KnownPages
from bot.providers.base import RemoteTask
from bot.providers.http import JsonClient
from bot.providers.single_queries import AT_ONCE

MODEL = "hailuo-02"
PAGE = 100
"""Jobs on one page of GET /v2/jobs, its maximum."""

MOST_OPEN = 20_000
PATIENCE = 10
"""Tasks still looked for that are worth one more page of nothing new: jobs of other programs, or old ones of ours."""


class JobList:
    """Finds tasks on the list, and remembers where they stood."""

    def __init__(self, client: JsonClient, prompts_of: PromptsOf) -> None:
        self._client = client
        self._prompts_of = prompts_of
        self._known = KnownPages()
        self._open: dict[str, None] = {}
        self._unlisted: set[str] = set()

    def watch(self, task_ids: Iterable[str]) -> None:
        """These are tasks of ours: they are read wherever they are met."""
        self._open.update(dict.fromkeys(task_ids))
        while len(self._open) > MOST_OPEN:
            self.forget(next(iter(self._open)))

    def forget(self, task_id: str) -> None:
        """This one has ended, or is not to be had."""
        self._open.pop(task_id, None)
        self._unlisted.discard(task_id)

    async def find(self, missing: set[str]) -> dict[str, RemoteTask]:
        """What is cheaper to have from the list than one by one; it is taken out of `missing`.

        Other tasks of ours that stand on the same pages come along. A ProviderError carries what was found before it.
        """
        self.watch(missing.difference(self._open))
        found: dict[str, RemoteTask] = {}
        try:
            await self._walk(missing, found)
            await self._read_again(missing, found)
        except ProviderError as error:
            error.found = found
            raise
        return found

    async def _walk(self, missing: set[str], found: dict[str, RemoteTask]) -> None:
        """Read on from the newest job while tasks are missing whose place is not known, and while pages pay.

        A page pays by tasks of ours that had no place yet: what is not due now will be found there when it is.
        """
        placed = self._known.placed()
        cursor: str | None = None
        barren = 0
        while len(sought := missing.difference(placed)) >= WORTH:
            if len(sought) < PATIENCE and len(sought.difference(self._unlisted)) < WORTH:
                return
            page = await self._page(cursor)
            if page is None:
                return
            self._take(cursor, page, missing, found)
            if not missing:
                return
            paid = len(page.tasks.keys() - placed) >= WORTH
            barren = 0 if paid else barren + 1
            if page.cursor is None or barren * PATIENCE > len(sought):
                # From now on these few are asked for one by one, unless a page shows them after all.
                self._unlisted |= missing.difference(placed)
                return
            placed.update(page.listed)
            cursor = page.cursor

    async def _read_again(self, missing: set[str], found: dict[str, RemoteTask]) -> None:
        """Read the pages on which several of the missing stood, a few at a time."""
        cursors = self._known.plan(missing)
        if not cursors:
            return
        gate = asyncio.Semaphore(AT_ONCE)
        failures: list[ProviderError] = []

        async def read(cursor: str) -> None:
            async with gate:
                if failures or cursor not in self._known:
                    return
                try:
                    page = await self._page(cursor)
                except ProviderError as error:
                    failures.append(error)
                    return
                if page is None:
                    self._known.clear()
                else:
                    self._take(cursor, page, missing, found)

        await asyncio.gather(*map(read, cursors))
        if failures:
            raise failures[0]

    def _take(self, cursor: str | None, page: JobPage, missing: set[str], found: dict[str, RemoteTask]) -> None:
        found.update(page.tasks)
        missing.difference_update(page.tasks)
        for task_id in page.ended:
            self.forget(task_id)
        if self._unlisted:
            self._unlisted.difference_update(page.tasks)
        if cursor is not None:
            self._known.remember(cursor, page.listed, page.oldest)

    async def _page(self, cursor: str | None) -> JobPage | None:
        """One page of the list; None where the list itself is refused or odd, and single addresses may still work."""
        # Written out, because a query of the client library's own making takes as long as reading ten tasks.
        path = f"/v2/jobs?limit={PAGE}&model={MODEL}" + (f"&cursor={quote(cursor, safe='')}" if cursor else "")
        reply = await self._client.get(path)
        if reply.status in {400, 404}:  # "Invalid query parameters or cursor"
            return None
        if not reply.ok:
            raise parse_error(reply.status, reply.body, reply.retry_after, effect=False)
        try:
            return parse_job_list(reply.body, self._open, self._prompts_of)
        except ProviderBusy:
            return None
