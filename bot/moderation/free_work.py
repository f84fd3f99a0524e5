"""FreeWork: how often members have the machine work for what costs no credits, boards and reels. In memory alone."""

from __future__ import annotations

from collections import deque

from bot.clocks import Clock
from bot.errors import Refused
from bot.latest import Latest
from bot.policy.server_rules import ServerRules

HOUR_SECONDS = 3600.0
PER_HOUR = 60
"""Where a server has set nothing: more than anybody looks at, and little enough for the machine."""
_REMEMBERED = 10_000


class FreeWork:
    """Counts the last hour of each member and server; a restart forgets it, which costs a machine nothing."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._done: Latest[tuple[int, int], deque[float]] = Latest(_REMEMBERED)

    def take(self, guild_id: int, user_id: int, rules: ServerRules) -> None:
        """Count one more. Refused("too_much_free_work") for a member who has had as many within an hour."""
        limit = PER_HOUR if rules.free_per_hour is None else rules.free_per_hour
        now = self._clock()
        done = self._done.get((guild_id, user_id)) or deque()
        while done and done[0] <= now - HOUR_SECONDS:
            done.popleft()
        if len(done) >= limit:
            again_at = (done[len(done) - limit] if limit else now) + HOUR_SECONDS
            raise Refused("too_much_free_work", limit=limit, again_at=again_at)
        done.append(now)
        self._done[guild_id, user_id] = done
