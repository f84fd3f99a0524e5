"""Cohort: the tasks of one kind in the order of their submission, as long as one before them has not ended. Pure.

Of many that are submitted together the fastest end first. Whoever learned from each end as it comes would take the
provider for faster than it is; so a task that has not ended yet counts in its turn, as if it were to end when others
did that had not ended by then.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from bot.jobs.polling.curve import Moments

Lesson = tuple[float, float]
"""Mean and variance of ln(seconds) of one task."""

KEPT = 200
"""Ends that are held back at most."""

_SAMPLE = 100
_GOLDEN = 0.618034
"""Multiples of it, without their whole part, are spread evenly over 0 to 1 however many there are."""

_TELLING = 0.5
"""A task that has not ended tells something once this share of all others would have."""


@dataclass(slots=True)
class _Place:
    started: float
    lesson: Lesson | None = None


class Cohort:
    """Tasks come in as they are submitted; each leaves when it and all before it have ended."""

    def __init__(self) -> None:
        self._places: dict[str, _Place] = {}
        self._held = 0
        self._turns = 0

    @property
    def held(self) -> int:
        """How many have ended whose turn has not come."""
        return self._held

    def begin(self, task: str, started: float) -> None:
        """A task was submitted, or is known from now on."""
        self._places.setdefault(task, _Place(started))

    def end(self, task: str, lesson: Lesson) -> None:
        """A task has ended; one whose turn is over has counted already."""
        place = self._places.get(task)
        if place is not None and place.lesson is None:
            self._held += 1
            place.lesson = lesson

    def leave(self, task: str) -> None:
        """There is nothing to be learned from a task; one that has ended keeps its place."""
        place = self._places.get(task)
        if place is not None and place.lesson is None:
            del self._places[task]

    def settle(self, now: float, moments: Moments) -> list[Lesson]:
        """What has been learned for good, in turn; it is given once."""
        found = []
        for task, place in list(islice(self._places.items(), 2 * KEPT)):
            if place.lesson is None and self._held <= KEPT:
                break
            del self._places[task]
            self._held -= place.lesson is not None
            self._turns += 1
            found.append(place.lesson or _supposed(place, now, moments, self._turns))
        return found

    def unsettled(self, now: float, moments: Moments) -> list[Lesson]:
        """What the others have shown so far, in turn; a sample of it where they are many."""
        places = list(self._places.values())
        while places and places[-1].lesson is None and moments.share(now - places[-1].started) < _TELLING:
            places.pop()
        step = -(-len(places) // _SAMPLE) or 1
        return [
            place.lesson or _supposed(place, now, moments, self._turns + turn)
            for turn, place in enumerate(places[::step], 1)
        ]


def _supposed(place: _Place, now: float, moments: Moments, turn: int) -> Lesson:
    return moments.drawn_after(now - place.started, turn * _GOLDEN % 1.0), 0.0
