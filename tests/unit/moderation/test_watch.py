"""From what was seen to what is wrong: every threshold, from both sides."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.moderation.watch import (
    DISK_BYTES,
    LOW,
    OUT,
    WELL,
    Bounds,
    Disk,
    Finding,
    ProviderSight,
    Rows,
    Sight,
    plan_findings,
    plan_spending,
)
from bot.outlet import AlarmName
from bot.policy.gates import OwnerLimits
from bot.policy.server_rules import NO_RULES
from bot.storage.money.situation import Situation
from bot.storage.money.spend import Spent

NOW = datetime(2026, 9, 21, 12, 30, tzinfo=UTC).timestamp()
MIDNIGHT = datetime(2026, 9, 21, tzinfo=UTC).timestamp()
BOUNDS = Bounds(OwnerLimits(10), 1200.0, 20)
GIB = 1024**3
WELL_OFF = ProviderSight("apiframe", "Apiframe", proven=True, turned_away=False, balance=1000.0, clip=5.0)


def situation(day: int = 0, month: int = 0, *, here: Spent | None = None) -> Situation:
    everywhere = Spent(day, month)
    return Situation(7, NOW, None, (), here or everywhere, everywhere)


def found(sight: Sight, bounds: Bounds = BOUNDS) -> dict[str, Finding]:
    findings = plan_findings(sight, bounds)
    by_name = {finding.name: finding for finding in findings}
    assert len(by_name) == len(findings)
    return by_name


def of_provider(**changes: object) -> dict[str, Finding]:
    return found(Sight(NOW, NOW, (replace(WELL_OFF, **changes),)))  # type: ignore[arg-type]


def test_what_nobody_has_seen_is_neither_well_nor_wrong() -> None:
    assert found(Sight(NOW, NOW, (ProviderSight("apiframe", "Apiframe"),))) == {}


def test_where_all_is_well_all_is_said_to_be() -> None:
    sight = Sight(NOW, NOW, (WELL_OFF,), (), Rows(None, situation()), Disk(500 * GIB, 1000 * GIB), sound=True)
    bounds = replace(BOUNDS, limits=OwnerLimits(10, spend_daily=100, spend_monthly=1000))
    assert {name: finding.level for name, finding in found(sight, bounds).items()} == dict.fromkeys(
        [
            *("balance:apiframe", "account:apiframe", "down:apiframe"),
            *("jobs", "spend:all:day", "spend:all:month", "disk", "database"),
        ],
        WELL,
    )


@pytest.mark.parametrize(
    ("timeout", "age", "level"),
    [(1200.0, 3600.0, WELL), (1200.0, 3601.0, LOW), (3600.0, 7200.0, WELL), (3600.0, 7201.0, LOW)],
)
def test_a_job_is_stuck_after_two_timeouts_or_an_hour(timeout: float, age: float, level: int) -> None:
    sight = Sight(NOW, NOW, rows=Rows(NOW - age, situation()))
    assert found(sight, replace(BOUNDS, timeout_seconds=timeout))["jobs"].level == level


@pytest.mark.parametrize(("ago", "levels"), [(0.0, []), (300.0, []), (301.0, [LOW]), (5000.0, [LOW])])
def test_a_circuit_that_is_open_for_more_than_five_minutes_is_told(ago: float, levels: list[int]) -> None:
    seen = of_provider(opened_at=NOW - ago, proven=False)
    assert [finding.level for name, finding in seen.items() if name == "down:apiframe"] == levels


def test_of_an_account_that_is_turned_away_it_is_not_told_too_that_nothing_gets_through() -> None:
    seen = of_provider(opened_at=NOW - 301, proven=False, turned_away=True)
    assert seen["account:apiframe"].level == LOW
    assert "down:apiframe" not in seen


@pytest.mark.parametrize(
    ("balance", "level", "keeps", "clips"),
    [
        (1000.0, WELL, WELL, 200), (125.0, WELL, WELL, 25), (124.9, WELL, LOW, 24), (100.0, WELL, LOW, 20),
        (99.9, LOW, LOW, 19), (6.25, LOW, LOW, 1), (6.2, LOW, OUT, 1), (5.0, LOW, OUT, 1), (4.9, OUT, OUT, 0),
        (0.0, OUT, OUT, 0), (-12.0, OUT, OUT, 0),
    ],
)  # fmt: skip
def test_a_balance_is_low_below_twenty_clips_and_used_up_below_one(
    balance: float, level: int, keeps: int, clips: int
) -> None:
    finding = of_provider(balance=balance)["balance:apiframe"]
    assert (finding.level, finding.keeps, finding.alarm.facts["count"]) == (level, keeps, clips)
    if level != WELL:
        assert finding.alarm.name == (AlarmName.BALANCE_USED_UP if level == OUT else AlarmName.BALANCE_LOW)


def test_without_a_number_of_clips_only_a_balance_that_is_used_up_is_told() -> None:
    bounds = replace(BOUNDS, low_clips=0)
    sights = [Sight(NOW, NOW, (replace(WELL_OFF, balance=balance),)) for balance in (5.0, 4.0)]
    assert [found(sight, bounds)["balance:apiframe"].level for sight in sights] == [WELL, OUT]


@pytest.mark.parametrize("unknown", [{"balance": None}, {"clip": None}])
def test_a_balance_that_says_nothing_is_no_trouble(unknown: dict[str, None]) -> None:
    assert "balance:apiframe" not in of_provider(**unknown)


def test_a_balance_used_up_is_told_in_place_of_an_account_that_is_turned_away() -> None:
    seen = of_provider(balance=0.0, turned_away=True)
    assert seen["balance:apiframe"].level == OUT
    assert "account:apiframe" not in seen
    assert of_provider(balance=50.0, turned_away=True)["account:apiframe"].level == LOW


@pytest.mark.parametrize(
    ("free", "total", "level"),
    [
        (DISK_BYTES, 4 * GIB, WELL), (DISK_BYTES - 1, 4 * GIB, LOW), (0, 0, LOW),
        (50 * GIB, 1000 * GIB, WELL), (50 * GIB - 1, 1000 * GIB, LOW),
    ],
)  # fmt: skip
def test_a_disk_is_nearly_full_below_a_gibibyte_or_five_percent(free: int, total: int, level: int) -> None:
    assert found(Sight(NOW, NOW, disk=Disk(free, total)))["disk"].level == level


def test_a_disk_is_well_again_only_with_some_more_room() -> None:
    levels = [found(Sight(NOW, NOW, disk=Disk(free, 4 * GIB)))["disk"].keeps for free in (GIB, GIB * 5 // 4)]
    assert levels == [LOW, WELL]


def test_a_damaged_database_is_told_and_an_unchecked_one_is_not_called_well() -> None:
    sight = Sight(NOW, NOW, damage="page 4 is never used")
    assert found(sight)["database"].level == OUT
    assert "database" not in found(replace(sight, damage=None))


@pytest.mark.parametrize(("used", "level"), [(0, WELL), (79, WELL), (80, LOW), (99, LOW), (100, OUT), (130, OUT)])
@pytest.mark.parametrize("everywhere", [True, False])
@pytest.mark.parametrize("monthly", [True, False])
def test_a_cap_is_told_at_eighty_percent_and_when_it_is_reached(
    used: int, level: int, everywhere: bool, monthly: bool
) -> None:
    spent = Spent(0, used) if monthly else Spent(used, used)
    period = "month" if monthly else "day"
    rules, limits = NO_RULES, OwnerLimits(0)
    if everywhere:
        limits = OwnerLimits(0, spend_monthly=100) if monthly else OwnerLimits(0, spend_daily=100)
    else:
        rules = NO_RULES.but(**{"monthly_budget" if monthly else "daily_budget": 100})
    here = Spent(0, 0) if everywhere else spent
    (finding,) = plan_spending(situation(*(spent if everywhere else (0, 0)), here=here), rules, limits, NOW)
    whose, word = ("all", "all") if everywhere else ("7", "server")
    assert (finding.name, finding.level, finding.keeps) == (f"spend:{whose}:{period}", level, OUT)
    assert finding.alarm.name == f"{word}_{period}_{'reached' if level == OUT else 'near'}"
    assert finding.since == (MIDNIGHT - 20 * 86_400 if monthly else MIDNIGHT)
    assert finding.alarm.facts["used"] == used


def test_a_cap_of_nothing_is_no_news() -> None:
    assert plan_spending(situation(), NO_RULES, OwnerLimits(0, spend_daily=0), NOW) == []
