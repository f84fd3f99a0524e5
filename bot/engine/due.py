"""DueHeap: what is due when. Taking the next one costs no more with many waiting."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Hashable
from typing import Generic, TypeVar

Item = TypeVar("Item", bound=Hashable)


class DueHeap(Generic[Item]):
    """Items by due time, each at most once; of two due times the earlier holds."""

    def __init__(self) -> None:
        self._times: dict[Item, float] = {}
        self._heap: list[tuple[float, int, Item]] = []
        self._order = itertools.count()

    def __len__(self) -> int:
        return len(self._times)

    def put(self, item: Item, at: float) -> bool:
        """Make an item due; returns whether that is sooner than it was due before."""
        known = self._times.get(item)
        if known is not None and known <= at:
            return False
        self._times[item] = at
        heapq.heappush(self._heap, (at, next(self._order), item))
        self._compact()
        return True

    def discard(self, item: Item) -> None:
        """Take an item out."""
        self._times.pop(item, None)
        self._compact()

    def next_at(self) -> float | None:
        """When the soonest item is due; None without any."""
        while self._heap and self._times.get(self._heap[0][2]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def pop(self, now: float) -> Item | None:
        """Take out the item that has been due for longest, or None where none is due."""
        at = self.next_at()
        if at is None or at > now:
            return None
        _, _, item = heapq.heappop(self._heap)
        del self._times[item]
        self._compact()
        return item

    def _compact(self) -> None:
        """Drop what is due no more, or sooner than it was, once that is more than an eighth of what is due."""
        if len(self._heap) - len(self._times) > len(self._times) / 8:
            self._heap = [(due, number, other) for due, number, other in self._heap if self._times.get(other) == due]
            heapq.heapify(self._heap)
