"""AceData's callbacks: nothing is signed, and where they name their task. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from bot.providers.callbacks import task_id_in


class AceDataCallbacks:
    """AceData signs nothing, as far as its documents say: the unguessable path is all there is."""

    def genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        """See CallbackVerifier."""
        return True

    def task_id(self, body: bytes) -> str | None:
        """See CallbackVerifier."""
        return task_id_in(body, "task_id")
