"""How long a provider, or whoever answers in its place, wants to be left alone. Pure.

What is said is honoured whoever says it: asking into a block makes it longer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from math import isnan

RETRY_AFTER_LIMIT = 24 * 3600.0
"""Seconds; a ban by the day is honoured in full."""

RETRY_AFTER_ABSURD = 3600.0
"""Seconds that are waited where more than the limit is asked for: "30 years" is a mistake, and passes before that."""

# Seconds, in the body's own names, compared without case, "_" and "-": Cloudflare's JSON has `retry_after`.
_NAMES = frozenset({"retryafter", "retryafterseconds", "retryin"})


def parse_retry_after(value: str | None, now: float) -> float | None:
    """Seconds to wait, at least 0, from seconds or an HTTP date; None if absent or neither."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        moment = parse_date(value)
        if moment is None:
            return None
        seconds = moment - now
    return None if isnan(seconds) else _bounded(seconds)


def retry_after_of(headers: Mapping[str, str], body: object, now: float) -> float | None:
    """What an answer says of it: its header, and its JSON where there is none.

    A date counts from the answer's own `Date`: the two clocks need not agree.
    """
    value = headers.get("Retry-After")
    said = None if value is None else parse_retry_after(value, parse_date(headers.get("Date")) or now)
    return said if said is not None else _in_body(body)


def parse_date(value: str | None) -> float | None:
    """Seconds since the epoch of an HTTP date; None if it is none."""
    if value is None:
        return None
    try:
        when = parsedate_to_datetime(value)
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _in_body(body: object) -> float | None:
    if not isinstance(body, dict):
        return None
    for part in (body, body.get("error"), body.get("detail"), body.get("details")):
        for key, value in part.items() if isinstance(part, dict) else ():
            number = type(value) in {int, float} and value == value
            if number and str(key).lower().replace("_", "").replace("-", "") in _NAMES:
                return _bounded(value)
    return None


def _bounded(seconds: float) -> float:
    return max(0.0, float(seconds)) if seconds <= RETRY_AFTER_LIMIT else RETRY_AFTER_ABSURD
