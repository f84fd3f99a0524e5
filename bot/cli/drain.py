"""python -m bot drain: have the running bot take nothing new, and end once its last clip is there; for upgrades.

The bot ends by itself (bot.moderation.drain); this waits for that and says how far it is.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from pathlib import Path

from bot import data_dir
from bot.cli.terminal import say
from bot.moderation.drain import UnderWay, under_way
from bot.settings import load_settings
from bot.storage.database import Database
from bot.storage.guilds.drains import DrainStore
from bot.storage.sqlite.visiting import visited

LOOK_SECONDS = 0.25
"""Short, so that a bot is seen to have ended before whatever supervises it starts the next one."""
SAY_SECONDS = 3.0
_LEAVING_SECONDS = 15.0
"""How long a bot may take to end that has taken its drain away."""
_BACK = "python -m bot drain --cancel"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How long to wait, or to take it back."""
    parser.add_argument("--timeout", type=float, metavar="SECONDS", help="stop waiting then; the drain goes on")
    parser.add_argument("--cancel", action="store_true", help="take new requests again, and let the bot go on")


def run(options: argparse.Namespace) -> int:
    """0 once the bot has ended, 1 if it has not; 130 after Ctrl+C."""
    settings = load_settings()
    try:
        if options.cancel:
            return asyncio.run(_cancel(settings.database))
        return asyncio.run(_drain(settings.database, settings.data_dir, options.timeout))
    except KeyboardInterrupt:
        say(f"The drain goes on without this command. To take it back: {_BACK}")
        return 130


async def _cancel(url: str) -> int:
    async with visited(url) as database:
        was = await DrainStore(database).end()
    say("The drain is taken back: new requests are taken." if was else "No drain was on.")
    return 0


async def _drain(url: str, data: Path, timeout: float | None) -> int:
    async with visited(url) as database:
        if not data_dir.in_use(data):
            left = await under_way(database)
            say(f"No bot runs on {data}: there is nothing to wait for.{_later(left)}")
            return 0
        new = await DrainStore(database).begin(time.time())
        say("Nothing new is taken" + (" any more." if new else ": a drain was on already."))
        return await _Wait(database, data, timeout).until_ended()


def _later(left: UnderWay) -> str:
    return f" At its next start it goes on with {left}." if any(left) else ""


class _Wait:
    """Waits for the bot, which ends by itself, and says what it still waits for when that changes."""

    def __init__(self, database: Database, data: Path, timeout: float | None) -> None:
        self._database = database
        self._data = data
        self._until = None if timeout is None else time.monotonic() + timeout
        self._said: UnderWay | None = None
        self._say_at = 0.0
        self._gone_at: float | None = None

    async def until_ended(self) -> int:
        """The exit status."""
        while data_dir.in_use(self._data):
            now = time.monotonic()
            if await DrainStore(self._database).on():
                self._gone_at = None
                await self._tell(now)
            else:
                self._gone_at = now if self._gone_at is None else self._gone_at
            if self._gone_at is not None and now > self._gone_at + _LEAVING_SECONDS:
                say("The drain is off, and the bot runs: it was taken back, or the bot was started again meanwhile.")
                return 1
            if self._until is not None and now >= self._until:
                say(f"The bot has not ended in time. The drain goes on; to take it back: {_BACK}")
                return 1
            await asyncio.sleep(LOOK_SECONDS)
        say(f"The bot has ended.{_later(await under_way(self._database))}")
        return 0

    async def _tell(self, now: float) -> None:
        if now < self._say_at:
            return
        left = await under_way(self._database)
        if left != self._said:
            say(f"{left}." if any(left) else "Nothing is on the way any more: the bot is about to end.")
            self._said, self._say_at = left, now + SAY_SECONDS
