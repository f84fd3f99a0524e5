"""Answers that only the person who pressed or typed sees, and where they typed it. No command belongs here."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import discord
from discord import app_commands

from bot.client import RushesBot
from bot.errors import Refused, RushesError
from bot.models import ReplyTarget
from cogs.views import texts
from cogs.words import Words, supported, words

log = logging.getLogger(__name__)

Interaction = discord.Interaction[RushesBot]

_DEAD = {10062, 40060}
"""Unknown interaction, and already acknowledged."""

_NEEDED = {
    "view_channel": "View Channel",
    "attach_files": "Attach Files",
    "embed_links": "Embed Links",
    "read_message_history": "Read Message History",
}


def target_of(interaction: Interaction) -> ReplyTarget:
    """Who asked, and where; Refused outside a server."""
    if interaction.guild_id is None or interaction.channel_id is None:
        raise Refused("server_only")
    return ReplyTarget(
        interaction_id=interaction.id,
        user_id=interaction.user.id,
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id,
        locale=supported(str(interaction.locale)),
    )


def words_of(interaction: discord.Interaction[Any]) -> Words:
    """The words of whoever typed or pressed, for answers that nobody else sees."""
    return words(str(interaction.locale))


def check_permissions(interaction: Interaction) -> None:
    """Refuse where the bot could not post a clip later, by the permissions Discord sends along."""
    have = interaction.app_permissions
    in_thread = isinstance(interaction.channel, discord.Thread)
    send = ("send_messages_in_threads", "Send Messages in Threads") if in_thread else ("send_messages", "Send Messages")
    missing = [name for flag, name in [*_NEEDED.items(), send] if not getattr(have, flag)]
    if missing:
        raise Refused("missing_permissions", permissions=missing)


def is_moderator(interaction: Interaction) -> bool:
    """Whether this member may act on other people's clips here."""
    return interaction.permissions.manage_messages


async def hold(interaction: Interaction, *, private: bool = True) -> bool:
    """Answer within Discord's three seconds; what follows replaces this answer.

    False when that is no longer possible: the time is over, or the same event came twice and was answered before.
    """
    return await _defer(interaction, ephemeral=private, thinking=True)


async def hold_message(interaction: Interaction) -> bool:
    """The same for a press that changes the message it is on: edit_original_response() then edits that."""
    return await _defer(interaction)


async def _defer(interaction: Interaction, **how: bool) -> bool:
    try:
        await interaction.response.defer(**how)
    except discord.HTTPException as error:
        if error.code not in _DEAD:
            raise
        log.info("interaction %s needs no answer any more (code %d)", interaction.id, error.code)
        return False
    delay = (discord.utils.utcnow() - interaction.created_at).total_seconds()
    interaction.client.services.acknowledged(max(0.0, delay))
    return True


async def answer(interaction: Interaction, text: str, **parts: Any) -> None:
    """Say something to the one person concerned, whether or not the interaction was answered before."""
    if not interaction.response.is_done():
        await interaction.response.send_message(text, ephemeral=True, **parts)
    elif interaction.response.type is discord.InteractionResponseType.deferred_channel_message:
        if "file" in parts:
            parts["attachments"] = [parts.pop("file")]
        await interaction.edit_original_response(content=text, **parts)
    else:
        await interaction.followup.send(text, ephemeral=True, **parts)


@asynccontextmanager
async def answering(interaction: Interaction) -> AsyncIterator[None]:
    """For presses and forms: whatever goes wrong inside is told to whoever pressed or sent.

    The command tree does so for commands; for the rest discord.py would only log it.
    """
    try:
        yield
    except Exception as error:  # noqa: BLE001 - the outermost place where somebody can still be told
        await explain(interaction, error)


async def explain(interaction: Interaction, error: BaseException) -> None:
    """Tell the person what went wrong: a refusal in its own words, anything else without details."""
    told = words_of(interaction)
    text = told("common.went_wrong")
    if isinstance(error, app_commands.CommandInvokeError):
        error = error.original
    if isinstance(error, Refused):
        text = texts.refusal(error, told)
    elif isinstance(error, app_commands.NoPrivateMessage):
        text = texts.refusal(Refused("server_only"), told)
    elif isinstance(error, app_commands.CheckFailure):
        text = texts.refusal(Refused("needs_manage_server"), told)
    elif not isinstance(error, RushesError):
        log.error("interaction %s failed", interaction.id, exc_info=error)
    try:
        await answer(interaction, text)
    except discord.HTTPException as failed:
        # The token may be dead (50027, 10062); nobody can be told then, and the job, if any, has its own message.
        log.info("interaction %s could not be answered: %s", interaction.id, failed.code)
