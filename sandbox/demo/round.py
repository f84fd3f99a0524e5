"""The demo's second scene: an idea becomes a thread, three takes, two votes, a sheet, and a reel of two clips."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import discord
import simcord

from sandbox.demo.stage import Stage
from sandbox.demo.transcript import Transcript

IDEA = "Paper boats drift out to sea at sunset"
TITLE = "Paper boats"
PATIENCE_SECONDS = 90.0
LOOK_SECONDS = 0.05
T = TypeVar("T")


class Round:
    """One brainstorm, typed and pressed as its members would."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._thread: simcord.ChannelHandle = stage.channel
        self._transcript = Transcript(stage.env, stage.channel)

    async def play(self) -> list[discord.Attachment]:
        """From the idea to the reel; the files that it leaves: the takes, the sheet, and the reel."""
        ada, ben = self._stage.ada, self._stage.ben
        self._said(ada, f"/brainstorm idea:{IDEA} takes:3")
        self._answered(ada, await ada.slash(self._stage.channel, "brainstorm", idea=IDEA, takes=3))
        self._thread = self._stage.channel.threads[-1]
        print(f"\nin the thread \N{LEFT DOUBLE QUOTATION MARK}{self._thread.name}\N{RIGHT DOUBLE QUOTATION MARK}\n")
        self._transcript = Transcript(self._stage.env, self._thread)
        self._transcript.look()
        await self._press(ada, self._board, "Render all")
        clips = await self._until(lambda: found if len(found := self._clips()) >= 3 else None)
        await self._until(lambda: "Vote" in self._transcript.readable(self._board()))
        await self._press(ada, lambda: clips[1], "Vote")
        await self._press(ben, lambda: self._message(clips[1].id), "\N{BLACK UP-POINTING TRIANGLE} 1")
        await self._press(ada, self._board, "Decide now")
        sheet = await self._until(self._sheet)
        reel = await self._reel(ben)
        return [*(clip.attachments[0] for clip in clips), sheet.attachments[0], reel.attachments[0]]

    async def _reel(self, member: simcord.MemberActor) -> discord.Message:
        self._said(member, f"/reel title:{TITLE}")
        opened = await member.slash(self._thread, "reel", title=TITLE)
        assert opened.response is not None
        self._answered(member, opened)
        builder = opened.response.message
        menu = next(part for part in _parts(builder.components) if isinstance(part, discord.SelectMenu))
        chosen = await member.select(builder, [o.value for o in menu.options][:2], custom_id=menu.custom_id)
        assert chosen.response is not None
        await self._press(member, lambda: chosen.response.message, "Make the reel")  # type: ignore[union-attr]
        return await self._until(lambda: next((m for m in self._clips() if "reel" in m.attachments[0].filename), None))

    # -- pressing and looking ----------------------------------------------------------------------------------------

    async def _press(self, who: simcord.MemberActor, message: Callable[[], discord.Message], label: str) -> None:
        self._said(who, f"presses ( {label} )")
        self._answered(who, await who.click(message(), label=label))

    def _said(self, who: simcord.MemberActor, what: str) -> None:
        self._transcript.line(who.name, what)

    def _answered(self, who: simcord.MemberActor, result: simcord.InteractionResult) -> None:
        if result.response is not None and result.ephemeral:
            text = self._transcript.readable(result.response.message)
            self._transcript.line("rushes", f"(only {who.name} sees this) {text}")
        self._transcript.look()

    async def _until(self, look: Callable[[], T | None]) -> T:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                self._transcript.look()
                if found := look():
                    return found
                await asyncio.sleep(LOOK_SECONDS)

    def _clips(self) -> list[discord.Message]:
        return [m for m in self._thread.history() if any(a.filename.endswith(".mp4") for a in m.attachments)]

    def _board(self) -> discord.Message:
        return next(m for m in self._thread.history() if m.flags.components_v2)

    def _sheet(self) -> discord.Message | None:
        return next(
            (m for m in self._thread.history() if any(a.filename.endswith(".png") for a in m.attachments)), None
        )

    def _message(self, message_id: int) -> discord.Message:
        return next(m for m in self._thread.history() if m.id == message_id)


def _parts(components: object) -> list[object]:
    found: list[object] = []
    for component in components if isinstance(components, list) else []:
        found += [component, *_parts(getattr(component, "children", None))]
    return found


async def save(attachments: list[discord.Attachment], folder: Path) -> list[Path]:
    """Write files under their own names."""
    paths = []
    for attachment in attachments:
        path = folder / attachment.filename
        await asyncio.to_thread(path.write_bytes, await attachment.read())
        paths.append(path)
    return paths
