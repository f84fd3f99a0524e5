"""The cutting room: small clips, a member's private reel builder, and what can be seen and changed around a reel."""

from __future__ import annotations

import io
import sqlite3
from pathlib import Path
from typing import Any

import discord
import simcord
from PIL import Image

from bot.media.container.mp4 import Mp4Facts, inspect
from sandbox.drawing.render import FfmpegRenderer, Shot
from sandbox.drawing.stills import still
from tests.acceptance.studio import Studio
from tests.acceptance.test_video import plays, saved

FRAMES = 6 * 8
"""Of each clip here: six seconds, so small that joining takes no time."""

RATE = 24
"""Frames a second of a reel that is encoded anew: the nearest of the usual rates."""


class SmallRenderer:
    """Serves two small clips that were made before: a wide one, and an upright one for prompts that ask for it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def render(self, shot: Shot) -> Path:
        """See sandbox.drawing.render.Renderer."""
        return self._folder / ("tall.mp4" if "tall" in shot.prompt else "wide.mp4")

    def close(self) -> None:
        """Leave the files alone."""


async def render_small(folder: Path) -> None:
    renderer = FfmpegRenderer(folder, frame_rate=8, short_side=180)
    (await renderer.render(Shot("a calm sea", 6, 180))).rename(folder / "wide.mp4")
    upright = io.BytesIO()
    Image.open(io.BytesIO(still("forest"))).crop((0, 0, 432, 768)).save(upright, "PNG")
    (await renderer.render(Shot("forest", 6, 180, first=upright.getvalue()))).rename(folder / "tall.mp4")


class Builder:
    """A member's private builder."""

    def __init__(self, studio: Studio, member: simcord.MemberActor, result: simcord.InteractionResult) -> None:
        assert result.response is not None
        self.studio, self.member, self.message = studio, member, result.response.message
        self.ephemeral = result.ephemeral

    @property
    def text(self) -> str:
        return self.studio.readable(self.message)

    @property
    def menus(self) -> dict[str, discord.SelectMenu]:
        """The selects by what they do."""
        container = self.message.components[0]
        menus = [part for row in container.children for part in getattr(row, "children", [])]  # type: ignore[union-attr]
        return {m.custom_id.split(":")[1]: m for m in menus if isinstance(m, discord.SelectMenu)}

    async def choose(self, verb: str, *labels: str) -> None:
        """Choose options by what they are called."""
        menu = self.menus[f"reel-{verb}"]
        values = [next(o.value for o in menu.options if o.label == label) for label in labels]
        result = await self.member.select(self.message, values, custom_id=menu.custom_id)
        self._show(result)

    async def press(self, label: str) -> str:
        """Press a button; what is shown afterwards."""
        self._show(await self.member.click(self.message, label=label))
        return self.text

    def _show(self, result: simcord.InteractionResult) -> None:
        assert result.response is not None
        self.message = result.response.message


async def open_builder(studio: Studio, member: simcord.MemberActor, **options: Any) -> Builder:
    return Builder(studio, member, await member.slash(studio.channel, "reel", **options))


def reels(studio: Studio) -> list[discord.Message]:
    return [m for m in studio.clips() if m.attachments[0].filename.startswith("rushes-reel-")]


async def until_reel(studio: Studio) -> discord.Message:
    await studio.until(lambda: reels(studio), "a reel")
    await studio.until(lambda: any("The reel is ready" in status for status in studio.statuses()), "it is said")
    (reel,) = reels(studio)
    return reel


def pinged(studio: Studio, message: discord.Message) -> list[int]:
    return list(studio.env.backend.get_message(studio.channel.id, message.id).ping_user_ids)


async def facts_of(reel: discord.Message, folder: Path) -> Mp4Facts:
    path = await saved(reel, folder)
    assert plays(path)
    return inspect(path)


async def rewrite(studio: Studio, statement: str, *values: object) -> None:
    """Change the rows as only a crash, or somebody with the database in their hands, can."""
    await studio.stop()
    with sqlite3.connect(studio.database) as connection:
        connection.execute(statement, values)
    connection.close()
    await studio.start()
    await studio.env.restart_bot(studio.app.new_bot(shard_count=1))


def open_rows(studio: Studio) -> int:
    with sqlite3.connect(studio.database) as connection:
        (count,) = connection.execute("SELECT count(*) FROM assemblies WHERE ended_at IS NULL").fetchone()
    connection.close()
    return int(count)


def told(result: simcord.InteractionResult) -> str:
    return "".join(followup.content for followup in result.followups)
