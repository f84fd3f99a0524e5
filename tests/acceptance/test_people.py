"""People who left, posts of forums, and a bot that a team owns."""

from __future__ import annotations

import logging
from typing import Any

import discord
import pytest

from bot.models import JobStatus
from cogs.video.delivery.notices import owners_of
from tests.acceptance.making import shown
from tests.acceptance.studio import Studio

GONE = "That member is not in this server any more. Please choose somebody who is."


@pytest.mark.parametrize(
    ("command", "options"),
    [("admin quota show", {}), ("admin quota set", {"credits": 5}), ("admin quota grant", {"credits": 5})],
)
async def test_a_member_who_left_is_said_to_be_gone(
    studio: Studio, command: str, options: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    gone = studio.env.create_user("gone")
    assert await studio.say(studio.mod, command, member=gone, **options) == GONE
    assert [record for record in caplog.records if record.exc_info or record.levelno >= logging.WARNING] == []


async def post_in_forum(studio: Studio) -> Any:
    """A post of a forum, as a channel in which commands can be typed."""
    forum = studio.guild.create_forum_channel("ideas")
    channel = studio.env.bot.get_channel(forum.id)
    assert isinstance(channel, discord.ForumChannel)
    await channel.create_thread(name="foxes", content="What about foxes?")
    return next(thread for thread in forum.threads if thread.name == "foxes")


@pytest.mark.parametrize("where", [{}, {"where": "channel"}, {"where": "thread"}])
async def test_a_board_in_a_post_of_a_forum_looks_at_the_post(studio: Studio, where: dict[str, str]) -> None:
    post = await post_in_forum(studio)
    await studio.ada.slash(post, "video", prompt="a fox in a post")
    await studio.until_jobs(studio.ada, JobStatus.DELIVERED)
    board = shown(studio, await studio.ben.slash(post, "board", **where))
    assert "a fox in a post" in board
    clips = "There is no clip here yet" in shown(studio, await studio.ben.slash(studio.channel, "board"))
    assert clips, "the channel has none of them"


async def test_a_reel_in_a_post_of_a_forum_is_made_of_its_clips(studio: Studio) -> None:
    post = await post_in_forum(studio)
    for prompt in ("a fox in a post", "a wolf in a post"):
        await studio.ada.slash(post, "video", prompt=prompt)
    await studio.until_jobs(studio.ada, JobStatus.DELIVERED, JobStatus.DELIVERED)
    builder = shown(studio, await studio.ada.slash(post, "reel", where="channel"))
    assert "a wolf in a post" in builder


# -- whose bot it is ---------------------------------------------------------------------------------------------------


def application(team: dict[str, Any] | None) -> discord.AppInfo:
    """The application as Discord describes it; a team's is owned by a user that stands for the team."""
    data = {
        "id": "1", "name": "rushes", "description": "", "icon": None, "bot_public": True, "verify_key": "0",
        "bot_require_code_grant": False, "owner": user(100 if team is None else 900), "team": team,
    }  # fmt: skip
    return discord.AppInfo(discord.Client(intents=discord.Intents.none())._connection, data)  # type: ignore[arg-type]


def user(number: int) -> dict[str, Any]:
    return {"id": str(number), "username": f"user{number}", "discriminator": "0", "avatar": None}


def member(number: int, role: str, state: int = 2) -> dict[str, Any]:
    return {"membership_state": state, "permissions": ["*"], "role": role, "team_id": "900", "user": user(number)}


async def test_a_persons_application_is_that_persons() -> None:
    assert owners_of(application(None)) == [100]


async def test_a_teams_application_is_that_of_those_who_may_change_it() -> None:
    members = [
        member(1, "admin"), member(2, "developer"), member(3, "read_only"), member(4, "admin", state=1),
        member(5, "read_only"),
    ]  # fmt: skip
    team = {"id": "900", "name": "The Cutters", "icon": None, "owner_user_id": "5", "members": members}
    assert owners_of(application(team)) == [1, 2, 5]
