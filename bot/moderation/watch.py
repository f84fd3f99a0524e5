"""What the owner of the bot, and those who manage a server, have to be told: from what was seen to what is wrong. Pure.

Who is told, and that it is told once, is in alarms.py; who looks, and when, in watchman.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from bot.outlet import Alarm, AlarmName
from bot.policy.gates import Cap, OwnerLimits, caps
from bot.policy.quotas import day_began_at, day_ends_at, month_began_at, month_ends_at
from bot.policy.server_rules import NO_RULES, ServerRules
from bot.storage.money.situation import Situation

OLDEST_SECONDS = 3600.0
DOWN_SECONDS = 300.0
DISK_BYTES = 1024**3
DISK_PERCENT = 5
EASE = 1.25
"""By how much something that runs short must have grown past its limit before it counts as well again."""

WELL, LOW, OUT = 0, 1, 2


class Disk(NamedTuple):
    """Bytes of the disk that holds DATA_DIR."""

    free: int
    total: int


class Rows(NamedTuple):
    """What the database says: since when the oldest unfinished job waits, and what all servers have spent."""

    oldest_at: float | None
    situation: Situation


@dataclass(frozen=True, slots=True)
class ProviderSight:
    """One provider as far as anything has been heard of it; `opened_at` while nothing is sent there.

    `balance` and `clip`, the least that a clip costs, are in its own units; None where nobody knows.
    """

    name: str
    title: str
    opened_at: float | None = None
    proven: bool = False
    turned_away: bool | None = None
    balance: float | None = None
    clip: float | None = None


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen in one look; None where it could not be seen. `at` is by the steady clock, `today` by the other.

    `caps` are those of all servers together. `sound` is whether the database is known to be whole, False also while
    nobody knows.
    """

    at: float
    today: float
    providers: tuple[ProviderSight, ...] = ()
    caps: tuple[Cap, ...] = ()
    rows: Rows | None = None
    disk: Disk | None = None
    sound: bool = False
    damage: str | None = None


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the owner has set, as far as it says what is wrong."""

    limits: OwnerLimits
    timeout_seconds: float
    low_clips: int

    @property
    def oldest_seconds(self) -> float:
        """How old an unfinished job may become."""
        return max(2 * self.timeout_seconds, OLDEST_SECONDS)


@dataclass(frozen=True, slots=True)
class Finding:
    """How bad something is, and what is told when it is worse than what was told before.

    `keeps` is the level that it does not fall below once it was told to be as bad: so that what hovers about a limit
    is told once. What was told before `since` does not count.
    """

    name: str
    level: int
    alarm: Alarm
    keeps: int = WELL
    since: float = float("-inf")


def plan_findings(sight: Sight, bounds: Bounds) -> list[Finding]:
    """Everything that is known to be well or wrong with the bot itself; what nobody knows is left out."""
    found = [*_of_database(sight), *_of_disk(sight.disk)]
    for provider in sight.providers:
        found += _of_provider(provider, sight.at, bounds.low_clips)
    if sight.rows is not None:
        found.append(_of_oldest(sight.rows.oldest_at, sight.at, bounds.oldest_seconds))
        found += plan_spending(sight.rows.situation, NO_RULES, bounds.limits, sight.today)
    return found


def plan_spending(situation: Situation, rules: ServerRules, limits: OwnerLimits, today: float) -> list[Finding]:
    """How far the caps of a server's rules and of the owner are used up; each is told once in its period."""
    return [_of_cap(cap, situation, today) for cap in caps(rules, limits) if cap.limit > 0]


def _of_cap(cap: Cap, situation: Situation, today: float) -> Finding:
    used = cap.used(situation.here, situation.everywhere)
    level = OUT if used >= cap.limit else LOW if cap.is_near(used) else WELL
    whose = "all" if cap.everywhere else str(situation.guild_id)
    name = AlarmName(f"{cap.name}_{'reached' if level == OUT else 'near'}")
    began, ends = (month_began_at, month_ends_at) if cap.monthly else (day_began_at, day_ends_at)
    facts = {"used": used, "limit": cap.limit, "resets_at": ends(today)}
    period = "month" if cap.monthly else "day"
    return Finding(f"spend:{whose}:{period}", level, Alarm(name, facts), keeps=OUT, since=began(today))


def _of_oldest(oldest_at: float | None, at: float, most: float) -> Finding:
    stuck = oldest_at is not None and at - oldest_at > most
    return Finding("jobs", LOW if stuck else WELL, Alarm(AlarmName.JOBS_STUCK, {"since_at": oldest_at or at}))


def _of_provider(provider: ProviderSight, at: float, low_clips: int) -> Iterator[Finding]:
    named = {"provider": provider.title}
    used_up = False
    if provider.balance is not None and provider.clip is not None:
        finding = _of_balance(provider.name, named, provider.balance, provider.clip, low_clips)
        used_up = finding.level == OUT
        yield finding
    if provider.turned_away is not None and not (provider.turned_away and used_up):
        level = LOW if provider.turned_away else WELL
        yield Finding(f"account:{provider.name}", level, Alarm(AlarmName.ACCOUNT_PROBLEM, named))
    down = provider.opened_at is not None and at - provider.opened_at > DOWN_SECONDS
    if provider.proven or (down and not provider.turned_away):
        facts = named | {"since_at": provider.opened_at or at}
        yield Finding(f"down:{provider.name}", LOW if down else WELL, Alarm(AlarmName.PROVIDER_DOWN, facts))


def _of_balance(name: str, named: dict[str, str], balance: float, clip: float, low_clips: int) -> Finding:
    def level(of: float) -> int:
        return OUT if of < clip else LOW if of < low_clips * clip else WELL

    found = level(balance)
    alarm = AlarmName.BALANCE_USED_UP if found == OUT else AlarmName.BALANCE_LOW
    facts = named | {"left": f"{balance:g}", "count": max(0, int(balance // clip))}
    return Finding(f"balance:{name}", found, Alarm(alarm, facts), keeps=level(balance / EASE))


def _of_disk(disk: Disk | None) -> Iterator[Finding]:
    if disk is not None:
        low, keeps = (_is_low(disk.free / ease, disk.total) for ease in (1, EASE))
        facts = {"left": disk.free // 1024**2}
        yield Finding("disk", LOW if low else WELL, Alarm(AlarmName.DISK_LOW, facts), keeps=LOW if keeps else WELL)


def _is_low(free: float, total: int) -> bool:
    return free < DISK_BYTES or 100 * free < DISK_PERCENT * total


def _of_database(sight: Sight) -> Iterator[Finding]:
    if sight.sound or sight.damage is not None:
        level = WELL if sight.damage is None else OUT
        yield Finding("database", level, Alarm(AlarmName.DATABASE_DAMAGED))
