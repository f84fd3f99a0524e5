"""python -m bot pause: take nothing new in any server from the next request on, also while the bot runs elsewhere."""

from __future__ import annotations

import argparse
import asyncio
import time

from bot.cli.terminal import say
from bot.moderation.desk import LONGEST_REASON
from bot.settings import load_settings
from bot.storage.guilds.desk import DeskStore
from bot.storage.money.reservations import own_number
from bot.storage.money.situation import Pause
from bot.storage.owner_tables import EVERYWHERE
from bot.storage.sqlite.visiting import visited


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The reason that people are told."""
    parser.add_argument("--reason", default="", metavar="TEXT", help="what people are told who ask for something")


def run(options: argparse.Namespace) -> int:
    """0 once it holds."""
    return asyncio.run(_pause(load_settings().database, options.reason.strip()[:LONGEST_REASON]))


async def _pause(url: str, reason: str) -> int:
    async with visited(url) as database:
        desk = DeskStore(database, own_number)
        before = await desk.paused(EVERYWHERE)
        if before is not None and reason in {"", before.reason}:
            why = f" ({before.reason})" if before.reason else ""
            say(f"Everything was paused already{why}. To take new requests again: python -m bot resume")
            return 0
        await desk.pause(Pause(EVERYWHERE, False, reason, None, time.time()))
    how = "was paused already, and now has this reason" if before is not None else "is paused"
    say(
        f"Everything {how}: nothing new is taken in any server; what is on the way comes to its end."
        " To take new requests again: python -m bot resume"
    )
    return 0
