"""Whose turn it is: round-robin between users. Pure."""

from __future__ import annotations

import heapq
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping

from bot.storage.open_jobs import Head


def fair_order(waiting: Iterable[Head], in_flight: Mapping[int, int]) -> list[Head]:
    """The waiting jobs in the order they will be started.

    Whoever has fewest jobs in flight goes first, then who was served longest ago; each person's own jobs keep
    their order. `in_flight` counts by user id.
    """
    queues: dict[int, deque[Head]] = defaultdict(deque)
    for head in sorted(waiting, key=lambda head: (head.created_at, head.job_id)):
        queues[head.user_id].append(head)
    turns = [
        (in_flight.get(user, 0), queue[0].served_at or 0.0, queue[0].created_at, user) for user, queue in queues.items()
    ]
    heapq.heapify(turns)
    order: list[Head] = []
    now = max((served_at for _, served_at, _, _ in turns), default=0.0)
    while turns:
        taken, _, _, user = heapq.heappop(turns)
        order.append(queues[user].popleft())
        if queues[user]:
            now += 1.0
            heapq.heappush(turns, (taken + 1, now, queues[user][0].created_at, user))
    return order
