"""The prompts of tasks under way, so that a provider's words can be told from a prompt that it says again.

In memory alone: after a restart a task's own answer is asked for its prompt.
"""

from __future__ import annotations

MOST = 2000


class Prompts:
    """Remembers the latest few thousand."""

    def __init__(self) -> None:
        self._prompts: dict[str, str] = {}

    def remember(self, task_id: str, prompt: str) -> None:
        """Keep a prompt; the oldest one goes when there are too many."""
        self._prompts[task_id] = prompt
        if len(self._prompts) > MOST:
            del self._prompts[next(iter(self._prompts))]

    def of(self, task_id: str) -> tuple[str, ...]:
        """The prompt of a task, if it is known."""
        return (self._prompts[task_id],) if task_id in self._prompts else ()
