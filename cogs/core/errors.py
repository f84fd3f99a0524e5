"""What Discord still shows and is not there any more: commands, options, members, buttons; as refusals that say so."""

from __future__ import annotations

from discord import AppCommandOptionType as Kind
from discord import app_commands

from bot.client.bot import OptionGone, Unreadable
from bot.errors import Refused


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
