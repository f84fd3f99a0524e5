"""RushesBot: which intents, which cogs, which Discord. No command and no message text belongs here."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import aiohttp
import discord
import yarl
from discord.ext import commands
from discord.gateway import DiscordWebSocket

from bot.jobs.assembler import Assembler
from bot.jobs.delivery import Outlet, StatusView
from bot.jobs.library import Library
from bot.jobs.reels import ReelMaker
from bot.jobs.service import JobService
from bot.jobs.takes import SideBySide
from bot.models import Job

log = logging.getLogger(__name__)

EXTENSIONS = (
    "cogs.translating",
    "cogs.errors",
    "cogs.delivery",
    "cogs.video",
    "cogs.takes",
    "cogs.menus",
    "cogs.jobs",
    "cogs.quota",
    "cogs.brainstorm",
    "cogs.board",
    "cogs.reel",
    "cogs.history",
    "cogs.help",
)


@dataclass(frozen=True, slots=True)
class Services:
    """What cogs may use. `acknowledged` takes the seconds from an interaction's creation to its first answer."""

    jobs: JobService
    library: Library
    assembler: Assembler
    reels: ReelMaker
    takes: SideBySide
    outlet: Outlet
    view: Callable[[Job], Awaitable[StatusView]]
    provider_names: tuple[str, ...]
    acknowledged: Callable[[float], None]


class RushesBot(commands.AutoShardedBot):
    """The Discord side; needs no privileged intent, since interactions carry all it reads."""

    def __init__(self, services: Services, *, shard_count: int | None = None) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
            shard_count=shard_count,
        )
        self.services = services

    async def setup_hook(self) -> None:
        """Load the cogs by name, and tell Discord which commands there are."""
        for extension in EXTENSIONS:
            await self.load_extension(extension)
        synced = await self.tree.sync()
        log.info("%d commands registered", len(synced))

    async def on_ready(self) -> None:
        """Say so in the log."""
        log.info("connected as %s, in %d servers", self.user, len(self.guilds))


async def use_api(url: str, token: str) -> None:
    """Make discord.py speak to this REST base, and to the gateway that it names.

    The library dials its built-in gateway after an invalid session, so that is replaced as well.
    """
    default = "https://discord.com/api/v10"
    if url == default:
        return
    discord.http.Route.BASE = url
    headers = {"Authorization": f"Bot {token}"}
    async with aiohttp.ClientSession() as session, session.get(f"{url}/gateway/bot", headers=headers) as reply:
        if reply.status == 200:
            DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL((await reply.json())["url"])
