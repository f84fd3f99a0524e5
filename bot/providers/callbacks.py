"""What a provider sends to our webhook: how it is verified and read. Pure; receiving it is bot.web.webhooks.

Each vendor's verifier is in its own package. A callback only ever wakes a job: results are read from the provider's
own status query and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Protocol

from bot.providers.reading.fields import task_id_of


class CallbackVerifier(Protocol):
    """How one provider's callbacks are read."""

    def genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether the provider itself sent this, as far as it can be told from the request."""

    def task_id(self, body: bytes) -> str | None:
        """The task that it is about, or None when it cannot be read."""


def task_id_in(body: bytes, name: str) -> str | None:
    """The task id in the field `name` of a JSON object; None where there is no such object, field or id."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return task_id_of(content.get(name)) if isinstance(content, dict) else None
