"""One brainstorm as the people in its thread see it, and what they do there."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from typing import Any

import discord
import simcord

from bot.models import Assembly, Job
from cogs.core.ids import custom_id
from tests.acceptance.studio import PATIENCE_SECONDS, Studio


class Round:
    """Reads messages again at every look, since they are edited."""

    def __init__(self, studio: Studio, thread: simcord.ChannelHandle) -> None:
        self.studio = studio
        self.thread = thread

    # -- what people do ----------------------------------------------------------------------------------------------

    async def press(self, who: simcord.MemberActor, label: str) -> str:
        """Press a button of the board; the private answer."""
        return await self.studio.press(who, self.board(), label)

    async def write(
        self, who: simcord.MemberActor, label: str, prompt: str | None = None, *, remove: bool = False
    ) -> str:
        """Press a button that opens a form and send it, as it stands or with another prompt; the private answer."""
        form = await who.click(self.board(), label=label)
        if form.response is not None:
            return self.studio.readable(form.response.message)
        values: dict[str, Any] = {"prompt": prompt if prompt is not None else self.written(form)}
        sent = await who.submit_modal(form, values | ({"remove": True} if remove else {}))
        assert sent.response is not None
        assert sent.ephemeral
        return self.studio.readable(sent.response.message)

    @staticmethod
    def written(form: simcord.InteractionResult) -> str:
        """What stands in the prompt of an open form."""
        assert form.modal is not None
        return next(str(label["component"]["value"]) for label in form.modal["components"])

    async def vote(self, who: simcord.MemberActor, prompt: str) -> None:
        """Vote for the clip of a prompt."""
        job = next(job for job in await self.jobs() if prompt in job.request.prompt)
        clip = next(message for message in self.clips() if message.id == job.result_message_id)
        await who.click(clip, custom_id=custom_id("vote", job.job_id))

    # -- what people see ---------------------------------------------------------------------------------------------

    def messages(self) -> list[discord.Message]:
        """What everybody sees in the thread, oldest first."""
        return [message for message in self.thread.history() if not message.flags.ephemeral]

    def boards(self) -> list[discord.Message]:
        """All messages that are boards."""
        return [m for m in self.messages() if m.flags.components_v2 and "\n> " in self.text(m) and not m.attachments]

    def board(self) -> discord.Message:
        """The board."""
        return next(m for m in self.messages() if m.flags.components_v2)

    def _said(self) -> list[str]:
        """The texts of what is kept in step, the board's first; none before that is there."""
        return [self.text(message) for message in self.messages() if message.flags.components_v2]

    def results(self) -> list[discord.Message]:
        """Messages that sum it up."""
        return [m for m in self.messages() if "( Show prompts )" in self.text(m)]

    def clips(self) -> list[discord.Message]:
        """The messages that brought a video."""
        return [m for m in self.messages() if any(a.filename.endswith(".mp4") for a in m.attachments)]

    def text(self, message: discord.Message) -> str:
        """A message as text."""
        return self.studio.readable(message)

    async def until_board(self, words: str) -> str:
        """Wait until the board says something; all that it says."""
        await self.studio.until(lambda: words in "".join(self._said()[:1]), f"the board says {words!r}")
        return self.text(self.board())

    async def until_result(self) -> str:
        """Wait for the result; what it says."""
        await self.studio.until(self.results, "the result")
        return self.text(self.results()[0])

    # -- what is true ------------------------------------------------------------------------------------------------

    @property
    def assembly_id(self) -> str:
        """Its id, out of the database."""
        with sqlite3.connect(self.studio.database) as connection:
            rows = connection.execute("SELECT assembly_id FROM assemblies ORDER BY created_at").fetchall()
        connection.close()
        return str(rows[0][0])

    async def assembly(self) -> Assembly:
        """Its row."""
        return await self.studio.app.services.assembler.get(self.assembly_id, guild_id=self.studio.guild.id)

    async def jobs(self) -> list[Job]:
        """Its jobs, in order."""
        return await self.studio.app.services.library.of_assembly(self.assembly_id)

    async def until_stage(self, stage: str) -> None:
        """Wait until its row says so."""
        until = time.monotonic() + PATIENCE_SECONDS
        while (found := (await self.assembly()).state["stage"]) != stage:
            assert time.monotonic() < until, f"{found} and not {stage}"
            await asyncio.sleep(0.03)

    async def until_opened(self) -> None:
        """Wait until its opening is noted, and the look that follows is over: then nothing stirs by itself."""
        until = time.monotonic() + PATIENCE_SECONDS
        while (await self.assembly()).version < 3:
            assert time.monotonic() < until
            await asyncio.sleep(0.03)

    async def until_ended(self) -> Assembly:
        """Wait until its row is closed."""
        until = time.monotonic() + PATIENCE_SECONDS
        while (found := await self.assembly()).ended_at is None:
            assert time.monotonic() < until, found
            await asyncio.sleep(0.03)
        return found

    def rewrite(self, **state: object) -> None:
        """Change the state in the database, while nothing runs: what only time or a crash can do to it."""
        with sqlite3.connect(self.studio.database) as connection:
            for name, value in state.items():
                connection.execute(
                    "UPDATE assemblies SET version = version + 1, state = json_set(state, ?, ?)", (f"$.{name}", value)
                )
        connection.close()

    def forget(self, columns: str) -> None:
        """Set columns of the row, while nothing runs."""
        with sqlite3.connect(self.studio.database) as connection:
            connection.execute(f"UPDATE assemblies SET version = version + 1, {columns}")
        connection.close()


async def begin(studio: Studio, who: simcord.MemberActor, idea: str = "a fox in the snow", **options: Any) -> Round:
    """Type /brainstorm; the thread it opened."""
    before = {thread.id for thread in studio.channel.threads}
    answer = await studio.say(who, "brainstorm", idea=idea, **options)
    assert "Your brainstorm is open" in answer, answer
    (thread,) = (thread for thread in studio.channel.threads if thread.id not in before)
    return Round(studio, thread)


async def voting(studio: Studio, **options: Any) -> Round:
    """A brainstorm of ada's whose two clips are there."""
    round_ = await begin(studio, studio.ada, takes=2, **options)
    assert "2 takes are on their way" in await round_.press(studio.ada, "Render all")
    await round_.until_board("Vote with the buttons")
    return round_
