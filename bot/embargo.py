"""Embargo: until when this process may send nothing, because Discord or a proxy before it turns the address away.

Nothing is sent here. A rate limit of one route is no embargo: it concerns that route alone.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from math import isfinite
from time import time

from bot.clocks import Clock

log = logging.getLogger(__name__)

LONGEST_SECONDS = 24 * 3600.0
UNSAID_SECONDS = 60.0
"""For one that does not say how long it lasts."""


class Embargo:
    """One for the process; each request asks here first, since requests during a block make it longer."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until = 0.0

    @property
    def left(self) -> float:
        """Seconds until something may be sent again; 0 when it may be now."""
        return max(0.0, self._until - self._clock())

    def impose(self, seconds: float) -> None:
        """Send nothing for so long from now, or for longer if that was said before."""
        if not self.left:
            log.info("Discord turns this address away: nothing is sent to it for %.0f s", seconds)
        self._until = max(self._until, self._clock() + min(seconds, LONGEST_SECONDS))


def parse_wait(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """The seconds that Retry-After says, as a number or as a date; None where it says nothing that makes sense.

    A date counts from the answer's own `Date`: the two clocks need not agree. `now` is for an answer without one.
    """
    said = headers.get("Retry-After")
    if said is None:
        return None
    try:
        seconds = float(said)
    except ValueError:
        until, sent = _moment(said), _moment(headers.get("Date"))
        if until is None:
            return None
        seconds = until - (sent or now or time())
    return min(LONGEST_SECONDS, max(0.0, seconds)) if isfinite(seconds) else None


def _moment(date: str | None) -> float | None:
    try:
        when = parsedate_to_datetime(date or "")
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
