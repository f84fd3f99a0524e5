"""Which moments of a traced life are worth dying at. What a moment is, is said in tests.stepping."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.stepping import Moment

Passed = Counter[Moment]
"""How often each moment was passed in one life."""


def read(trace: Path) -> Passed:
    """From what crash_child wrote down."""
    return Counter(Moment(*line.split("\t")) for line in trace.read_text().splitlines())


def pick(passed: Passed, side: str, *words: str) -> Moment:
    """The innermost moment of this side whose place holds all these words; LookupError when none was passed."""
    fitting = [moment for moment in passed if moment.side == side and all(word in moment.place for word in words)]
    if not fitting:
        raise LookupError(f"nothing was passed that holds {words}, {side}")
    return max(fitting, key=lambda moment: (moment.place.count(" > "), moment.place))
