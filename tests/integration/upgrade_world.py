"""What was out in the world when version 0.1.0 was stopped: tasks at both providers, and messages in Discord."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import discord
from discord import ui
from pydantic import SecretStr

from bot.providers.acedata.client import AceData
from bot.providers.apiframe.client import Apiframe
from bot.providers.base import Submission
from cogs.core.ids import job_of
from cogs.core.posting import custom_ids
from tests.acceptance.studio import Studio
from tests.integration.first_release import assembly_id_of, job_id_of

Place = discord.TextChannel | discord.Thread


class UpgradeWorld:
    """A studio, seen by whoever prepares it and by whoever looks what became of it."""

    def __init__(self, studio: Studio, clip: Path) -> None:
        self.studio = studio
        self.clip = clip
        box = studio.box
        self.providers: dict[str, Apiframe | AceData] = {
            "apiframe": Apiframe(box.apiframe.url, SecretStr(box.apiframe.key)),
            "acedata": AceData(box.acedata.url, SecretStr(box.acedata.token)),
        }

    @property
    def channel(self) -> discord.TextChannel:
        """The channel, as the bot knows it."""
        found = self.studio.env.bot.get_channel(self.studio.channel.id)
        assert isinstance(found, discord.TextChannel)
        return found

    async def task(self, name: str, provider: str = "apiframe") -> str:
        """A task that was submitted for the job that is called so."""
        return (await self.providers[provider].submit(Submission(job_id_of(name), name))).task_id

    async def link(self, name: str) -> tuple[str, str]:
        """A task that has ended, and where its clip is."""
        task_id = await self.task(name)
        async with asyncio.timeout(10):
            while True:
                task = (await self.providers["apiframe"].fetch([task_id]))[task_id]
                if task.video_url is not None:
                    return task_id, task.video_url
                await asyncio.sleep(0.05)

    async def close(self) -> None:
        """Let go of both providers."""
        for provider in self.providers.values():
            await provider.close()

    # -- messages of 0.1.0 -------------------------------------------------------------------------------------------

    async def message(self, text: str, place: Place | None = None, *custom_ids: str, clip: bool = False) -> int:
        """A message with buttons, and with a clip if it brings one."""
        view = ui.View(timeout=None)
        for custom_id in custom_ids:
            view.add_item(ui.Button(label="…", custom_id=custom_id))
        files = [discord.File(self.clip, filename="clip.mp4")] if clip else []
        return (await (place or self.channel).send(text, view=view, files=files)).id

    async def board(self, text: str, custom_id: str, place: Place | None = None) -> int:
        """A message of the newer kind of components, with one button."""
        layout = ui.LayoutView(timeout=None)
        layout.add_item(ui.Container(ui.TextDisplay(text), ui.ActionRow(ui.Button(label="…", custom_id=custom_id))))
        return (await (place or self.channel).send(view=layout)).id

    async def brought(self, name: str, place: Place | None = None) -> int:
        """The message with the clip of the job that is called so."""
        buttons = (f"rushes:{verb}:{job_id_of(name)}" for verb in ("again", "vote"))
        return await self.message("", place, *buttons, clip=True)

    async def thread(self, name: str) -> discord.Thread:
        """The thread of a brainstorm, on its message in the channel."""
        starter = await self.message(name, None, f"storm:add:{assembly_id_of(name)}:0")
        return await self.channel.get_partial_message(starter).create_thread(name=name)

    # -- what became of it -------------------------------------------------------------------------------------------

    def messages(self) -> list[discord.Message]:
        """All that stands in the channel and its threads."""
        places = [self.studio.channel, *self.studio.channel.threads]
        return [message for place in places for message in place.history() if not message.flags.ephemeral]

    def clips_of(self) -> Counter[str]:
        """How often each job's clip was posted, by the job's id; a message that shows several side by side is none."""
        found: Counter[str] = Counter()
        for message in self.messages():
            if not message.flags.components_v2:
                found.update(job for one in custom_ids(message.components) if (job := job_of(one, "vote")))
        return found

    def showing(self, custom_id: str) -> list[discord.Message]:
        """The messages with this button."""
        return [message for message in self.messages() if custom_id in custom_ids(message.components)]

    def text(self, message_id: int) -> str:
        """What a message says, links and all."""
        (message,) = (one for one in self.messages() if one.id == message_id)
        return str([component.to_dict() for component in message.components])

    def rows(self, table: str, *columns: str) -> list[Any]:
        """Rows, read past the application."""
        with sqlite3.connect(self.studio.database) as connection:
            found = connection.execute(f"SELECT {', '.join(columns)} FROM {table}").fetchall()
        connection.close()
        return found
