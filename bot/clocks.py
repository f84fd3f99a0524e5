"""Two clocks: one for how long things take, one for what day it is. Both count seconds since the epoch, UTC."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, time

Clock = Callable[[], float]


def steady_clock() -> Clock:
    """Right at the start, and from then on deaf to anybody who sets the system's clock.

    Due times and timeouts are measured with it: a clock that jumps by a day must neither give up every task nor let
    every job wait. What day it is for the quotas is the system's own business.
    """
    offset = time() - monotonic()
    return lambda: offset + monotonic()
