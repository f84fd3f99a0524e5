"""When a day and a month end, and what a member may spend of a day. Pure arithmetic; the rows are in bot.storage.money.

Credits are counted by UTC days, so that no member's day is longer than another's.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from bot.models import Allowance
from bot.policy.server_rules import ServerRules
from bot.storage.money.ledger import Purse

_DAY = timedelta(days=1)


def day_of(now: float) -> str:
    """The UTC day of a moment, as YYYY-MM-DD."""
    return datetime.fromtimestamp(now, UTC).date().isoformat()


def day_began_at(now: float) -> float:
    """The midnight UTC with which the day began."""
    return _midnight(now).timestamp()


def month_began_at(now: float) -> float:
    """The midnight UTC with which the month began."""
    return _midnight(now).replace(day=1).timestamp()


def day_ends_at(now: float) -> float:
    """The next midnight UTC."""
    return (_midnight(now) + _DAY).timestamp()


def month_ends_at(now: float) -> float:
    """The midnight UTC with which the next month begins."""
    return (_midnight(now).replace(day=28) + 4 * _DAY).replace(day=1).timestamp()


def _midnight(now: float) -> datetime:
    return datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def allowance(purse: Purse, rules: ServerRules, roles: Iterable[int], base: int, resets_at: float) -> Allowance:
    """What a member may use: what was set for them, else the most of their roles, else the server's, else `base`.

    What was granted for the day comes on top.
    """
    by_role = [rules.role_credits[role] for role in roles if role in rules.role_credits]
    if purse.own is not None:
        limit = purse.own
    elif by_role:
        limit = max(by_role)
    else:
        limit = base if purse.everybodys is None else purse.everybodys
    return Allowance(limit=limit + purse.granted, used=purse.used, held=purse.held, resets_at=resets_at)
