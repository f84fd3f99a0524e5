"""RushesBot: the client's intents, its extensions, and which Discord it speaks to. No command or message text here."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any

import aiohttp
import discord
import yarl
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket

from bot.assemblies.assembler import Assembler
from bot.assemblies.reel import ReelMaker
from bot.assemblies.takes import SideBySide
from bot.client import commands as registration
from bot.client import events, gateway, rest
from bot.engine.later import LaterEdits
from bot.jobs.service import JobService
from bot.library.library import Library
from bot.models import Job
from bot.moderation.desk import Desk
from bot.moderation.usage import UsageDesk
from bot.outlet import Outlet, StatusView
from bot.privacy.service import Privacy
from bot.storage.notes import Notes
from bot.timings import Timings

log = logging.getLogger(__name__)

_GROUPS = {1, 2}
_RESOLVED = {6, 7, 8, 9, 11}
"""Members, channels, roles, either of members and roles, attachments: Discord sends what it knows of them along."""
_REGISTERING_SECONDS = 1.0
_NO_TOKEN = 401

EXTENSIONS = (
    "cogs.i18n",
    "cogs.core",
    "cogs.video",
    "cogs.takes",
    "cogs.brainstorm",
    "cogs.reel",
    "cogs.gallery",
    "cogs.admin",
    "cogs.help",
    "cogs.privacy",
)


@dataclass(frozen=True, slots=True)
class Services:
    """What cogs may use. `acknowledged` takes the seconds from an interaction's creation to its first answer."""

    jobs: JobService
    library: Library
    assembler: Assembler
    desk: Desk
    usage: UsageDesk
    privacy: Privacy
    reels: ReelMaker
    takes: SideBySide
    outlet: Outlet
    edits: LaterEdits
    notes: Notes
    view: Callable[[Job], Awaitable[StatusView]]
    provider_names: tuple[str, ...]
    acknowledged: Callable[[float], None]
    timings: Timings


class Unreadable(app_commands.AppCommandError):
    """What Discord sent with a command is not what the command takes."""


class OptionGone(app_commands.AppCommandError):
    """An option names a member, role, channel or attachment that Discord does not describe: it has been deleted."""

    def __init__(self, kind: discord.AppCommandOptionType) -> None:
        super().__init__(kind.name)
        self.kind = kind


class CommandTree(app_commands.CommandTree["RushesBot"]):
    """A command tree that raises OptionGone or Unreadable where it cannot read what came with a command.

    discord.py leaves it without an answer, or hands a command an Object in place of what it asked for.
    """

    async def interaction_check(self, interaction: discord.Interaction[RushesBot], /) -> bool:
        """Let through what is whole."""
        if interaction.type is discord.InteractionType.application_command:
            for option in _options(dict(interaction.data or {})):
                name, chosen = option["name"], interaction.namespace
                if name in chosen and isinstance(chosen[name], discord.Object):
                    raise OptionGone(discord.AppCommandOptionType(option["type"]))
        return True

    async def _call(self, interaction: discord.Interaction[RushesBot]) -> None:
        try:
            await super()._call(interaction)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            # Commands have a handler of their own: this comes from what Discord resolved, or did not.
            log.warning("interaction %s could not be read: %s", interaction.id, type(error).__name__)
            raise Unreadable from error


def _options(data: dict[str, Any]) -> list[dict[str, Any]]:
    """What was typed and chosen, whatever group the command is in; nothing for a command that is not there."""
    options = data.get("options", [])
    while options and options[0]["type"] in _GROUPS:
        options = options[0].get("options", [])
    return [option for option in options if option["type"] in _RESOLVED]


class RushesBot(commands.AutoShardedBot):
    """The Discord side; needs no privileged intent, since interactions carry all it reads."""

    def __init__(self, services: Services, *, shard_count: int | None = None) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            tree_cls=CommandTree,
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
            shard_count=shard_count,
            max_ratelimit_timeout=rest.BORNE_SECONDS,
            http_trace=rest.watch(services.outlet.embargo),
        )
        self.services = services
        self._registering: asyncio.Task[None] | None = None
        rest.guard(self.http, services.outlet.embargo)
        gateway.pace(self.http, monotonic)
        events.bear(self._connection.parsers)

    async def setup_hook(self) -> None:
        """Load the cogs by name, and tell Discord which commands there are; the connection does not wait for that."""
        for extension in EXTENSIONS:
            await self.load_extension(extension)
        self._registering = asyncio.create_task(registration.register(self.tree, self.services.notes))
        # It usually takes an instant, and then nobody ever meets the bot without its commands.
        await asyncio.wait({self._registering}, timeout=_REGISTERING_SECONDS)

    async def close(self) -> None:
        """Disconnect, and leave the commands for the next start if they are not registered yet."""
        if self._registering is not None:
            self._registering.cancel()
        await super().close()

    async def on_ready(self) -> None:
        """Say so in the log."""
        log.info("connected as %s, in %d servers", self.user, len(self.guilds))


async def use_api(url: str, token: str) -> None:
    """Make discord.py speak to this REST base, and to the gateway that it names.

    The library dials its built-in gateway after an invalid session, so that is replaced as well. Raises
    aiohttp.ClientError, or another exception, where no gateway is named.
    """
    default = "https://discord.com/api/v10"
    if url == default:
        return
    discord.http.Route.BASE = url
    headers = {"Authorization": f"Bot {token}"}
    async with aiohttp.ClientSession() as session, session.get(f"{url}/gateway/bot", headers=headers) as reply:
        if reply.status == _NO_TOKEN:
            return  # whose word that is, is found out when the bot logs in
        reply.raise_for_status()
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL((await reply.json())["url"])
