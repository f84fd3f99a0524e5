"""What a bot can ask of where it stands: its servers, its own membership, and their channels with who may do what."""

from __future__ import annotations

from typing import Any

from tests.wire import shapes
from tests.wire.things import Channel, Guild
from tests.wire.world import World

MEMBER = 1
"""An overwrite for one member; 0 is for a role."""


def my_guild_json(guild: Guild) -> dict[str, Any]:
    """A server as GET /users/@me/guilds lists it."""
    return {
        "id": str(guild.guild_id),
        "name": guild.name,
        "icon": None,
        "banner": None,
        "owner": False,
        "permissions": str(int(guild.permissions)),
        "features": [],
    }


def own_member_json(world: World, guild: Guild) -> dict[str, Any]:
    """The bot as a member."""
    return shapes.member_json(world.bot) | {"communication_disabled_until": shapes.moment(guild.silenced_until)}


def listed_channel_json(world: World, channel: Channel) -> dict[str, Any]:
    """A channel as GET /guilds/{id}/channels lists it, with what makes the bot's permissions others than elsewhere."""
    assert channel.guild is not None
    usual, mine = int(channel.guild.permissions), int(channel.permissions)
    change = {"allow": str(mine & ~usual), "deny": str(usual & ~mine)}
    overwrites = [] if mine == usual else [{"id": str(world.bot.user_id), "type": MEMBER, **change}]
    return shapes.channel_json(channel) | {"permission_overwrites": overwrites}
