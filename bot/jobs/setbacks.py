"""Setbacks: exceptions of a job's steps that nobody foresaw, counted in a row, with a growing pause after each.

In memory alone. They are no strikes, which count crashes of the process: what was caught brought nothing down.
"""

from __future__ import annotations

from collections.abc import Collection

from bot.clocks import Clock

MOST = 10
"""So many in a row, over an hour, and the job is ended: what hinders it does not pass."""

_FIRST_PAUSE_SECONDS = 30.0
_LONGEST_PAUSE_SECONDS = 600.0


class Setbacks:
    """How often each key's step has failed in a row, and when it may be tried again."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._counts: dict[str, int] = {}
        self._until: dict[str, float] = {}

    def note(self, key: str) -> int:
        """Count one more; returns how many in a row there are now."""
        count = self._counts[key] = self._counts.get(key, 0) + 1
        pause = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2.0 ** min(count - 1, 16))
        self._until[key] = self._clock() + pause
        return count

    def forget(self, key: str) -> None:
        """A step has ended in good order."""
        self._counts.pop(key, None)
        self._until.pop(key, None)

    def forget_others(self, keys: Collection[str]) -> None:
        """Drop what is remembered of jobs that are not open any more."""
        for key in self._counts.keys() - set(keys):
            self.forget(key)

    def until(self, key: str) -> float:
        """When the next step may begin; 0 where nothing has failed."""
        return self._until.get(key, 0.0)

    def soonest(self) -> float | None:
        """The first moment, from now on, at which something may be tried again."""
        now = self._clock()
        return min((moment for moment in self._until.values() if moment > now), default=None)
