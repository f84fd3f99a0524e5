"""Every alarm in words: whole sentences in every language, filled by the facts that it is told with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.moderation.watch import WELL, Bounds, Disk, ProviderSight, Rows, Sight, plan_findings, plan_spending
from bot.outlet import Alarm, AlarmName
from bot.policy.gates import OwnerLimits
from bot.policy.server_rules import NO_RULES
from bot.storage.money.situation import Situation
from bot.storage.money.spend import Spent
from cogs.i18n.words import LOCALES, catalogue, translation
from cogs.video.delivery.alarms import alarm_text

NOW = 1_790_000_000.0
LIMITS = OwnerLimits(10, spend_daily=100, spend_monthly=100)


def alarms() -> dict[AlarmName, Alarm]:
    """One of each kind, as the watch makes them."""
    found = []
    for used, balance in ((80, 10.0), (100, 1.0)):
        spent = Spent(used, used)
        situation = Situation(7, NOW, None, (), spent, spent)
        ill = ProviderSight("apiframe", "Apiframe", NOW - 400, balance=balance, clip=5.0)
        away = replace(ill, name="acedata", title="AceData Cloud", turned_away=True, balance=None)
        rows = Rows(NOW - 1e5, situation)
        sight = Sight(NOW, NOW, (ill, away), (), rows, Disk(0, 10**12), damage="page 4")
        found += plan_findings(sight, Bounds(LIMITS, 1200.0, 20))
        rules = NO_RULES.but(daily_budget=100, monthly_budget=100)
        found += plan_spending(situation, rules, OwnerLimits(0), NOW)
    return {finding.alarm.name: finding.alarm for finding in found if finding.level != WELL}


ALARMS = alarms()


def test_every_alarm_is_one_that_the_watch_can_come_to() -> None:
    assert set(ALARMS) == set(AlarmName)


@pytest.mark.parametrize("locale", LOCALES)
def test_every_alarm_has_a_sentence_and_every_sentence_an_alarm(locale: str) -> None:
    keys = {key.removeprefix("alarms.") for key in catalogue(locale) if key.startswith("alarms.")}
    assert keys == set(AlarmName)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("alarm", ALARMS.values(), ids=lambda alarm: alarm.name)
def test_an_alarm_is_whole_sentences_filled_with_its_facts(alarm: Alarm, locale: str) -> None:
    text = alarm_text(alarm, translation(locale))
    assert text.endswith((".", "。"))
    assert not set("{}") & set(text)
    assert "None" not in text
    assert len(text) <= 400


def test_a_moment_is_shown_as_the_reader_has_it() -> None:
    text = alarm_text(ALARMS[AlarmName.JOBS_STUCK], translation("en"))
    assert f"since <t:{NOW - 1e5:.0f}:f>" in text


def test_one_clip_is_singular() -> None:
    alarm = Alarm(AlarmName.BALANCE_LOW, {"provider": "Apiframe", "left": "5", "count": 1})
    assert "enough for 1 more clip at most" in alarm_text(alarm, translation("en"))
