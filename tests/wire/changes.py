"""What people do: lock threads, take permissions, delete channels, throw the bot out; leave, and delete accounts.

Each change is announced at the gateway as Discord does; what users do is told only to bots with an intent for it.
"""

from __future__ import annotations

from typing import Any

from tests.wire import shapes
from tests.wire.gateway import Gateway
from tests.wire.things import Channel, Guild, Permission
from tests.wire.world import World

CHANNEL_FIELDS = {"permissions", "archived", "locked", "deleted", "upload_limit"}
GUILD_FIELDS = {"premium_tier", "present"}
USER_FIELDS = {"dm_open", "deleted", "left"}


class Changes:
    """Changes to the world while a bot is connected."""

    def __init__(self, world: World, gateway: Gateway) -> None:
        self._world = world
        self._gateway = gateway

    async def channel(self, key: str | int, **changes: Any) -> Channel:
        """Change permissions (of the bot), archived, locked, deleted, upload_limit."""
        _check(changes, CHANNEL_FIELDS)
        channel = self._world.channel(key)
        for name, value in changes.items():
            setattr(channel, name, Permission(value) if name == "permissions" else value)
        if channel.guild is not None:
            prefix = "THREAD" if channel.is_thread else "CHANNEL"
            event = f"{prefix}_{'DELETE' if channel.deleted else 'UPDATE'}"
            await self._gateway.dispatch(event, shapes.channel_json(channel), channel.guild.guild_id)
        return channel

    async def guild(self, key: str | int, **changes: Any) -> Guild:
        """Change premium_tier; with present=False the bot is thrown out."""
        _check(changes, GUILD_FIELDS)
        guild = self._world.guild(key)
        was_present = guild.present
        for name, value in changes.items():
            setattr(guild, name, value)
        if was_present and not guild.present:
            event, data = "GUILD_DELETE", {"id": str(guild.guild_id)}
        elif guild.present and not was_present:
            event, data = "GUILD_CREATE", shapes.guild_create_json(self._world, guild)
        else:
            event, data = "GUILD_UPDATE", shapes.guild_json(guild)
        await self._gateway.dispatch(event, data, guild.guild_id)
        return guild

    async def user(self, key: str | int, **changes: Any) -> None:
        """Change dm_open; `left` names a server that they leave, and deleted=True ends the account."""
        _check(changes, USER_FIELDS)
        user = self._world.user(key)
        left = [self._world.guild(changes["left"])] if "left" in changes else []
        for guild in self._world.guilds.values() if changes.get("deleted") else left:
            guild.members.pop(user.user_id, None)
        for name in changes.keys() - {"left"}:
            setattr(user, name, changes[name])


def _check(changes: dict[str, Any], known: set[str]) -> None:
    if changes.keys() - known:
        raise ValueError(f"cannot be changed: {', '.join(sorted(changes.keys() - known))}")
