"""What a provider sends to our webhook, and whether it is genuine. Pure; receiving it is bot.web.webhooks.

A callback only ever wakes a job: results are read from the provider's own status query and nowhere else.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Protocol

from pydantic import SecretStr

from bot.providers.fields import task_id_of

SIGNATURE = "X-Webhook-Signature"


class Callbacks(Protocol):
    """How one provider's callbacks are read."""

    def genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether the provider itself sent this, as far as it can be told from the request."""

    def task_id(self, body: bytes) -> str | None:
        """The task that it is about, or None when it cannot be read."""


class ApiframeCallbacks:
    """`X-Webhook-Signature: sha256=<hex HMAC-SHA256 of the raw body>`.

    The key is SHA-256 of the API key: the raw digest in Apiframe's SDK (`src/webhooks.ts`), its hexadecimal form in
    some handlers out there; either is accepted. There is no timestamp, so a captured callback can be sent again.
    """

    def __init__(self, api_key: SecretStr) -> None:
        digest = hashlib.sha256(api_key.get_secret_value().strip().encode())
        self._keys = (digest.digest(), digest.hexdigest().encode())

    def genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        """See Callbacks."""
        given = headers.get(SIGNATURE, "").removeprefix("sha256=").strip().lower().encode("utf-8", "surrogateescape")
        found = [
            hmac.compare_digest(hmac.new(key, body, hashlib.sha256).hexdigest().encode(), given) for key in self._keys
        ]
        return any(found)

    def task_id(self, body: bytes) -> str | None:
        """See Callbacks."""
        return _field(body, "jobId")


class AceDataCallbacks:
    """AceData signs nothing, as far as its documents say: the unguessable path is all there is."""

    def genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        """See Callbacks."""
        return True

    def task_id(self, body: bytes) -> str | None:
        """See Callbacks."""
        return _field(body, "task_id")


def _field(body: bytes, name: str) -> str | None:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return task_id_of(content.get(name)) if isinstance(content, dict) else None
