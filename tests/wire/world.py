"""World: the users, guilds and channels there are, the clock, and ids. No HTTP, no JSON, no rules about messages."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from tests.wire.refusals import unknown_channel, unknown_guild, unknown_user
from tests.wire.things import (
    BOT_PERMISSIONS,
    MANAGER_PERMISSIONS,
    MEMBER_PERMISSIONS,
    MODERATOR_PERMISSIONS,
    Channel,
    ChannelKind,
    Guild,
    Limits,
    Message,
    Permission,
    User,
)

DISCORD_EPOCH_MS = 1_420_070_400_000


class World:
    """One bot's view of Discord. Things are found by id or by name; a name that several have means the first.

    `application` is what its owner has set up otherwise than the README says, as Discord spells it.
    """

    def __init__(
        self, *, token: str = "wire", limits: Limits | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self.token = token
        self.limits = limits or Limits()
        self.base_url = ""
        self.application: dict[str, Any] = {}
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self._clock = clock
        self._ahead = 0.0
        self._last_id = 0
        self.owner = self.add_user("owner")
        self.bot = self.add_user("rushes", bot=True)

    @classmethod
    def standard(
        cls, *, token: str = "wire", limits: Limits | None = None, clock: Callable[[], float] = time.time
    ) -> World:
        """One guild with #brainstorm, #lounge and a thread; ada and ben, mo who moderates, and max who manages."""
        world = cls(token=token, limits=limits, clock=clock)
        guild = world.add_guild("The Cutting Room")
        brainstorm = world.add_channel(guild, "brainstorm")
        world.add_channel(guild, "lounge")
        world.add_thread(brainstorm, "night shots")
        for name in ("ada", "ben"):
            world.add_member(guild, world.add_user(name))
        world.add_member(guild, world.add_user("mo"), MODERATOR_PERMISSIONS)
        world.add_member(guild, world.add_user("max"), MANAGER_PERMISSIONS)
        return world

    # -- time and ids ------------------------------------------------------------------------------------------------

    def now(self) -> float:
        """Seconds since the epoch."""
        return self._clock() + self._ahead

    def advance(self, seconds: float) -> None:
        """Let time pass without waiting for it."""
        self._ahead += seconds

    def new_id(self) -> int:
        """A snowflake of this moment, larger than every earlier one."""
        self._last_id = max(snowflake(self.now()), self._last_id + 1)
        return self._last_id

    # -- what there is -----------------------------------------------------------------------------------------------

    def add_user(self, name: str, *, bot: bool = False) -> User:
        """A new user, in no guild yet."""
        user = User(self.new_id(), name, bot)
        self.users[user.user_id] = user
        return user

    def add_guild(self, name: str, *, premium_tier: int = 0) -> Guild:
        """A new guild with the bot in it."""
        guild = Guild(self.new_id(), name, self.owner.user_id, premium_tier)
        self.guilds[guild.guild_id] = guild
        self.add_member(guild, self.owner, MANAGER_PERMISSIONS)
        return guild

    def add_channel(self, guild: Guild, name: str, permissions: Permission = BOT_PERMISSIONS) -> Channel:
        """A new text channel; `permissions` are the bot's."""
        return self._keep(Channel(self.new_id(), ChannelKind.TEXT, name, guild, permissions=permissions))

    def add_thread(self, parent: Channel, name: str, *, thread_id: int | None = None) -> Channel:
        """A new public thread; one that hangs on a message has that message's id."""
        kind, permissions, key = ChannelKind.PUBLIC_THREAD, parent.permissions, thread_id or self.new_id()
        return self._keep(Channel(key, kind, name, parent.guild, parent_id=parent.channel_id, permissions=permissions))

    def add_member(self, guild: Guild, user: User, permissions: Permission = MEMBER_PERMISSIONS) -> None:
        """Put a user into a guild."""
        guild.members[user.user_id] = permissions

    def private_channel(self, user: User) -> Channel:
        """The private channel of the bot and a user, opened if there is none."""
        for channel in self.channels.values():
            if channel.kind is ChannelKind.DM and channel.recipient is user:
                return channel
        return self._keep(Channel(self.new_id(), ChannelKind.DM, user.name, recipient=user))

    def _keep(self, channel: Channel) -> Channel:
        self.channels[channel.channel_id] = channel
        return channel

    # -- looking things up -------------------------------------------------------------------------------------------

    def user(self, key: str | int) -> User:
        """By id or name, unless the account was deleted; raises Refusal 10013."""
        for user in self.users.values():
            if str(key) in (str(user.user_id), user.name) and not user.deleted:
                return user
        raise unknown_user()

    def meets(self, user: User) -> bool:
        """Whether the bot is in a guild with this user."""
        return any(guild.present and user.user_id in guild.members for guild in self.guilds.values())

    def guild(self, key: str | int) -> Guild:
        """By id or name; raises Refusal 10004."""
        for guild in self.guilds.values():
            if str(key) in (str(guild.guild_id), guild.name):
                return guild
        raise unknown_guild()

    def channel(self, key: str | int) -> Channel:
        """By id or name, unless it was deleted; raises Refusal 10003."""
        for channel in self.channels.values():
            if str(key) in (str(channel.channel_id), channel.name) and not channel.deleted:
                return channel
        raise unknown_channel()

    def channels_of(self, guild: Guild) -> list[Channel]:
        """The channels and threads of a guild that still exist."""
        return [channel for channel in self.channels.values() if channel.guild is guild and not channel.deleted]

    def messages(self) -> Iterator[Message]:
        """Every message there ever was, oldest first in each channel."""
        for channel in self.channels.values():
            yield from channel.messages.values()

    def upload_limit(self, channel: Channel) -> int:
        """Bytes that one file may have in a channel."""
        if channel.upload_limit is not None:
            return channel.upload_limit
        return self.limits.uploads[channel.guild.premium_tier if channel.guild is not None else 0]


def snowflake(at: float) -> int:
    """The smallest id of a moment, in seconds since the epoch."""
    return (int(at * 1000) - DISCORD_EPOCH_MS) << 22
