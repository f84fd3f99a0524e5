"""Failpoints: the moments before and after each step of a job, by name. What happens there is for whoever watches.

Nobody does, unless a test's own launcher asked to: then `watch` is called with each moment as it is passed, and may
end the process there. Off, a moment costs one `if`. Nothing here reads the environment, and nothing in `bot` watches.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

Watcher = Callable[[str], None]
"""Called with "<name>:before" and "<name>:after"."""

_watcher: Watcher | None = None


def watch(watcher: Watcher | None) -> None:
    """Tell this one of every moment from now on; None is for nobody."""
    global _watcher
    _watcher = watcher


async def at(name: str, step: Awaitable[T]) -> T:
    """Await a step, and let a watcher know before and after; a step that fails has no after."""
    if _watcher is None:
        return await step
    _watcher(f"{name}:before")
    result = await step
    _watcher(f"{name}:after")
    return result
