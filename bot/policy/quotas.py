"""QuotaPolicy: what a clip costs and when a day ends. Pure arithmetic; the rows are in bot.storage.ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.models import Resolution, VideoRequest

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class QuotaPolicy:
    """Prices in credits and the day they count for; `daily_credits` is everybody's allowance unless an admin set one.

    A 768p clip of 6 s costs 1. Twice the price for 10 s or for 1080p follows the ratio of Apiframe's own price list
    for hailuo-02 (5, 8 and 10 credits), rounded up to whole credits.
    """

    daily_credits: int

    def price(self, request: VideoRequest) -> int:
        """Credits that this request costs."""
        longer = request.duration_seconds is not None and request.duration_seconds > 6
        sharper = request.resolution is Resolution.P1080
        return 2 if longer or sharper else 1

    def day(self, now: float) -> str:
        """The UTC day of a moment, as YYYY-MM-DD."""
        return datetime.fromtimestamp(now, UTC).date().isoformat()

    def resets_at(self, now: float) -> float:
        """The next midnight UTC."""
        today = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return (today + _DAY).timestamp()
