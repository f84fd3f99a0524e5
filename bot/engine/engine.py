"""Engine: runs every step when it is due, one at a time for each key, and says what a failure of one means.

A step is (kind, key, due time). What a kind does is plugged in: it reads its row, takes the step, writes down what came
of it and gives the time at which the same step is due again, or None. Nothing is remembered that the rows do not say:
after a restart the steps of open rows are simply made due.

This is the engine of one process. Another one, which shares its steps between several, has the same methods.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from bot.clocks import Clock
from bot.engine.due import DueHeap
from bot.engine.retry import FAULTS, fault_pause
from bot.errors import JobGone, NotItsTurn, StaleJob
from bot.logs.steps import taking

log = logging.getLogger(__name__)


class Step(NamedTuple):
    """Something to do: what `kind` says, to what `key` names."""

    kind: str
    key: str


Handler = Callable[[str], Awaitable[float | None]] | Callable[[str], Awaitable[None]]
"""Takes one step for a key; gives when it is due again by the engine's clock, or None.

StaleJob: to be read again. JobGone: there is nothing left to do. NotItsTurn: it has not begun, and whoever makes it due
again knows when.
"""

_IDLE_SECONDS = 30.0
_STALE_SECONDS = 0.05
_FORGET_SECONDS = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Faults:
    """What becomes of a step that was cut off by an orderly stop, of one that failed, and of one that fails for ever.

    `given_up` is also told how often it was called for the same trouble, from 1.
    """

    cut_off: Callable[[str], Awaitable[None]]
    failed: Callable[[str], Awaitable[None]]
    given_up: Callable[[str, int], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Fault:
    """How often in a row the steps of a lane have failed for a key, and until when they are left alone."""

    count: int
    until: float


@dataclass(frozen=True, slots=True)
class _Kind:
    handler: Handler
    lane: str
    ready: Callable[[], bool]
    faults: Faults | None
    long: bool


class Engine:
    """Keeps steps by due time; `beat` is when it last looked. Steps under way have `stop_seconds` to end in."""

    def __init__(self, clock: Clock, *, stop_seconds: float = 5.0) -> None:
        self._clock = clock
        self._stop_seconds = stop_seconds
        self._kinds: dict[str, _Kind] = {}
        self._due = DueHeap[Step]()
        self._running: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._long: set[asyncio.Task[None]] = set()
        self._again: defaultdict[tuple[str, str], set[Step]] = defaultdict(set)
        self._held: defaultdict[str, set[Step]] = defaultdict(set)
        self._faults: dict[tuple[str, str], _Fault] = {}
        self._wake = asyncio.Event()
        self._stopping = False
        self.beat = 0.0

    def plug(
        self,
        kind: str,
        handler: Handler,
        *,
        lane: str = "",
        ready: Callable[[], bool] = lambda: True,
        faults: Faults | None = None,
        long: bool = False,
    ) -> None:
        """Say what a kind of step does.

        Kinds of one `lane` exclude each other for the same key. While it is not `ready`, steps of the kind are held
        until `release`. A `long` step is not waited for when the engine is stopped.
        """
        self._kinds[kind] = _Kind(handler, lane or kind, ready, faults, long)
        self.release([kind])

    def make_due(self, kind: str, key: str, at: float | None = None) -> None:
        """Have a step taken at this time, or now; sooner, if it is due sooner. One that runs just now runs again.

        Where one has failed, it and the others of its lane are left alone until its next try all the same.
        """
        if self._due.put(Step(kind, key), self._clock() if at is None else at):
            self._wake.set()

    def wake(self) -> None:
        """Look at the clock again: it may have been set."""
        self._wake.set()

    def release(self, kinds: Iterable[str]) -> None:
        """Take steps that were held because their kind was not ready."""
        for kind in kinds:
            for step in self._held.pop(kind, ()):
                self.make_due(*step)

    def left_alone(self, kind: str) -> frozenset[str]:
        """The keys for which a step of this kind, or of its lane, has failed and is not tried again yet."""
        now, lane = self._clock(), self._kinds[kind].lane
        return frozenset(key for (of, key), fault in self._faults.items() if of == lane and fault.until > now)

    def waiting(self) -> int:
        """How many steps wait for their time."""
        return len(self._due)

    @property
    def busy(self) -> bool:
        """Whether any step is being taken."""
        return bool(self._running)

    async def run(self) -> None:
        """Take steps until `stop`."""
        while not self._stopping:
            self._wake.clear()
            now = self._clock()
            while (step := self._due.pop(now)) is not None:
                self._start(step)
            self.beat = now
            at = self._due.next_at()
            pause = _IDLE_SECONDS if at is None else min(_IDLE_SECONDS, max(0.0, at - self._clock()))
            try:
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def stop(self) -> None:
        """Start nothing more, give steps in progress a few seconds, then cut them off; their rows say how to go on."""
        self._stopping = True
        self._wake.set()
        for task in self._long:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running.values(), timeout=self._stop_seconds)
        for task in list(self._running.values()):
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    def _start(self, step: Step) -> None:
        kind = self._kinds.get(step.kind)
        if self._stopping:
            return
        if kind is None or not kind.ready():
            self._held[step.kind].add(step)
            return
        slot = (kind.lane, step.key)
        fault = self._faults.get(slot)
        if fault is not None and fault.until > self._clock():
            self._due.put(step, fault.until)
            return
        if slot in self._running:
            self._again[slot].add(step)
        else:
            task = asyncio.create_task(self._take(step, kind, slot), name=f"{step.kind} {step.key}")
            self._running[slot] = task
            if kind.long:
                self._long.add(task)
                task.add_done_callback(self._long.discard)

    async def _take(self, step: Step, kind: _Kind, slot: tuple[str, str]) -> None:
        taking(step.kind, step.key)  # for this task and those that it begins
        try:
            again = await kind.handler(step.key)
        except asyncio.CancelledError:
            if kind.faults is not None:
                await kind.faults.cut_off(step.key)
            raise
        except JobGone:
            log.debug("%s %s is not there any more", step.kind, step.key)
        except StaleJob:
            log.debug("%s %s moved on while a step was under way", step.kind, step.key)
            self.make_due(step.kind, step.key, self._clock() + _STALE_SECONDS)
        except NotItsTurn:
            log.debug("%s %s has to wait for its turn", step.kind, step.key)
        except Exception:
            # The boundary: one step that cannot be taken must not stop the others, nor spin, nor stay for ever.
            log.exception("step of %s %s failed", step.kind, step.key)
            await self._fail(step, kind, slot)
        else:
            self._faults.pop(slot, None)
            if again is not None:
                self.make_due(step.kind, step.key, again)
        finally:
            del self._running[slot]
            for other in self._again.pop(slot, ()):
                self.make_due(*other)

    async def _fail(self, step: Step, kind: _Kind, slot: tuple[str, str]) -> None:
        """Have it tried again after a pause; where that has not helped for an hour, let it be ended."""
        now = self._clock()
        self._faults = {other: fault for other, fault in self._faults.items() if fault.until > now - _FORGET_SECONDS}
        count = 1 if slot not in self._faults else self._faults[slot].count + 1
        fault = self._faults[slot] = _Fault(count, now + fault_pause(count))
        self.make_due(step.kind, step.key, fault.until)
        if kind.faults is None:
            return
        try:
            await kind.faults.failed(step.key)
            if count >= FAULTS:
                await kind.faults.given_up(step.key, count - FAULTS + 1)
        except StaleJob:
            log.debug("%s %s has moved on", step.kind, step.key)
        except Exception:
            # The boundary as well: what hinders the step may hinder its end, a full disk for instance. It comes again.
            log.exception("%s %s could not be put aside", step.kind, step.key)
