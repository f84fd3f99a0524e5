"""What is said when something goes wrong, to the one person whom it concerns.

What Discord still shows and is not there any more becomes a refusal here: commands, options, members, buttons.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import discord
from discord import AppCommandOptionType as Kind
from discord import app_commands

from bot.client.bot import OptionGone, Unreadable
from bot.errors import Refused, RushesError
from cogs.core import texts
from cogs.core.answers import Interaction, answer, is_done, translation_for
from cogs.core.replies import TROUBLE, described, is_dead

log = logging.getLogger(__name__)

_TAKEN = "taken"
"""What answering() notes in an interaction's `extras`."""


@asynccontextmanager
async def answering(interaction: Interaction) -> AsyncIterator[None]:
    """For presses and forms: whatever goes wrong inside is told to whoever pressed or sent.

    The command tree does so for commands; for the rest discord.py would only log it.
    """
    interaction.extras[_TAKEN] = True
    try:
        yield
    except Exception as error:  # noqa: BLE001 - the outermost place where somebody can still be told
        await explain(interaction, error)


def was_taken(interaction: discord.Interaction[Any]) -> bool:
    """Whether a button, select or form of ours has begun to act on it."""
    return _TAKEN in interaction.extras


async def explain(interaction: Interaction, error: BaseException) -> None:
    """Tell the person what went wrong: a refusal in its own words, anything else without details."""
    if isinstance(error, app_commands.CommandInvokeError):
        error = error.original
    if is_dead(error):
        log.info("interaction %s needs no answer any more (%s)", interaction.id, described(error))
        return
    refused = as_refusal(error)
    if refused is None:
        _note(interaction, error)
    if interaction.type is discord.InteractionType.autocomplete or (
        isinstance(error, TROUBLE) and is_done(interaction)
    ):
        return
    t = translation_for(interaction)
    if refused is not None:
        await answer(interaction, texts.refusal(refused, t))
    elif is_done(interaction):
        await answer(interaction, t("common.done_unsaid"))
    else:
        await answer(interaction, t("common.went_wrong"))


def _note(interaction: Interaction, error: BaseException) -> None:
    if isinstance(error, TROUBLE):
        log.warning("interaction %s met trouble on the line: %s", interaction.id, described(error))
    elif isinstance(error, RushesError):
        log.warning("interaction %s failed: %s: %s", interaction.id, type(error).__name__, error)
    else:
        log.error("interaction %s failed", interaction.id, exc_info=error)


def as_refusal(error: BaseException) -> Refused | None:
    """What discord.py raises before a command of ours begins, as a refusal; None for anything else."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, app_commands.NoPrivateMessage):
        return Refused("server_only")
    if isinstance(error, app_commands.CheckFailure):
        return Refused("needs_manage_server")
    if isinstance(error, app_commands.CommandNotFound):
        return Refused("command_gone")
    if isinstance(error, app_commands.CommandSignatureMismatch):
        return Refused("command_changed")
    if isinstance(error, app_commands.TransformerError):
        return _option(error.type)
    if isinstance(error, OptionGone):
        return _option(error.kind)
    if isinstance(error, Unreadable) or type(error) is app_commands.AppCommandError:
        # The latter is what a menu raises whose message or member is not described.
        return Refused("option_gone")
    return None


def _option(kind: Kind) -> Refused:
    """Discord resolves what was chosen; whoever left, or was deleted meanwhile, it leaves out, or sends in part."""
    if kind in {Kind.user, Kind.mentionable}:
        return Refused("member_gone")
    if kind is Kind.role:
        return Refused("role_gone")
    if kind is Kind.channel:
        return Refused("channel_gone")
    if kind is Kind.attachment:
        return Refused("image_gone")
    # A text or number that the option does not take: Discord would not send it, if it knew the command as it is now.
    return Refused("command_changed")
