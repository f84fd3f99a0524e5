"""Alarms as Discord shows them: in private to those who own the bot, and in a server's log channel."""

from __future__ import annotations

from dataclasses import replace

import discord
import pytest
import simcord

from bot.errors import DestinationGone
from bot.outlet import Alarm, AlarmName
from sandbox.providers.catalogue import APIFRAME_ERRORS
from tests.acceptance.studio import Studio
from tests.acceptance.test_people import application, member

LOW = Alarm(AlarmName.BALANCE_LOW, {"provider": "Apiframe", "left": "40", "count": 8}, "balance:apiframe 1 0.0")
NEAR = Alarm(AlarmName.SERVER_DAY_NEAR, {"used": 80, "limit": 100, "resets_at": 1_790_000_000.0}, "spend:7:day 1 0.0")


def texts(channel: simcord.ChannelHandle) -> list[str]:
    return [message.content for message in channel.history()]


def owned_by(studio: Studio, monkeypatch: pytest.MonkeyPatch, *owners: int) -> None:
    """Have Discord say whose application it is: the stand-in says that it is its own."""
    members = [member(owner, "admin") for owner in owners]
    team = {"id": "900", "name": "The Cutters", "icon": None, "owner_user_id": str(owners[0]), "members": members}

    async def application_info() -> discord.AppInfo:
        return application(team)

    monkeypatch.setattr(studio.env.bot, "application_info", application_info)


async def test_everybody_who_owns_the_bot_is_told_in_private(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    owners = [studio.env.create_user(name) for name in ("cy", "dee")]
    owned_by(studio, monkeypatch, *(owner.id for owner in owners))
    await studio.app.services.outlet.deliverer.tell_owner(LOW)
    for owner in owners:
        assert texts(owner.dm_channel) == [
            "Only 40 credits are left at Apiframe: enough for 8 more clips at most. Please top it up before clips fail."
        ]


async def test_a_repeat_can_be_known_by_discord_and_each_place_by_itself(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    owned_by(studio, monkeypatch, *(studio.env.create_user(name).id for name in ("cy", "dee")))
    deliverer = studio.app.services.outlet.deliverer
    for _ in range(2):
        await deliverer.tell_owner(LOW)
        await deliverer.post_log(studio.guild.id, studio.channel.id, NEAR)
    sent = [entry.json for entry in studio.env.http_requests if entry.method == "POST" and "messages" in entry.path]
    nonces = [message["nonce"] for message in sent if message is not None and message["enforce_nonce"]]
    assert len(nonces) == 6
    assert nonces[:3] == nonces[3:]
    assert len(set(nonces)) == 3
    await deliverer.tell_owner(replace(LOW, key="balance:apiframe 1 60.0"))
    told_anew = [entry.json["nonce"] for entry in studio.env.http_requests if entry.json and "nonce" in entry.json]
    assert not set(told_anew[6:]) & set(nonces)


async def test_an_owner_who_takes_no_messages_keeps_no_other_from_being_told(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody, owner = 4711, studio.env.create_user("cy")
    owned_by(studio, monkeypatch, nobody, owner.id)
    deliverer = studio.app.services.outlet.deliverer
    await deliverer.tell_owner(LOW)
    assert len(texts(owner.dm_channel)) == 1
    owned_by(studio, monkeypatch, nobody)
    with pytest.raises(DestinationGone):
        await deliverer.tell_owner(LOW)


async def test_money_used_up_is_told_from_end_to_end(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = studio.env.create_user("cy")
    owned_by(studio, monkeypatch, owner.id)
    studio.box.apiframe.faults.add(APIFRAME_ERRORS["insufficient_credits"])
    await studio.video(studio.ben, "a fox", provider="apiframe")
    words = "turned the bot's account away"
    await studio.until(lambda: any(words in text for text in texts(owner.dm_channel)), "a private message")


async def test_a_server_is_told_in_its_log_channel_and_in_its_language(studio: Studio) -> None:
    guild = studio.env.create_guild("편집실", preferred_locale="ko")
    channel = guild.create_text_channel("log")
    await studio.app.services.outlet.deliverer.post_log(guild.id, channel.id, NEAR)
    (text,) = texts(channel)
    assert "크레딧 100개 중 80개를 썼어요" in text


async def test_no_other_server_is_told(studio: Studio) -> None:
    other = studio.env.create_guild("Elsewhere").create_text_channel("log")
    with pytest.raises(DestinationGone):
        await studio.app.services.outlet.deliverer.post_log(studio.guild.id, other.id, NEAR)
    assert texts(other) == []


async def test_a_server_that_the_bot_has_left_is_not_told(studio: Studio) -> None:
    with pytest.raises(DestinationGone):
        await studio.app.services.outlet.deliverer.post_log(4711, studio.channel.id, NEAR)
