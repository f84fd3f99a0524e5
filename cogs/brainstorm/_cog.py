"""/brainstorm: an idea becomes a thread with several takes of it, which are rendered together and voted on."""

from __future__ import annotations

import contextlib
import secrets
from dataclasses import replace
from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot.assemblies import brainstorm as brainstorming
from bot.assemblies import brainstorm_course as course
from bot.assemblies import rows
from bot.assemblies.brainstorm import Brainstorm
from bot.assemblies.state import read, write
from bot.changes import AssemblyChanges
from bot.client.bot import RushesBot
from bot.errors import DeliveryPostponed, DestinationGone, Refused, StorageFailed
from bot.jobs.intake import Order
from bot.models import Assembly, AssemblyKind, Resolution
from bot.policy.mentions import spelled_out
from cogs.brainstorm.builder import BrainstormBuilder
from cogs.brainstorm.buttons import BrainstormButton
from cogs.core import texts
from cogs.core.answers import Interaction, answer, asker_of, check_permissions, defer, done, target_of, translation_for
from cogs.core.codes import TOO_MANY_THREADS
from cogs.core.components import row_view
from cogs.core.names import readable
from cogs.video.readers import attached

_OPENING_SECONDS = 60.0
"""How long the command has for opening the thread before the builder looks after it."""

_LONGEST_IDEA = 1900
"""Leaves room in a prompt for a camera movement."""


class Brainstorms(commands.Cog):
    """Ideas that several people work on."""

    def __init__(self, builder: BrainstormBuilder) -> None:
        self._builder = builder

    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.describe(
        idea="What the clips show; each take gets a camera movement of its own",
        takes="How many takes to begin with, 2 to 6; 4 unless you say otherwise",
        minutes="How long to vote once all clips are there; 10 unless you say otherwise",
        image="The first frame of all takes: PNG, JPEG or WebP, up to 20 MB",
        resolution="768p costs 1 credit a take, 1080p costs 2 and lasts 6 s",
        duration="Seconds; 10 s costs 2 credits a take",
        provider="Who renders the takes; auto picks one that has every option and is well",
    )
    async def brainstorm(
        self,
        interaction: Interaction,
        idea: app_commands.Range[str, 1, _LONGEST_IDEA],
        takes: app_commands.Range[int, 2, 6] = 4,
        minutes: app_commands.Range[int, 1, 1440] = 10,
        image: discord.Attachment | None = None,
        resolution: Literal["768p", "1080p"] | None = None,
        duration: Literal[6, 10] | None = None,
        provider: Literal["auto", "apiframe", "acedata"] = "auto",
    ) -> None:
        """Open a thread with several takes of one idea: render them together, then vote."""
        storm = Brainstorm(
            idea=idea,
            minutes=minutes,
            touched_at=interaction.client.services.assembler.now(),
            resolution=None if resolution is None else Resolution(resolution),
            duration_seconds=duration,
            provider=None if provider == "auto" else provider,
            thread_id=_place(interaction),
        )
        await self._begin(interaction, storm, takes, image)

    async def _begin(
        self, interaction: Interaction, storm: Brainstorm, takes: int, image: discord.Attachment | None
    ) -> None:
        services, target = interaction.client.services, target_of(interaction)
        reader = None if image is None else attached(image)
        if not await defer(interaction):
            return
        storm = replace(storm, idea=spelled_out(await readable(interaction, storm.idea)))
        name = interaction.user.display_name
        storm = brainstorming.first_takes(storm, takes, target.user_id, name, target.locale)
        request = replace(course.draft(storm, storm.idea), has_first_frame=reader is not None)
        asker = asker_of(interaction)
        await services.jobs.check([Order(target, request, standing=asker.standing)] * takes)
        if reader is not None:
            async with services.jobs.reading(target):
                data = await reader()
                picture = await services.jobs.keep_picture(data, secrets.token_hex(10), spoiler=reader.spoiler)
            storm = replace(storm, picture=picture)
        beginning = services.assembler.begin(
            AssemblyKind.BRAINSTORM, target, write(storm), due_in=_OPENING_SECONDS, check=rows.check_no_other_draft
        )
        try:
            assembly, new = await beginning
        except Refused as error:
            await self._offer_closing(interaction, error)
            return
        if new:
            await self._open(interaction, assembly)

    async def _offer_closing(self, interaction: Interaction, error: Refused) -> None:
        """Say that there is a draft of theirs already, with a button that closes it."""
        t = translation_for(interaction)
        button = BrainstormButton.of("close", str(error.facts["assembly_id"]), t)
        await answer(interaction, texts.refusal(error, t), view=row_view([button]))

    async def _open(self, interaction: Interaction, assembly: Assembly) -> None:
        """Open the thread while somebody waits for it, so that they are told if it cannot be."""
        assembler, t = interaction.client.services.assembler, translation_for(interaction)
        guild_id = assembly.target.guild_id
        try:
            opened, message_id = await self._builder.open(assembly)
        except (DeliveryPostponed, StorageFailed):
            done(interaction)
            assembler.poke(assembly.assembly_id)
            await answer(interaction, t("brainstorm.opening"))
            return
        except DestinationGone as error:
            with contextlib.suppress(StorageFailed):  # the builder will find out for itself
                await rows.abandon(assembler, assembly)
            if error.code in TOO_MANY_THREADS:
                raise Refused("brainstorm_too_many_threads") from None
            raise Refused("brainstorm_no_threads") from None

        def placed(fresh: Assembly) -> AssemblyChanges:
            # Somebody may have pressed a button of the overview already.
            state = replace(read(fresh, Brainstorm), thread_id=opened.thread_id)
            return {"state": write(state), "message_id": message_id}

        done(interaction)
        with contextlib.suppress(StorageFailed):  # the builder finds the thread and its overview
            await assembler.change(assembly.assembly_id, placed, guild_id=guild_id)
        text = t("brainstorm.opened", place=f"<#{opened.thread_id}>")
        await answer(interaction, text)


def _place(interaction: Interaction) -> int | None:
    """The thread that the command was typed in, or None where one is to be opened; Refused where none can be."""
    channel, have = interaction.channel, interaction.app_permissions
    check_permissions(interaction)
    if isinstance(channel, discord.Thread):
        return channel.id
    if not isinstance(channel, discord.TextChannel):
        raise Refused("brainstorm_wrong_channel")
    if not have.create_public_threads or not have.send_messages_in_threads:
        raise Refused("brainstorm_no_threads")
    return None


async def setup(bot: RushesBot) -> None:
    """Called by load_extension."""
    builder = BrainstormBuilder(bot)
    bot.add_dynamic_items(BrainstormButton)
    await bot.add_cog(Brainstorms(builder))
    bot.services.assembler.plug(AssemblyKind.BRAINSTORM, builder)


async def teardown(bot: RushesBot) -> None:
    """Called when the extension is unloaded."""
    bot.remove_dynamic_items(BrainstormButton)
