"""python -m bot: read the settings, run until SIGTERM or SIGINT, say clearly what is missing."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys

import aiohttp
import discord

from bot.app import App, open_app, use_api
from bot.errors import ConfigurationError
from bot.settings import load_settings

log = logging.getLogger("bot")

_CLOSE_SECONDS = 2.0


async def run() -> None:
    """Run one bot until it is asked to stop."""
    settings = load_settings()
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with open_app(settings) as app:
        log.info("providers: %s", ", ".join(app.services.provider_names))
        await _connect_until(stopping, app)
        log.info("stopping")


async def _connect_until(stopping: asyncio.Event, app: App) -> None:
    token = app.settings.discord_token.get_secret_value()
    bot = app.new_bot()
    connection = asyncio.create_task(_connect(bot, app.settings.discord_api_url, token))
    stop = asyncio.create_task(stopping.wait())
    await asyncio.wait({connection, stop}, return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    try:
        await asyncio.wait_for(bot.close(), _CLOSE_SECONDS)
    except TimeoutError:
        log.warning("the connection to Discord did not close in time")
    if connection.done():
        connection.result()
    connection.cancel()
    await asyncio.gather(connection, return_exceptions=True)


async def _connect(bot: discord.Client, url: str, token: str) -> None:
    try:
        await use_api(url, token)
        await bot.start(token)
    except discord.LoginFailure:
        raise ConfigurationError("DISCORD_TOKEN: Discord does not accept it. Copy it again from the portal.") from None
    except aiohttp.ClientConnectorError:
        raise ConfigurationError(f"DISCORD_API_URL: {url} cannot be reached.") from None


def main() -> int:
    """The exit status: 0 after a stop that was asked for, 1 when a setting is wrong."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    logging.getLogger("discord").setLevel(logging.WARNING)
    try:
        asyncio.run(run())
    except ConfigurationError as error:
        print(f"Rushes cannot start:\n{error}", file=sys.stderr)  # noqa: T201 - the one message for a terminal
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
