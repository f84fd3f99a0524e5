"""Budget: how often something may be done for one key; turns are booked ahead, so that nobody tries before its own."""

from __future__ import annotations

from bot.clocks import Clock


class Budget:
    """Turns that are `apart` seconds from each other for each key."""

    def __init__(self, clock: Clock, *, apart: float) -> None:
        self._clock = clock
        self._apart = apart
        self._free_at: dict[int, float] = {}

    def book(self, key: int) -> float:
        """The moment of the next free turn; nobody else is given it."""
        now = self._clock()
        if len(self._free_at) > 1000:
            self._free_at = {other: at for other, at in self._free_at.items() if at > now}
        at = max(now, self._free_at.get(key, 0.0))
        self._free_at[key] = at + self._apart
        return at
