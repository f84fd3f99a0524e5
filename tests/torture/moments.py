"""Which moments of a traced life are worth dying at. What a moment is, is said in tests.stepping."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.stepping import GO, WAIT, Moment

Key = tuple[str, str]
"""A place and a side of it: what is counted as one moment in the tables."""


@dataclass(frozen=True, slots=True)
class Passed:
    """How often each moment was passed in one life."""

    counts: Counter[Moment]

    @classmethod
    def read(cls, trace: Path) -> Passed:
        """From what crash_child wrote down."""
        rows = (line.split("\t") for line in trace.read_text().splitlines())
        return cls(Counter(Moment(place, side, int(nth)) for place, side, nth in rows))

    def moments(self) -> dict[Key, tuple[Moment, int]]:
        """For each place and side the moment to die at, and how often it is passed.

        Where a task lets go several times at one `await`, as it does for an answer over HTTP, it is the first `wait`,
        when what it asks for has just gone out, and the last `go`, when all of the answer is here. How often it lets go
        may differ from time to time: what is usual counts.
        """
        found: dict[Key, tuple[Moment, int]] = {}
        for place, side in sorted({(moment.place, moment.side) for moment in self.counts}):
            nth = 1 if side == WAIT else self._usual(place, side)
            moment = Moment(place, side, nth)
            found[place, side] = moment, self.counts[moment]
        return found

    def _usual(self, place: str, side: str) -> int:
        mine = {
            moment.nth: count for moment, count in self.counts.items() if (moment.place, moment.side) == (place, side)
        }
        if side != GO:
            return max(mine, key=lambda nth: (mine[nth], -nth))
        ended = {nth: count - mine.get(nth + 1, 0) for nth, count in mine.items()}
        return max(ended, key=lambda nth: (ended[nth], nth))


def key_of(moment: Moment) -> Key:
    """What a moment counts as."""
    return moment.place, moment.side


def pick(passed: Passed, side: str, *words: str) -> Moment:
    """The innermost moment of this side whose place holds all these words; LookupError when none was passed."""
    fitting = [
        moment for key, (moment, _) in passed.moments().items() if key[1] == side and all(w in key[0] for w in words)
    ]
    if not fitting:
        raise LookupError(f"nothing was passed that holds {words}, {side}")
    return max(fitting, key=lambda moment: (moment.place.count(" > "), moment.place))
