"""KnownPages: which tasks stood on which page of the job list, and which pages are worth reading again. Pure.

The list is keyed on (createdAt, id), newest first (openapi.json, GET /v2/jobs), so what follows a cursor stays where it
is while new jobs come. The first page has no cursor and moves with each of them: it is never kept here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

MOST = 128
"""Pages; the one that was not read for the longest time goes first."""

WORTH = 2
"""Tasks on a page that make it worth a query: asked one by one, they would cost more."""


@dataclass(frozen=True, slots=True)
class _Page:
    """All ids in the order of the list, ours or not, and when the last of them was made."""

    task_ids: tuple[str, ...]
    oldest: str


class KnownPages:
    """In memory alone: after a restart nothing is known, and the list is read from its beginning."""

    def __init__(self) -> None:
        self._pages: dict[str, _Page] = {}

    def __contains__(self, cursor: object) -> bool:
        return cursor in self._pages

    def remember(self, cursor: str, task_ids: Iterable[str], oldest: str) -> None:
        """The page behind a cursor has just shown these tasks, and no others."""
        self._pages.pop(cursor, None)
        self._pages[cursor] = _Page(tuple(task_ids), oldest)
        if len(self._pages) > MOST:
            del self._pages[next(iter(self._pages))]

    def clear(self) -> None:
        """Forget all of them: the provider does not take these cursors any more."""
        self._pages.clear()

    def placed(self) -> set[str]:
        """Every task that stands on a page known here."""
        return set().union(*(page.task_ids for page in self._pages.values()))

    def plan(self, wanted: Collection[str]) -> list[str]:
        """Cursors of the fewest pages that hold these tasks, but for those that stand alone on theirs.

        Pages of different walks overlap. From the newest task on, the page is taken that goes on longest after it.
        """
        pages = sorted(self._pages.items(), key=lambda item: item[1].oldest, reverse=True) if wanted else []
        on = [(cursor, [task_id for task_id in page.task_ids if task_id in wanted]) for cursor, page in pages]
        last_on = {task_id: place for place, (_, task_ids) in enumerate(on) for task_id in task_ids}
        left, chosen = set(last_on), []
        for task_id, place in last_on.items():
            if task_id in left:
                cursor, task_ids = on[place]
                if len(left.intersection(task_ids)) >= WORTH:
                    chosen.append(cursor)
                left.difference_update(task_ids)
        return chosen
