"""python -m bot resume: take new requests again, after a pause everywhere."""

from __future__ import annotations

import argparse
import asyncio

from bot.cli.terminal import say
from bot.settings import load_settings
from bot.storage.guilds.desk import DeskStore
from bot.storage.guilds.drains import DrainStore
from bot.storage.money.reservations import own_number
from bot.storage.owner_tables import EVERYWHERE
from bot.storage.sqlite.visiting import visited


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None."""


def run(_options: argparse.Namespace) -> int:
    """0 once it holds."""
    return asyncio.run(_resume(load_settings().database))


async def _resume(url: str) -> int:
    async with visited(url) as database:
        desk = DeskStore(database, own_number)
        was = await desk.paused(EVERYWHERE) is not None
        await desk.resume(EVERYWHERE)
        draining = await DrainStore(database).on()
    done = "The pause is over" if was else "Nothing was paused everywhere"
    if draining:
        say(f"{done}, but the bot is being drained and takes nothing new: python -m bot drain --cancel ends that.")
    else:
        say(f"{done}: requests are taken, but in servers whose own moderators have paused it.")
    return 0
