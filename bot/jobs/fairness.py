"""Whose turn it is: round-robin between users. Pure."""

from __future__ import annotations

import heapq
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping

from bot.models import Job


def fair_order(waiting: Iterable[Job], in_flight: Mapping[int, int], last_served: Mapping[int, float]) -> list[Job]:
    """The waiting jobs in the order they will be started.

    Whoever has fewest jobs in flight goes first, then who was served longest ago; each person's own jobs keep
    their order. `in_flight` and `last_served` are by user id; `last_served` in seconds since the epoch.
    """
    queues: dict[int, deque[Job]] = defaultdict(deque)
    for job in sorted(waiting, key=lambda job: (job.created_at, job.job_id)):
        queues[job.target.user_id].append(job)
    turns = [
        (in_flight.get(user, 0), last_served.get(user, 0.0), queue[0].created_at, user)
        for user, queue in queues.items()
    ]
    heapq.heapify(turns)
    order: list[Job] = []
    now = max([*last_served.values(), 0.0])
    while turns:
        taken, _, _, user = heapq.heappop(turns)
        order.append(queues[user].popleft())
        if queues[user]:
            now += 1.0
            heapq.heappush(turns, (taken + 1, now, queues[user][0].created_at, user))
    return order
