"""Steps every coroutine of a loop by hand, so that each moment at which the application really waits has a name.

A moment is a place, an `await` of `bot` or `cogs`, and a side of it: `wait` when a task lets go there, `go` when it is
taken up again with a result, `failed` when it is taken up with an exception. Between two moments of a task nothing else
runs, so it makes no difference where between them a process dies. A place is named by the functions that wait for each
other there, from the task inwards, each with the number of its `await`, from 1: `ClipDelivery.deliver#2 >
Fetcher.fetch#1`.
"""

from __future__ import annotations

import asyncio
import dis
import gc
from collections.abc import Callable, Coroutine, Generator, Iterator
from contextvars import Context
from functools import cache
from pathlib import Path
from types import AsyncGeneratorType, CodeType, CoroutineType, FrameType, GeneratorType
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
OURS = (f"{ROOT / 'bot'}/", f"{ROOT / 'cogs'}/")
WAIT, GO, FAILED = "wait", "go", "failed"


class Moment(NamedTuple):
    """Where a task is: a place, a side of it, and how often in a row it has let go at this very `await`, from 1."""

    place: str
    side: str
    nth: int


Watcher = Callable[[Moment], None]


class Stepped(Coroutine[Any, Any, Any]):
    """A coroutine that tells where it lets go and where it is taken up again."""

    def __init__(self, inner: Coroutine[Any, Any, Any], watcher: Watcher) -> None:
        self.inner = inner
        self._watcher = watcher
        self._here: tuple[str, int] | None = None
        self._nth = 0
        self.__name__ = getattr(inner, "__name__", "coroutine")
        self.__qualname__ = getattr(inner, "__qualname__", "coroutine")

    def send(self, value: Any) -> Any:
        """Take it up with a value."""
        self._tell(GO)
        return self._let_go(self.inner.send(value))

    def throw(self, *error: Any) -> Any:
        """Take it up with an exception."""
        self._tell(FAILED)
        return self._let_go(self.inner.throw(*error))

    def close(self) -> None:
        """Give it up."""
        self.inner.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        return (yield from self.inner.__await__())

    def _tell(self, side: str) -> None:
        if self._here is not None:
            self._watcher(Moment(self._here[0], side, self._nth))

    def _let_go(self, awaited: Any) -> Any:
        here = place_of(self.inner)
        # The same call as before has not moved on: it waits once more at the same await.
        self._nth = self._nth + 1 if here is not None and here == self._here else 1
        self._here = here
        self._tell(WAIT)
        return awaited


def task_factory(watcher: Watcher) -> Callable[..., asyncio.Task[Any]]:
    """For `loop.set_task_factory`: every task from then on tells the watcher of each moment."""

    def make(
        loop: asyncio.AbstractEventLoop, coroutine: Any, *, context: Context | None = None, **options: Any
    ) -> asyncio.Task[Any]:
        return asyncio.Task(Stepped(coroutine, watcher), loop=loop, context=context, **options)

    return make


class SteppingPolicy(asyncio.DefaultEventLoopPolicy):
    """Gives loops whose tasks are stepped."""

    def __init__(self, watcher: Watcher) -> None:
        super().__init__()
        # Not `_watcher`: the base class has one of its own, for child processes.
        self._listener = watcher

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        """A loop with the watcher's factory."""
        loop = super().new_event_loop()
        loop.set_task_factory(task_factory(self._listener))
        return loop


def place_of(awaited: object) -> tuple[str, int] | None:
    """Our functions that wait, from the task inwards, and which call the innermost of them is; None without any."""
    found = [frame for frame in _frames(awaited) if frame.f_code.co_filename.startswith(OURS)]
    if not found:
        return None
    return " > ".join(_name(frame) for frame in found), id(found[-1])


def _name(frame: FrameType) -> str:
    ordinal = sum(offset <= frame.f_lasti for offset in _sends(frame.f_code))
    return f"{frame.f_code.co_qualname.replace('.<locals>', '')}#{ordinal}"


@cache
def _sends(code: CodeType) -> tuple[int, ...]:
    return tuple(step.offset for step in dis.get_instructions(code) if step.opname == "SEND")


def _frames(awaited: object) -> Iterator[FrameType]:
    """The frames from a coroutine inwards, as far as they can be followed."""
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
            yield frame
        awaited = inner


def _within(awaited: object) -> object:
    """What `__await__` of a coroutine or `__anext__` of an async generator goes through, as the collector knows."""
    if type(awaited).__name__ not in {"coroutine_wrapper", "async_generator_asend", "async_generator_athrow"}:
        return None
    kinds = (CoroutineType, GeneratorType, AsyncGeneratorType)
    return next((part for part in gc.get_referents(awaited) if isinstance(part, kinds)), None)
