"""What discord.py says of options and commands that are not there any more, as sentences."""

from __future__ import annotations

from typing import Any, cast

import discord
import pytest
from discord import AppCommandOptionType as Kind
from discord import app_commands

from bot.client.bot import OptionGone, Unreadable
from bot.errors import Refused
from cogs.core.errors import as_refusal


async def raised(annotation: Any) -> BaseException:
    """What an option of this type raises for somebody or something that Discord names and does not describe."""

    async def command(interaction: discord.Interaction[Any], one: Any) -> None:
        raise NotImplementedError

    command.__annotations__["one"] = annotation
    made: Any = app_commands.Command(name="command", description="-", callback=cast(Any, command))
    (parameter,) = made._params.values()
    try:
        await parameter.transform(cast(Any, None), discord.Object(7))
    except app_commands.AppCommandError as error:
        return error
    raise AssertionError("it was taken")


@pytest.mark.parametrize(
    ("annotation", "code"),
    [
        (discord.Member, "member_gone"),
        (discord.TextChannel, "channel_gone"),
        (discord.Thread, "channel_gone"),
        (discord.TextChannel | discord.Thread, "channel_gone"),
        (app_commands.AppCommandChannel, "channel_gone"),
    ],
)
async def test_what_discord_does_not_describe_is_gone(annotation: Any, code: str) -> None:
    refused = as_refusal(await raised(annotation))
    assert refused is not None
    assert refused.code == code


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (Kind.user, "member_gone"),
        (Kind.mentionable, "member_gone"),
        (Kind.role, "role_gone"),
        (Kind.channel, "channel_gone"),
        (Kind.attachment, "image_gone"),
        (Kind.string, "command_changed"),
        (Kind.integer, "command_changed"),
    ],
)
def test_each_kind_of_option_has_its_sentence(kind: Kind, code: str) -> None:
    refused = as_refusal(app_commands.TransformerError("x", kind, cast(Any, app_commands.Transformer())))
    assert refused is not None
    assert refused.code == code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (app_commands.CommandNotFound("jobs", []), "command_gone"),
        (Unreadable(), "option_gone"),
        (app_commands.AppCommandError("This should not happen if Discord sent well-formed data."), "option_gone"),
        (OptionGone(Kind.role), "role_gone"),
        (OptionGone(Kind.attachment), "image_gone"),
        (app_commands.NoPrivateMessage(), "server_only"),
        (app_commands.CheckFailure(), "needs_manage_server"),
        (Refused("not_yours"), "not_yours"),
    ],
)
def test_what_is_raised_before_a_command_begins_is_a_refusal(error: Exception, code: str) -> None:
    refused = as_refusal(error)
    assert refused is not None
    assert refused.code == code


def test_what_a_command_raises_is_none() -> None:
    assert as_refusal(KeyError("x")) is None
