"""Apiframe's callbacks: how they are signed, and where they name their task. Pure."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from pydantic import SecretStr

from bot.providers.callbacks import task_id_in

SIGNATURE = "X-Webhook-Signature"


class ApiframeCallbacks:
    """`X-Webhook-Signature: sha256=<hex HMAC-SHA256 of the raw body>`.

    The key is SHA-256 of the API key: the raw digest in Apiframe's SDK (`src/webhooks.ts`), its hexadecimal form in
    some handlers out there; either is accepted. There is no timestamp, so a captured callback can be sent again.
    """

    def __init__(self, api_key: SecretStr) -> None:
        digest = hashlib.sha256(api_key.get_secret_value().strip().encode())
        self._keys = (digest.digest(), digest.hexdigest().encode())

    def genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        """See CallbackVerifier."""
        given = headers.get(SIGNATURE, "").removeprefix("sha256=").strip().lower().encode("utf-8", "surrogateescape")
        found = [
            hmac.compare_digest(hmac.new(key, body, hashlib.sha256).hexdigest().encode(), given) for key in self._keys
        ]
        return any(found)

    def task_id(self, body: bytes) -> str | None:
        """See CallbackVerifier."""
        return task_id_in(body, "jobId")
