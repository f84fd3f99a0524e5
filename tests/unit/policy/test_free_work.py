"""How often boards and reels may be made: by each member, within an hour."""

from __future__ import annotations

import pytest

from bot.errors import Refused
from bot.moderation.free_work import HOUR_SECONDS, PER_HOUR, FreeWork
from bot.policy.server_rules import NO_RULES, ServerRules


def test_so_many_an_hour_for_each_member_and_server() -> None:
    now = 1000.0
    work, rules = FreeWork(lambda: now), ServerRules(free_per_hour=2)
    work.take(1, 7, rules)
    now += 60
    work.take(1, 7, rules)
    with pytest.raises(Refused, match="too_much_free_work") as refused:
        work.take(1, 7, rules)
    assert refused.value.facts == {"limit": 2, "again_at": 1000.0 + HOUR_SECONDS}
    work.take(1, 8, rules)
    work.take(2, 7, rules)
    now = 1000.0 + HOUR_SECONDS
    work.take(1, 7, rules)
    with pytest.raises(Refused):
        work.take(1, 7, rules)


def test_without_a_rule_there_is_a_limit_all_the_same_and_none_at_all_can_be_one() -> None:
    work = FreeWork(lambda: 0.0)
    for _ in range(PER_HOUR):
        work.take(1, 7, NO_RULES)
    with pytest.raises(Refused):
        work.take(1, 7, NO_RULES)
    with pytest.raises(Refused):
        work.take(1, 8, ServerRules(free_per_hour=0))
