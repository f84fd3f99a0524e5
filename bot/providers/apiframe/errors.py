"""Apiframe's error replies: whose they are, and what they mean in our terms. Pure.

Documented (openapi.json 2.0.0): `{"error": "text"}`, for a validation error with `details` of its fields.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.errors import ProviderError
from bot.providers.reading.fields import clean_text
from bot.providers.refusals.complaints import complaint_of
from bot.providers.refusals.judging import Refusal, judged, money_is_gone


def parse_error(
    status: int, body: object, retry_after: float | None, *, effect: bool = True, prompts: Iterable[str] = ()
) -> ProviderError:
    """The exception for a refused request; `effect` is false for requests that start nothing.

    401 to 404 are a key, a balance, an inactive key or a modality switched off, or a wrong API address, where Apiframe
    itself says so. 409 (its Node SDK only): our key was used with another body, so a first request did arrive.
    """
    complaint = complaint_of(body, prompts)
    own = is_own(body) or (status < 300 and isinstance(body, dict))
    refusal = Refusal(status, body, complaint, own, effect, retry_after, f"{status} {_error_text(body)}")
    # Its queue or its database is down (openapi.json). Said by an edge it may come after the effect.
    if status == 503 and (own or body is None) and not money_is_gone(refusal):
        return refusal.as_busy()
    return judged(refusal)


def is_own(body: object) -> bool:
    """Whether an error reply is Apiframe's: an edge in front of it has its own pages and its own JSON."""
    return isinstance(body, dict) and isinstance(body.get("error"), str) and bool(body["error"].strip())


def _error_text(body: object) -> str:
    """The error and, for a validation error, the fields it is about; never the words of its prompt."""
    if not isinstance(body, dict):
        return clean_text(body)
    details = body.get("details")
    fields = f" ({', '.join(map(str, details))})" if isinstance(details, dict) and details else ""
    own = clean_text(body.get("error")) or complaint_of(body).detail
    return clean_text(own + fields)
