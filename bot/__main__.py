"""python -m bot: read the settings, run until SIGTERM or SIGINT, say clearly what is missing."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys

import discord
from discord.ext import commands

from bot.app import App, open_app
from bot.client.bot import use_api
from bot.client.patience import Patience
from bot.client.rest import is_discords
from bot.errors import ConfigurationError
from bot.settings import load_settings
from bot.timings import TIMINGS, Timings

log = logging.getLogger("bot")

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


async def run(timings: Timings = TIMINGS) -> None:
    """Run one bot until it is asked to stop."""
    settings = load_settings()
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with open_app(settings, timings=timings) as app:
        log.info("providers: %s", ", ".join(app.services.provider_names))
        await _connect_until(stopping, app)
        log.info("stopping")


async def _connect_until(stopping: asyncio.Event, app: App) -> None:
    connection = asyncio.create_task(_stay_connected(app))
    stop = asyncio.create_task(stopping.wait())
    await asyncio.wait({connection, stop}, return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    if connection.done():
        connection.result()
    connection.cancel()
    await asyncio.wait({connection}, timeout=_CLOSE_SECONDS)


async def _stay_connected(app: App) -> None:
    """Connect, and begin again whatever ends that: jobs go on meanwhile. Raises ConfigurationError for what never ends.

    Once connected, discord.py connects again by itself.
    """
    patience = Patience(
        f"{app.settings.discord_api_url} cannot be reached",
        first=_FIRST_RETRY_SECONDS,
        longest=_LONGEST_RETRY_SECONDS,
        hint="If that stays so, look at DISCORD_API_URL.",
    )
    app.services.outlet.on_attach(patience.over)
    while True:
        try:
            await _connect(app)
            return
        except (ConfigurationError, commands.ExtensionError):
            raise
        except Exception as error:  # noqa: BLE001 - the boundary: an edge's answer can make discord.py stumble anywhere
            pause = patience.wait(error)
        await asyncio.sleep(pause)


async def _connect(app: App) -> None:
    token = app.settings.discord_token.get_secret_value()
    try:
        await use_api(app.settings.discord_api_url, token)
        async with app.new_bot() as bot:
            await bot.start(token)
    except discord.LoginFailure as error:
        if isinstance(error.__cause__, discord.HTTPException) and not await is_discords(error.__cause__):
            raise error.__cause__ from None
        raise ConfigurationError("DISCORD_TOKEN: Discord does not accept it. Copy it again from the portal.") from None
    except (discord.ConnectionClosed, discord.PrivilegedIntentsRequired) as error:
        raise ConfigurationError(_closed_for_good(error)) from None


def _closed_for_good(error: discord.ClientException) -> str:
    """What to click or change, by the code: discord-api-docs, topics/opcodes-and-status-codes."""
    code = _INTENTS if isinstance(error, discord.PrivilegedIntentsRequired) else getattr(error, "code", None)
    if code in _CLOSED:
        return f"{_CLOSED[code]} (Discord closed the connection with {code}.)"
    return f"Discord closed the connection for good (code {code}). See the bot's page in the developer portal."


def main(timings: Timings = TIMINGS) -> int:
    """The exit status: 0 after a stop that was asked for, 1 when a setting is wrong."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    logging.getLogger("discord").setLevel(logging.WARNING)
    # It tells each failed attempt to connect with a traceback; bot.client.gateway says once that there are some.
    logging.getLogger("discord.shard").setLevel(logging.CRITICAL)
    # Nothing here speaks: the missing voice libraries are no news.
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    try:
        asyncio.run(run(timings))
    except ConfigurationError as error:
        print(f"Rushes cannot start:\n{error}", file=sys.stderr)  # noqa: T201 - the one message for a terminal
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
