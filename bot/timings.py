"""Waits and limits that no contract prescribes, in one value that is passed in."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

LONGEST_WAIT_SECONDS = 3600.0
"""No step waits longer for its next try, whoever asks for it: then it is asked again whether that still holds."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits that double from `first` to `cap` seconds, each less up to half of it by chance."""

    first: float = 2.0
    cap: float = 120.0
    jitter: Callable[[], float] = random.random

    def wait(self, failures: int, retry_after: float | None = None) -> float:
        """Seconds after so many failures in a row before this one; at least what was asked for, within reason."""
        grown = min(self.cap, self.first * 2.0 ** min(failures, 16)) * (1 - self.jitter() / 2)
        return max(grown, within_reason(retry_after))


BACKOFF = Backoff()


def within_reason(retry_after: float | None) -> float:
    """A wait that somebody asked for: 0 for none and for no number, and never longer than the longest."""
    return min(retry_after, LONGEST_WAIT_SECONDS) if retry_after is not None and retry_after > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds, all of them.

    `edit` is the least time between two edits of one message, `overview` between two of a brainstorm's, which people
    wait for, `edits_apart` between two in one channel; `remember` how long it may take until it is written down what a
    message shows, and `edit_again` how long an edit waits that failed. `reserving` is how long a brainstorm waits for
    jobs that an earlier process may have asked for, and `abandoned` how long takes wait for theirs. `erasing` lies
    between two looks at what has to end before it can be erased.
    """

    edit: float = 5.0
    overview: float = 3.0
    edits_apart: float = 1.25
    remember: float = 1.0
    edit_again: float = 15.0
    reserving: float = 30.0
    abandoned: float = 600.0
    erasing: float = 15.0
    backoff: Backoff = BACKOFF


TIMINGS = Timings()
"""What a bot that people use goes by."""
