"""LaterEdits: edits of messages that nobody waits for, each once the turn of its channel has come."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.engine.budget import Budget
from bot.engine.engine import Engine, Step

Edit = Callable[[str], Awaitable[None]]
"""Makes the edit of a key, with what is to be shown by then."""


class LaterEdits:
    """One that is asked for again before its turn is made once; what it shows is read when its turn has come."""

    def __init__(self, engine: Engine, budget: Budget, ready: Callable[[], bool]) -> None:
        self._engine = engine
        self._budget = budget
        self._ready = ready
        self._asked: set[Step] = set()
        self._kinds: set[str] = set()

    def plug(self, kind: str, edit: Edit) -> None:
        """Say how edits of a kind are made."""

        async def make(key: str) -> None:
            self._asked.discard(Step(kind, key))
            await edit(key)

        self._kinds.add(kind)
        self._engine.plug(kind, make, ready=self._ready)

    def release(self) -> None:
        """Make those that were held back until it was ready."""
        self._engine.release(self._kinds)

    def ask(self, kind: str, key: str, channel_id: int) -> None:
        """Have a message of this channel edited, soon."""
        step = Step(kind, key)
        if step not in self._asked:
            self._asked.add(step)
            self._engine.make_due(kind, key, self._budget.book(channel_id))
