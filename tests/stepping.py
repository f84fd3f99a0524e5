"""Steps every coroutine of a loop by hand, so that each moment at which the application really waits has a name.

A moment is a place, an `await` of `bot` or `cogs`, and a side of it: `wait` when a task has let go there for the first
time, and what it asks for is under way; `done` when the answer is there, or the failure, and the function has not gone
on. Nothing else of the task runs between two moments, so it makes no difference where between them a process dies. A
place is named by the functions that wait for each other there, from the task inwards, each with the number of its
`await`, from 1: `ClipDelivery.deliver#2 > Fetcher.fetch#1`.
"""

from __future__ import annotations

import asyncio
import dis
import gc
import sys
from collections.abc import Callable, Coroutine, Generator, Iterator
from contextvars import Context
from functools import cache
from pathlib import Path
from types import AsyncGeneratorType, CodeType, CoroutineType, FrameType, GeneratorType
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
OURS = (f"{ROOT / 'bot'}/", f"{ROOT / 'cogs'}/")
WAIT, DONE = "wait", "done"


class Moment(NamedTuple):
    """Where a task is: a place, and a side of it."""

    place: str
    side: str


Watcher = Callable[[Moment], None]


class _Here(NamedTuple):
    """Which function waits, at which of its instructions, and for what: the three are one `await` being passed once."""

    place: str
    frame: FrameType
    at: int
    awaited: object


class Stepped(Coroutine[Any, Any, Any]):
    """A coroutine that tells where it lets go, and where it goes on.

    That it goes on is told once it has let go again or has ended; for the `exact` place before it does anything.
    """

    def __init__(self, inner: Coroutine[Any, Any, Any], watcher: Watcher, exact: str | None = None) -> None:
        self.inner = inner
        self._watcher = watcher
        self._exact = exact
        self._here: _Here | None = None
        self.__name__ = getattr(inner, "__name__", "coroutine")
        self.__qualname__ = getattr(inner, "__qualname__", "coroutine")

    def send(self, value: Any) -> Any:
        """Take it up with a value."""
        return self._step(self.inner.send, value)

    def throw(self, *error: Any) -> Any:
        """Take it up with an exception."""
        return self._step(self.inner.throw, *error)

    def close(self) -> None:
        """Give it up."""
        self.inner.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        return (yield from self.inner.__await__())

    def _step(self, take_up: Callable[..., Any], *arguments: Any) -> Any:
        before, told = self._here, False

        def tell_done() -> None:
            nonlocal told
            if before is not None and not told:
                told = True
                self._watcher(Moment(before.place, DONE))

        try:
            if before is not None and before.place == self._exact:
                with _GoingOn(before, tell_done):
                    awaited = take_up(*arguments)
            else:
                awaited = take_up(*arguments)
        except BaseException:
            self._here = None
            tell_done()
            raise
        here = self._here = place_of(self.inner)
        if not _same(here, before):
            tell_done()
            if here is not None:
                self._watcher(Moment(here.place, WAIT))
        return awaited


def _same(here: _Here | None, before: _Here | None) -> bool:
    """Whether a function has not gone on: it waits for the same thing as before."""
    return (
        here is not None
        and before is not None
        and (here.frame, here.at) == (before.frame, before.at)
        and here.awaited is before.awaited
    )


class _GoingOn:
    """Calls back as soon as a frame goes on from where it waits, before it does anything."""

    def __init__(self, here: _Here, then: Callable[[], None]) -> None:
        self._here = here
        self._then = then
        self._before = sys.gettrace()

    def __enter__(self) -> None:
        sys.settrace(self._called)

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._before)  # that of coverage, where it is measured

    def _called(self, frame: FrameType, _event: str, _argument: object) -> Any:
        if frame is not self._here.frame:
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return self._within

    def _within(self, frame: FrameType, event: str, _argument: object) -> Any:
        if event == "exception" or (event == "opcode" and frame.f_lasti not in _loop_of(frame.f_code, self._here.at)):
            self._then()
        return self._within


def task_factory(watcher: Watcher, exact: str | None = None) -> Callable[..., asyncio.Task[Any]]:
    """For `loop.set_task_factory`: every task from then on tells the watcher of each moment."""

    def make(
        loop: asyncio.AbstractEventLoop, coroutine: Any, *, context: Context | None = None, **options: Any
    ) -> asyncio.Task[Any]:
        return asyncio.Task(Stepped(coroutine, watcher, exact), loop=loop, context=context, **options)

    return make


class SteppingPolicy(asyncio.DefaultEventLoopPolicy):
    """Gives loops whose tasks are stepped."""

    def __init__(self, watcher: Watcher, exact: str | None = None) -> None:
        super().__init__()
        # Not `_watcher`: the base class has one of its own, for child processes.
        self._factory = task_factory(watcher, exact)

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        """A loop with the watcher's factory."""
        loop = super().new_event_loop()
        loop.set_task_factory(self._factory)
        return loop


def place_of(awaited: object) -> _Here | None:
    """Our functions that wait, from the task inwards, and where the innermost of them does; None without any."""
    found = [(frame, inner) for frame, inner in _frames(awaited) if frame.f_code.co_filename.startswith(OURS)]
    if not found:
        return None
    frame, inner = found[-1]
    return _Here(" > ".join(_name(frame) for frame, _ in found), frame, frame.f_lasti, inner)


def _name(frame: FrameType) -> str:
    ordinal = sum(offset <= frame.f_lasti for offset in _sends(frame.f_code))
    return f"{frame.f_code.co_qualname.replace('.<locals>', '')}#{ordinal}"


@cache
def _sends(code: CodeType) -> tuple[int, ...]:
    return tuple(step.offset for step in dis.get_instructions(code) if step.opname == "SEND")


@cache
def _loop_of(code: CodeType, at: int) -> range:
    """The instructions that are gone through while a frame waits at one: from its SEND to the jump back to it."""
    start = max((offset for offset in _sends(code) if offset <= at), default=at)
    for step in dis.get_instructions(code):
        if step.offset > start and step.opname.startswith("JUMP_BACKWARD"):
            return range(start, step.offset + 1)
    return range(start, at + 1)


def _frames(awaited: object) -> Iterator[tuple[FrameType, object]]:
    """The frames from a coroutine inwards, as far as they can be followed, each with what it waits for."""
    while awaited is not None:
        frame: FrameType | None
        if isinstance(awaited, Stepped):
            awaited = awaited.inner
            continue
        if isinstance(awaited, CoroutineType):
            frame, inner = awaited.cr_frame, awaited.cr_await
        elif isinstance(awaited, GeneratorType):
            frame, inner = awaited.gi_frame, awaited.gi_yieldfrom
        elif isinstance(awaited, AsyncGeneratorType):
            frame, inner = awaited.ag_frame, awaited.ag_await
        else:
            awaited = _within(awaited)
            continue
        if frame is not None:
            yield frame, inner
        awaited = inner


def _within(awaited: object) -> object:
    """What `__await__` of a coroutine or `__anext__` of an async generator goes through, as the collector knows."""
    if type(awaited).__name__ not in {"coroutine_wrapper", "async_generator_asend", "async_generator_athrow"}:
        return None
    kinds = (CoroutineType, GeneratorType, AsyncGeneratorType)
    return next((part for part in gc.get_referents(awaited) if isinstance(part, kinds)), None)
