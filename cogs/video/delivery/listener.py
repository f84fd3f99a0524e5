"""When clips can be delivered, and which shards are connected: what Discord's gateway says of it."""

from __future__ import annotations

from discord.ext import commands

from bot.client.bot import RushesBot
from cogs.video.delivery.deliverer import ChannelDeliverer
from cogs.video.delivery.sweeping import MessageSweeper


class DeliveryListener(commands.Cog):
    """Plugs the deliverer in once the bot is connected, and out when it goes."""

    def __init__(self, bot: RushesBot) -> None:
        self._bot = bot
        self._deliverer = ChannelDeliverer(bot)
        self._sweeper = MessageSweeper(bot)

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """From now on servers and their upload limits are known. With several shards this comes once, and never again.

        A shard that was lost meanwhile stays lost: it is its own READY or RESUMED that counts.
        """
        self._bot.services.outlet.attach(self._deliverer, self._sweeper)

    @commands.Cog.listener()
    async def on_shard_connect(self, shard_id: int) -> None:
        """Events of this shard come in, after its READY."""
        self._bot.services.outlet.shards_down.discard(shard_id)

    @commands.Cog.listener()
    async def on_shard_resumed(self, shard_id: int) -> None:
        """Events of this shard come in again."""
        self._bot.services.outlet.shards_down.discard(shard_id)

    @commands.Cog.listener()
    async def on_shard_disconnect(self, shard_id: int) -> None:
        """No event of this shard comes in until the library has connected it again."""
        self._bot.services.outlet.shards_down.add(shard_id)

    async def cog_unload(self) -> None:
        """Nothing can be delivered any more; jobs wait."""
        self._bot.services.outlet.detach(self._deliverer)
