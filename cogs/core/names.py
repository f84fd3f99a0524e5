"""What members, roles and channels are called: for the mentions in a prompt, and for pictures that hold no mention.

In a prompt they are named as this server calls them, as far as whoever wrote may see. Discord resolves them for options
of their own types alone, and members are kept only as they come by: the rest are asked for by id, which needs no
privileged intent. How names get into the prompt is in bot.policy.mentions.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

import aiohttp
import discord

from bot.client.bot import RushesBot
from bot.errors import DeliveryError
from bot.latest import Latest
from bot.policy.asking import Standing
from bot.policy.mentions import Names, channels_in, members_in, roles_in, spelled_out
from cogs.core.answers import Interaction, asker_of, roles_of, translation_for
from cogs.core.posting import translated
from cogs.core.replies import TROUBLE

_LOOK_SECONDS = 1.0
"""Somebody waits meanwhile."""
_ROLES_SECONDS = 10.0
_ASKED_FOR = 5
_REMEMBERED = 500


async def readable(interaction: Interaction, prompt: str) -> str:
    """The prompt with names in the place of mentions, custom emoji and other markup."""
    if "<" not in prompt:
        return prompt
    t, members = translation_for(interaction), members_in(prompt)
    known = {user_id: name for user_id in members if (name := _member(interaction, user_id))}
    known |= await _looked_up(interaction, [user_id for user_id in members if user_id not in known][:_ASKED_FOR])
    return spelled_out(
        prompt,
        Names(
            known,
            {role_id: _role(interaction, role_id) for role_id in roles_in(prompt)},
            {channel_id: channel_name(interaction, channel_id) for channel_id in channels_in(prompt)},
            t("common.unknown.member"),
            t("common.unknown.role"),
            t("common.unknown.channel"),
        ),
    )


def _resolved(interaction: Interaction, kind: str, of: int) -> Mapping[str, Any]:
    data: Mapping[str, Any] = interaction.data or {}
    found: Mapping[str, Any] = data.get("resolved", {}).get(kind, {}).get(str(of), {})
    return found


def _member(interaction: Interaction, user_id: int) -> str:
    if interaction.user.id == user_id:
        return interaction.user.display_name
    nick = _resolved(interaction, "members", user_id).get("nick")
    user = _resolved(interaction, "users", user_id)
    if found := nick or user.get("global_name") or user.get("username"):
        return str(found)
    member = interaction.guild.get_member(user_id) if interaction.guild is not None else None
    return "" if member is None else member.display_name


async def _looked_up(interaction: Interaction, user_ids: list[int]) -> dict[int, str]:
    """The names of members that had to be asked for, as many as there is time for."""
    guild = interaction.guild
    if guild is None or not user_ids:
        return {}
    asking = [asyncio.create_task(_ask(guild, user_id)) for user_id in user_ids]
    done, late = await asyncio.wait(asking, timeout=_LOOK_SECONDS)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    return {user_id: name for task in done for user_id, name in task.result().items()}


async def _ask(guild: discord.Guild, user_id: int) -> dict[int, str]:
    try:
        return {user_id: (await guild.fetch_member(user_id)).display_name}
    except (discord.DiscordException, aiohttp.ClientError, OSError):
        return {}


async def standings_of(interaction: Interaction, user_ids: Iterable[int]) -> dict[int, Standing]:
    """What decides whether these members may ask here; whoever has left has no roles."""
    own, guild = asker_of(interaction), interaction.guild
    others = [user_id for user_id in user_ids if user_id != own.target.user_id]
    found = [] if guild is None else await asyncio.gather(*(_roles(guild, user_id) for user_id in others))
    standings = {user_id: replace(own.standing, roles=roles) for user_id, roles in zip(others, found, strict=False)}
    return standings | {own.target.user_id: own.standing}


async def _roles(guild: discord.Guild, user_id: int) -> frozenset[int]:
    try:
        async with asyncio.timeout(_ROLES_SECONDS):
            return roles_of(await guild.fetch_member(user_id))
    except TROUBLE:
        return frozenset()


def _role(interaction: Interaction, role_id: int) -> str:
    role = interaction.guild.get_role(role_id) if interaction.guild is not None else None
    name = str(_resolved(interaction, "roles", role_id).get("name", "")) if role is None else role.name
    return name.removeprefix("@")


def channel_name(interaction: Interaction, channel_id: int) -> str:
    """A channel's name, if whoever asks can see it: names of hidden ones are not to be had by typing numbers."""
    if name := _resolved(interaction, "channels", channel_id).get("name"):
        return f"#{name}"
    channel = interaction.guild.get_channel_or_thread(channel_id) if interaction.guild is not None else None
    if channel is None or not isinstance(interaction.user, discord.Member):
        return ""
    try:
        allowed = channel.permissions_for(interaction.user).view_channel
    except discord.ClientException:  # a thread whose channel is not known
        return ""
    return f"#{channel.name}" if allowed else ""


class Members:
    """Names as their server shows them, for pictures, which can hold no mention. The latest are remembered."""

    def __init__(self, bot: RushesBot) -> None:
        self._bot = bot
        self._known: Latest[tuple[int, int], str] = Latest(_REMEMBERED)

    async def names(self, guild_id: int, user_ids: Collection[int]) -> dict[int, str]:
        """The name of each; empty for those that nobody can look up."""
        wanted = sorted(set(user_ids))
        found = await asyncio.gather(*(self._name(guild_id, user_id) for user_id in wanted))
        return dict(zip(wanted, found, strict=True))

    async def _name(self, guild_id: int, user_id: int) -> str:
        known = self._known.get((guild_id, user_id))
        if known is not None:
            return known
        try:
            with translated():
                name = await self._ask(guild_id, user_id)
        except DeliveryError:
            return ""
        self._known[guild_id, user_id] = name
        return name

    async def _ask(self, guild_id: int, user_id: int) -> str:
        guild = self._bot.get_guild(guild_id)
        if guild is not None:
            try:
                return (await guild.fetch_member(user_id)).display_name
            except discord.NotFound:
                pass  # has left the server, or cannot be told from somebody who has
        return (await self._bot.fetch_user(user_id)).display_name
