"""Budget: how often something may be done for one key; turns are booked ahead, so that nobody tries before its own."""

from __future__ import annotations

from bot.clocks import Clock

_REMEMBERED = 1000
_KEPT_SECONDS = 10.0
"""So long a turn that has come waits to be used."""


class Budget:
    """Turns that are `apart` seconds from each other for each key; a turn that was booked is not given back."""

    def __init__(self, clock: Clock, *, apart: float) -> None:
        self._clock = clock
        self._apart = apart
        self._free_at: dict[int, float] = {}
        self._booked: dict[str, float] = {}

    def book(self, key: int) -> float:
        """The moment of the next free turn; nobody else is given it."""
        now = self._clock()
        if len(self._free_at) > _REMEMBERED:
            self._free_at = {other: at for other, at in self._free_at.items() if at > now}
        at = max(now, self._free_at.get(key, 0.0))
        self._free_at[key] = at + self._apart
        return at

    def turn(self, key: int, who: str) -> float | None:
        """None once the turn of this one has come, which it has used up by asking; before that, when it will come."""
        now = self._clock()
        if len(self._booked) > _REMEMBERED:
            self._booked = {other: at for other, at in self._booked.items() if at > now - _KEPT_SECONDS}
        at = self._booked.pop(who, None)
        if at is None or at < now - _KEPT_SECONDS:
            at = self.book(key)
        if at <= now:
            return None
        self._booked[who] = at
        return at
