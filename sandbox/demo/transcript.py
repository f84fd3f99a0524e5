"""Transcript: what a channel saw, as lines of text with times. It reads messages; it causes nothing."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import discord
import simcord

_MENTION = re.compile(r"<@(\d+)>")
_TIMESTAMP = re.compile(r"<t:(\d+)(?::[A-Za-z])?>")
_MASKED = re.compile(r"\[([^\]]+)\]\(https://discord\.com/channels/\S+?\)")
_LINK = re.compile(r"https://discord\.com/channels/\S+")


class Transcript:
    """Prints each message once, and again whenever its text has changed."""

    def __init__(self, env: simcord.Env, channel: simcord.ChannelHandle, write: Callable[[str], None] = print) -> None:
        self._env = env
        self._channel = channel
        self._write = write
        self._began = time.monotonic()
        self._seen: dict[int, str] = {}

    def line(self, who: str, text: str) -> None:
        """One entry, now."""
        seconds = time.monotonic() - self._began
        first, *rest = [line for line in text.splitlines() if line.strip()]
        self._write(f"{seconds:6.1f} s  {who:<11}{first}")
        for line in rest:
            self._write(f"{'':21}{line}")

    def look(self) -> list[discord.Message]:
        """Print what is new in the channel; returns the messages that brought a video."""
        messages = self._channel.history()
        for message in messages:
            text = self.readable(message)
            if self._seen.get(message.id) != text:
                verb = "rushes" if message.id not in self._seen else "  (edited)"
                self._seen[message.id] = text
                if not message.flags.ephemeral:
                    self.line(verb, text)
        return [m for m in messages if any(a.filename.endswith(".mp4") for a in m.attachments)]

    def readable(self, message: discord.Message) -> str:
        """The text of a message as a person reads it, with its buttons and attachments."""
        parts = [message.content, *_texts(message.components)]
        parts += [f"[video: {a.filename}, {a.size / 1024:.0f} KiB]" for a in message.attachments if _is_video(a)]
        parts += [f"[picture: {a.filename}]" for a in message.attachments if not _is_video(a)]
        buttons = list(_buttons(message.components))
        if buttons:
            parts.append(" ".join(f"( {label} )" for label in buttons))
        return self.spoken("\n".join(part for part in parts if part))

    def spoken(self, text: str) -> str:
        """Mentions as names, timestamps as clock times, markdown left out."""
        names = {user.id: user.name for user in self._env.backend.users.values()}
        text = _MENTION.sub(lambda found: f"@{names.get(int(found[1]), found[1])}", text)
        text = _TIMESTAMP.sub(lambda found: datetime.fromtimestamp(int(found[1]), UTC).strftime("%H:%M:%S UTC"), text)
        return _LINK.sub("link", _MASKED.sub(r"\1 (link)", text)).replace("**", "").replace("-# ", "").replace("\\", "")


def _is_video(attachment: discord.Attachment) -> bool:
    return attachment.filename.endswith(".mp4")


def _texts(components: object) -> Iterator[str]:
    for component in components if isinstance(components, list) else []:
        if isinstance(component, discord.TextDisplay):
            yield component.content
        yield from _texts(getattr(component, "children", None))


def _buttons(components: object) -> Iterator[str]:
    for component in components if isinstance(components, list) else []:
        if isinstance(component, discord.Button):
            yield component.label or ""
        yield from _buttons(getattr(component, "children", None))
