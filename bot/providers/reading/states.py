"""The words in which a provider says how a task stands. Pure; a word that is not known means that it still runs."""

from __future__ import annotations

# Those that AceData's SDK accepts, and the forms that other APIs of the trade give them.
DONE = frozenset({"succeed", "succeeded", "success", "successful", "completed", "complete", "finished", "done"})
FAILED = frozenset(
    {"failed", "fail", "failure", "error", "errored", "cancelled", "canceled", "rejected", "aborted"}
)  # fmt: skip


def state_word(*values: object) -> str:
    """The first of the values that is a word, in lower case; empty where none is."""
    for value in values:
        if isinstance(value, str) and (word := value.strip()):
            return word.lower()
    return ""
