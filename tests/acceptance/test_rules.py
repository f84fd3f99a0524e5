"""What a server's rules do to what is there: clips of age-restricted channels, strikes, others' takes, free work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import discord
import pytest

from bot.policy.server_rules import ServerRules
from sandbox.drawing.render import PrebuiltRenderer
from sandbox.providers.catalogue import APIFRAME_ERRORS
from tests.acceptance.brainstorm_round import begin
from tests.acceptance.making import delivered, shown
from tests.acceptance.studio import Studio, open_studio
from tests.acceptance.traces import erase, until_erased


async def set_rules(studio: Studio, **changes: Any) -> None:
    """As a moderator would."""
    await studio.app.services.desk.change(
        studio.target(studio.mod, 1), "pace", lambda _rules: ServerRules().but(**changes)
    )


async def for_adults(studio: Studio, *, on: bool) -> None:
    """Make the channel age-restricted, or not any more: a moderator does that in Discord's own settings."""
    vars(studio.env.backend.get_channel(studio.channel.id))["nsfw"] = on
    channel = studio.env.bot.get_channel(studio.channel.id)
    assert isinstance(channel, discord.TextChannel)
    channel.nsfw = on


async def test_clips_of_an_age_restricted_channel_are_in_no_board_or_reel_of_another(studio: Studio) -> None:
    await for_adults(studio, on=True)
    job = await delivered(studio, studio.ada, "for adults alone")
    assert job.age_restricted
    assert "for adults alone" in shown(studio, await studio.ben.slash(studio.channel, "board"))
    await for_adults(studio, on=False)
    for prompt in ("a fox", "a whale"):
        await delivered(studio, studio.ada, prompt)
    assert "for adults alone" not in shown(studio, await studio.ben.slash(studio.channel, "board"))
    assert "for adults alone" not in shown(studio, await studio.ben.slash(studio.channel, "reel"))
    assert "for adults alone" in shown(studio, await studio.ada.slash(studio.channel, "board", where="mine"))
    assert "for adults alone" in shown(studio, await studio.ada.slash(studio.channel, "history"))


async def test_a_member_whose_clips_are_filtered_again_and_again_has_to_wait(studio: Studio) -> None:
    await set_rules(studio, strikes=2)
    for number in range(2):
        studio.box.apiframe.faults.add(APIFRAME_ERRORS["job_failed_moderation"])
        assert "Accepted" in await studio.video(studio.ada, f"rude {number}", provider="apiframe")
        await studio.until_status(f"rude {number}", "content filter")
    refused = await studio.video(studio.ada, "harmless")
    assert "stopped 2 clips within a day" in refused
    assert "Accepted" in await studio.video(studio.ben, "harmless")
    await studio.say(studio.mod, "admin unblock", member=studio.ada)
    assert "Accepted" in await studio.video(studio.ada, "harmless")
    await set_rules(studio)
    assert (await studio.allowance(studio.ada)).left == 9


@pytest.mark.parametrize(("days", "kept"), [(None, None), (90, 90), (0.25, 1)])
async def test_the_longer_of_a_block_and_a_wait_outlives_an_erasure(
    studio: Studio, days: float | None, kept: int | None
) -> None:
    await set_rules(studio, strikes=1)
    studio.box.apiframe.faults.add(APIFRAME_ERRORS["job_failed_moderation"])
    await studio.video(studio.ada, "rude", provider="apiframe")
    await studio.until_status("rude", "content filter")
    await studio.app.services.desk.block(studio.target(studio.mod, 7), studio.ada.id, "", days)
    await erase(studio, studio.ada)
    await until_erased(studio)
    (blocked,) = await studio.app.services.desk.blocked(studio.guild.id)
    left = None if blocked.block.until is None else round((blocked.block.until - blocked.block.at) / 86_400)
    assert left == kept
    await studio.app.services.desk.block(studio.target(studio.mod, 8), studio.ada.id, "", 1)
    (blocked,) = await studio.app.services.desk.blocked(studio.guild.id)
    assert blocked.user_id == studio.ada.id, "what is said last holds alone"


async def test_nobody_gets_out_of_that_by_being_erased(studio: Studio) -> None:
    await set_rules(studio, strikes=1)
    studio.box.apiframe.faults.add(APIFRAME_ERRORS["job_failed_moderation"])
    await studio.video(studio.ada, "rude", provider="apiframe")
    await studio.until_status("rude", "content filter")
    await erase(studio, studio.ada)
    await until_erased(studio)
    assert "blocked" in (await studio.video(studio.ada, "harmless")).lower()
    await studio.say(studio.mod, "admin unblock", member=studio.ada)
    assert "Accepted" in await studio.video(studio.ada, "harmless")


async def test_takes_of_a_member_who_may_not_are_left_out_and_the_others_made(studio: Studio) -> None:
    round_ = await begin(studio, studio.ada, takes=2)
    await round_.write(studio.ben, "Add my take", "ben's own")
    await studio.say(studio.mod, "admin block", member=studio.ben)
    assert "2 takes are on their way" in await round_.press(studio.ada, "Render all")
    board = await round_.until_board("Vote with the buttons")
    assert "left out" in board
    assert await studio.jobs(studio.ben) == []


async def test_roles_of_those_whose_takes_are_rendered_are_looked_up(studio: Studio) -> None:
    role = studio.guild.create_role("Makers")
    studio.ada, studio.ben = (
        studio.guild.add_member(studio.env.create_user(name), roles=[role]) for name in ("eve", "kim")
    )
    await set_rules(studio, makers=(role.id,))
    assert "one of these roles" in await studio.video(studio.mod)
    round_ = await begin(studio, studio.ada, takes=2)
    await round_.write(studio.ben, "Add my take", "kim's own")
    assert "3 takes are on their way" in await round_.press(studio.ada, "Render all")


async def test_boards_are_counted_though_they_cost_nothing(studio: Studio) -> None:
    await set_rules(studio, free_per_hour=1)
    await delivered(studio, studio.ada, "a fox")
    assert "a fox" in shown(studio, await studio.ada.slash(studio.channel, "board"))
    assert "1 boards and reels" in shown(studio, await studio.ada.slash(studio.channel, "board"))
    assert "a fox" in shown(studio, await studio.ben.slash(studio.channel, "board"))


async def test_rules_of_a_newer_version_close_the_server_and_say_so(tmp_path: Path, clip: Path) -> None:
    async with open_studio(tmp_path, renderer=PrebuiltRenderer(clip)) as studio:
        store = studio.app.services.desk._store
        await set_rules(studio, spoilers=True)

        def from_the_future(_row: object) -> str:
            return '{"format": 2, "moon": "full"}'

        entry = studio.app.services.desk._entry(studio.target(studio.mod, 5), "pace")
        await store.change_rules(entry, from_the_future)
        for said in (await studio.video(studio.ada), await studio.say(studio.mod, "admin panel")):
            assert "written by a newer version" in said
        assert studio.submissions() == 0
