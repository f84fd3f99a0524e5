"""Servers that the bot's owner has not named: told so, left, and served with nothing meanwhile."""

from __future__ import annotations

from pathlib import Path

from sandbox.drawing.render import PrebuiltRenderer
from tests.acceptance.studio import open_studio


async def test_a_server_that_is_not_named_is_told_and_left(tmp_path: Path, clip: Path) -> None:
    async with open_studio(tmp_path, renderer=PrebuiltRenderer(clip)) as studio:
        assert "Accepted" in await studio.video(studio.ada)
        await studio.until_clips(1)
        studio._settings |= {"guilds_allowed": (studio.guild.id,)}
        await studio.restart()
        assert "Accepted" in await studio.video(studio.ada)
        await studio.until_clips(2)
        studio._settings |= {"guilds_allowed": (1,)}
        await studio.restart()
        await studio.until(lambda: studio.env.bot.get_guild(studio.guild.id) is None, "it has left")
        said = [str(one.json) for one in studio.env.http_requests if one.path.endswith("/messages")]
        assert "I leave again" in said[-1], "the channel is not seen any more"
        assert studio.submissions() == 2
