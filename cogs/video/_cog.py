"""/video: asks for a clip from a prompt and, optionally, pictures."""

from __future__ import annotations

from functools import partial
from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot.assemblies.takes import MOST_TAKES
from bot.client.bot import RushesBot
from bot.jobs.intake import Draft
from bot.models import Resolution
from cogs.core.answers import Interaction
from cogs.video import buttons, voting
from cogs.video.asking import ask
from cogs.video.delivery.listener import DeliveryListener
from cogs.video.menus import Menus
from cogs.video.readers import attached
from cogs.video.suggestions import offer_prompts


class Video(commands.Cog):
    """The /video command."""

    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.describe(
        prompt="What the clip shows, in up to 2000 characters",
        image="The first frame: PNG, JPEG or WebP, up to 20 MB",
        end_image="The last frame; needs an image to start from",
        resolution="768p costs 1 credit, 1080p costs 2 and lasts 6 s",
        duration="Seconds; 10 s costs 2 credits",
        optimize_prompt="Let the provider rewrite the prompt (its default), or use it as written",
        provider="Who renders it; auto picks one that has every option and is well",
        takes="So many clips of it, shown side by side; each costs its own credits",
    )
    @app_commands.autocomplete(prompt=offer_prompts)
    async def video(
        self,
        interaction: Interaction,
        prompt: str,
        image: discord.Attachment | None = None,
        end_image: discord.Attachment | None = None,
        resolution: Literal["768p", "1080p"] | None = None,
        duration: Literal[6, 10] | None = None,
        optimize_prompt: bool | None = None,
        provider: Literal["auto", "apiframe", "acedata"] = "auto",
        takes: app_commands.Range[int, 1, MOST_TAKES] = 1,
    ) -> None:
        """Make a video clip from a prompt, and from a first and a last frame if you like."""
        draft = Draft(
            prompt=prompt,
            resolution=None if resolution is None else Resolution(resolution),
            duration_seconds=duration,
            optimize_prompt=optimize_prompt,
            provider=None if provider == "auto" else provider,
            has_first_frame=image is not None,
            has_last_frame=end_image is not None,
        )
        first, last = (None if picture is None else attached(picture) for picture in (image, end_image))
        await ask(interaction, draft, first, last, takes=takes)


async def setup(bot: RushesBot) -> None:
    """Called by load_extension."""
    bot.add_dynamic_items(*buttons.ALL)
    bot.services.edits.plug(voting.COUNT, partial(voting.count_again, bot))
    await bot.add_cog(DeliveryListener(bot))
    await bot.add_cog(Video())
    await bot.add_cog(Menus(bot))


async def teardown(bot: RushesBot) -> None:
    """Called when the extension is unloaded."""
    bot.remove_dynamic_items(*buttons.ALL)
