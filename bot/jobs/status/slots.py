"""Slots: how many edits of status messages are under way at once, so that no channel keeps the others waiting.

discord.py sleeps within an edit when Discord limits a channel, for minutes if it is told so. Such an edit keeps its
place in its own channel, where the next would only sleep behind it, and none elsewhere.
"""

from __future__ import annotations

from collections import Counter

from bot.clocks import Clock

PER_CHANNEL = 2
"""Two, so that one message which is slow to take does not hold up the others of its channel."""

AT_ONCE = 16
"""More would only queue up behind Discord's limit for the whole bot, and be out of date when their turn comes."""

ASLEEP_SECONDS = 2.0
"""An edit that takes longer is one that waits."""


class Slots:
    """The edits under way, each with its channel and the moment it began, by the id of its job."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._begun: dict[str, float] = {}
        self._channels: Counter[int] = Counter()

    def take(self, job_id: str, channel_id: int) -> bool:
        """Take a place for an edit in this channel; False when there is none now."""
        if self._channels[channel_id] >= PER_CHANNEL or self.full_until() is not None:
            return False
        self._begun[job_id] = self._clock()
        self._channels[channel_id] += 1
        return True

    def give_back(self, job_id: str, channel_id: int) -> None:
        """The edit is over."""
        del self._begun[job_id]
        self._channels[channel_id] -= 1
        if not self._channels[channel_id]:
            del self._channels[channel_id]

    def full_until(self) -> float | None:
        """When a place is free at the latest, as the clock counts; None where one is now, but for single channels."""
        now = self._clock()
        awake = sorted(begun for begun in self._begun.values() if 0 <= now - begun < ASLEEP_SECONDS)
        return None if len(awake) < AT_ONCE else awake[-AT_ONCE] + ASLEEP_SECONDS
