"""Calling back: one POST per event, signed where the provider signs. What is in the body is the stand-in's business."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

import aiohttp

TIMEOUT = aiohttp.ClientTimeout(total=10)


def signature(key: str, body: bytes) -> str:
    """Apiframe's X-Webhook-Signature: the HMAC key is the raw SHA-256 digest of the API key."""
    digest = hashlib.sha256(key.encode()).digest()
    return "sha256=" + hmac.new(digest, body, hashlib.sha256).hexdigest()


async def call_back(
    session: aiohttp.ClientSession, url: str, event: Mapping[str, Any], *, sign_with: str | None = None
) -> bool:
    """POST an event once; whether it was taken. Neither provider documents that it tries again."""
    body = json.dumps(event).encode()
    headers = {"Content-Type": "application/json"}
    if "event" in event:
        headers["X-Webhook-Event"] = str(event["event"])
    if sign_with is not None:
        headers["X-Webhook-Signature"] = signature(sign_with, body)
    try:
        async with session.post(url, data=body, headers=headers, timeout=TIMEOUT) as response:
            return response.ok
    except (aiohttp.ClientError, TimeoutError):
        return False
