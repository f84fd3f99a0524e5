"""Staying connected to Discord until the bot is stopped: what is tried again, and what ends the process.

How single dials wait is in gateway.py; whose word an answer is, in rest.py. Jobs go on while there is no connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import discord
from discord.ext import commands

from bot.client.bot import RushesBot, use_api
from bot.client.patience import Patience
from bot.client.rest import is_discords
from bot.errors import ConfigurationError
from bot.outlet import Outlet
from bot.settings import Settings

_CLOSE_SECONDS = 2.0
_PORTAL = "https://discord.com/developers/applications"
_INTENTS = 4014
_CLOSED = {
    4004: f"DISCORD_TOKEN: it was reset while the bot was running. Open {_PORTAL}, choose the application, then "
    "Bot, Reset Token, and copy the new one.",
    4010: "The shard that this bot asked for does not exist. Start it without sharding settings of your own.",
    4011: "The bot is in more servers than its connections may serve. Start it again, without a number of shards of "
    "your own: it then takes as many as Discord advises.",
    4012: "Discord no longer speaks the version of its gateway that this bot uses. Update Rushes.",
    4013: "Discord does not know an intent that this bot asks for. Update Rushes.",
    _INTENTS: f"Discord does not let this bot use a privileged intent. Open {_PORTAL}, choose the application, then "
    "Bot, and switch on what is asked for under Privileged Gateway Intents. Rushes itself needs none of them.",
}
_FIRST_RETRY_SECONDS = 5.0
_LONGEST_RETRY_SECONDS = 300.0


async def connect_until(
    stopping: asyncio.Event, settings: Settings, outlet: Outlet, new_bot: Callable[[], RushesBot]
) -> None:
    """Be connected until the event is set. ConfigurationError for what only the owner can put right."""
    connection = asyncio.create_task(_stay_connected(settings, outlet, new_bot))
    stop = asyncio.create_task(stopping.wait())
    await asyncio.wait({connection, stop}, return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    if connection.done():
        connection.result()
    connection.cancel()
    await asyncio.wait({connection}, timeout=_CLOSE_SECONDS)


async def _stay_connected(settings: Settings, outlet: Outlet, new_bot: Callable[[], RushesBot]) -> None:
    """Connect, and begin again whatever ends that: jobs go on meanwhile. Raises ConfigurationError for what never ends.

    Once connected, discord.py connects again by itself.
    """
    patience = Patience(
        f"{settings.discord_api_url} cannot be reached",
        first=_FIRST_RETRY_SECONDS,
        longest=_LONGEST_RETRY_SECONDS,
        hint="If that stays so, look at DISCORD_API_URL.",
    )
    outlet.on_attach(patience.over)
    while True:
        try:
            await _connect(settings, new_bot)
            return
        except (ConfigurationError, commands.ExtensionError):
            raise
        except Exception as error:  # noqa: BLE001 - the boundary: an edge's answer can make discord.py stumble anywhere
            pause = patience.wait(error)
        await asyncio.sleep(pause)


async def _connect(settings: Settings, new_bot: Callable[[], RushesBot]) -> None:
    token = settings.discord_token.get_secret_value()
    try:
        await use_api(settings.discord_api_url, token)
        async with new_bot() as bot:
            await bot.start(token)
    except discord.LoginFailure as error:
        if isinstance(error.__cause__, discord.HTTPException) and not await is_discords(error.__cause__):
            raise error.__cause__ from None
        raise ConfigurationError("DISCORD_TOKEN: Discord does not accept it. Copy it again from the portal.") from None
    except (discord.ConnectionClosed, discord.PrivilegedIntentsRequired) as error:
        raise ConfigurationError(closed_for_good(error)) from None


def closed_for_good(error: discord.ClientException) -> str:
    """What to click or change, by the code: discord-api-docs, topics/opcodes-and-status-codes."""
    code = _INTENTS if isinstance(error, discord.PrivilegedIntentsRequired) else getattr(error, "code", None)
    if code in _CLOSED:
        return f"{_CLOSED[code]} (Discord closed the connection with {code}.)"
    return f"Discord closed the connection for good (code {code}). See the bot's page in the developer portal."


def without_voice() -> None:
    """Keep discord.py from warning that its voice libraries are missing: nothing here speaks."""
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
