"""Caps are told once in their period: those of the owner in private, those of a server in its log channel."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.errors import DeliveryPostponed
from bot.models import ReplyTarget
from tests.integration.provider_outcomes import CHANNEL, GUILD
from tests.integration.watched_house import House, house

LOG = 77


async def test_the_caps_of_all_servers_are_told_at_eighty_percent_and_when_they_are_reached_once_a_day(
    clip: Path, tmp_path: Path
) -> None:
    async with house(clip, tmp_path, spend_daily_credits=5, spend_monthly_credits=10) as here:
        await asyncio.gather(*(here.ask() for _ in range(3)))
        await here.pass_time(5, stride=1)
        assert here.told == []
        await here.ask()
        await here.pass_time(5, stride=1)
        assert here.told == ["all_day_near"], "seconds after the reservation"
        await here.ask()
        await here.pass_time(5, stride=1)
        await here.restart()
        await here.pass_time(70)
        assert here.told == []
        await here.pass_time(12 * 3600, stride=1800)
        await asyncio.gather(*(here.ask() for _ in range(4)))
        await here.pass_time(5, stride=1)
        assert sorted(here.told) == ["all_day_near", "all_month_near"]
        assert 'rushes_spend_credits{period="month",scope="all"} 9.0' in here.app.metrics.render().decode()


async def test_a_servers_own_budget_is_told_in_its_log_channel(clip: Path, tmp_path: Path) -> None:
    async with house(clip, tmp_path) as here:
        await budget(here, 5, log_channel=LOG)
        await asyncio.gather(*(here.ask() for _ in range(4)))
        await here.pass_time(5, stride=1)
        assert here.channel.logged == [(GUILD, LOG, "server_day_near")]
        here.channel.trouble = DeliveryPostponed("unwell")
        await here.ask()
        await here.pass_time(5, stride=1)
        await here.restart()  # before it could be told
        await here.pass_time(5, stride=1)
        assert here.channel.logged == [(GUILD, LOG, "server_day_reached")]
        await here.restart()
        await here.pass_time(70)
        assert here.channel.logged == []
        assert here.told == [], "it is no business of the owner's"


async def test_a_message_to_a_log_channel_is_tried_again(clip: Path, tmp_path: Path) -> None:
    async with house(clip, tmp_path) as here:
        await budget(here, 5, log_channel=LOG)
        here.channel.trouble = DeliveryPostponed("unwell")
        await asyncio.gather(*(here.ask() for _ in range(4)))
        await here.pass_time(5, stride=1)
        here.channel.trouble = None
        await here.pass_time(65)
        assert here.channel.logged == [(GUILD, LOG, "server_day_near")]


async def test_without_a_log_channel_nobody_is_told_of_a_servers_budget(clip: Path, tmp_path: Path) -> None:
    async with house(clip, tmp_path) as here:
        await budget(here, 5)
        await asyncio.gather(*(here.ask() for _ in range(5)))
        await here.pass_time(70)
        assert (here.channel.logged, here.told) == ([], [])
        await budget(here, 5, log_channel=LOG)
        await here.restart()
        await here.pass_time(5, stride=1)
        assert here.channel.logged == [(GUILD, LOG, "server_day_reached")], "once there is one"


async def test_a_budget_that_is_lowered_is_told_within_the_hour(clip: Path, tmp_path: Path) -> None:
    async with house(clip, tmp_path) as here:
        await budget(here, 50, log_channel=LOG)
        await asyncio.gather(*(here.ask() for _ in range(5)))
        await here.pass_time(70)
        assert here.channel.logged == []
        await budget(here, 5)
        await here.pass_time(3700, stride=60)
        assert here.channel.logged == [(GUILD, LOG, "server_day_reached")]


async def budget(here: House, credits_: int, **rules: object) -> None:
    admin = ReplyTarget(1, 9, GUILD, CHANNEL)
    await here.services.desk.change(admin, "rules", lambda now: now.but(daily_budget=credits_, **rules))
