"""What each button of a brainstorm does, and who may press it. How they look is in `buttons` and `overview`."""

from __future__ import annotations

import contextlib
import io
from functools import partial

import discord

from bot.assemblies import brainstorm as brainstorming
from bot.assemblies import brainstorm_course as course
from bot.assemblies import rows
from bot.assemblies.brainstorm import Brainstorm, BrainstormStage, Edit
from bot.assemblies.state import read
from bot.errors import Refused, StaleJob, StorageFailed
from bot.models import Assembly
from bot.policy.gates import PERSONAL
from cogs.brainstorm.form import TakeForm
from cogs.core import texts
from cogs.core.answers import (
    Interaction,
    answer,
    asker_of,
    bring,
    check_owner,
    check_permissions,
    defer,
    done,
    target_of,
    translation_for,
)
from cogs.core.forms import show_form
from cogs.core.names import readable, standings_of
from cogs.core.quoting import plain


async def add(interaction: Interaction, assembly_id: str, _number: int) -> None:
    """Open the form for a take of one's own."""
    asker = asker_of(interaction)
    _, storm = await _find(interaction, assembly_id)
    brainstorming.check_room(storm, asker.target.user_id)
    await interaction.client.services.jobs.check_free(asker)
    form = TakeForm(translation_for(interaction), storm.idea, partial(_added, assembly_id))
    await show_form(interaction, form)


async def _added(assembly_id: str, interaction: Interaction, prompt: str, _remove: bool) -> None:
    services, target, t = interaction.client.services, target_of(interaction), translation_for(interaction)
    if not await defer(interaction):
        return
    prompt = await readable(interaction, prompt)
    _, storm = await _find(interaction, assembly_id)
    price = services.jobs.price(course.draft(storm, prompt))
    await services.jobs.check_free(asker_of(interaction), prompt)
    await _check_purse(interaction, price * (1 + storm.owners().get(target.user_id, 0)))
    name, now = interaction.user.display_name, services.assembler.now()
    take = brainstorming.added(target.user_id, name, target.locale, prompt, now)
    await _edit(interaction, assembly_id, take)
    done(interaction)
    text = t("brainstorm.done.added", credits=texts.credits_(price, t))
    await answer(interaction, text)


async def _check_purse(interaction: Interaction, price: int) -> None:
    """Refuse a take that its owner's credits would not reach for; what is held is settled when all are rendered."""
    asker = asker_of(interaction)
    jobs, target = interaction.client.services.jobs, asker.target
    left = await jobs.allowance(target.guild_id, target.user_id, asker.standing.roles)
    if left.left < price:
        raise Refused("quota", price=price, left=left.left, limit=left.limit, resets_at=left.resets_at)


async def edit(interaction: Interaction, assembly_id: str, number: int) -> None:
    """Open the form of a take, for its owner or a moderator."""
    _, storm = await _find(interaction, assembly_id)
    brainstorming.check_drafting(storm)
    take = storm.take(number)
    check_owner(interaction, take.owner)
    form = TakeForm(
        translation_for(interaction), take.prompt, partial(_edited, assembly_id, number), storm.takes.index(take) + 1
    )
    await show_form(interaction, form)


async def _edited(assembly_id: str, number: int, interaction: Interaction, prompt: str, remove: bool) -> None:
    services, t = interaction.client.services, translation_for(interaction)
    if not await defer(interaction):
        return
    _, storm = await _find(interaction, assembly_id)
    check_owner(interaction, storm.take(number).owner)
    if remove:
        gone = brainstorming.removed(number, services.assembler.now())
        await _edit(interaction, assembly_id, gone)
        done(interaction)
        await answer(interaction, t("brainstorm.done.removed"))
        return
    prompt = await readable(interaction, prompt)
    services.jobs.price(course.draft(storm, prompt))
    await services.jobs.check_free(asker_of(interaction), prompt)
    take = brainstorming.rewritten(number, prompt, services.assembler.now())
    await _edit(interaction, assembly_id, take)
    done(interaction)
    await answer(interaction, t("brainstorm.done.changed"))


async def render(interaction: Interaction, assembly_id: str, _number: int) -> None:
    """Reserve all takes together and queue them, for whoever began or a moderator."""
    services, t = interaction.client.services, translation_for(interaction)
    if not await defer(interaction):
        return
    assembly, _ = await _find(interaction, assembly_id)
    check_owner(interaction, assembly.target.user_id)
    check_permissions(interaction)
    closing = brainstorming.reserving(services.assembler.now(), target_of(interaction).channel_id)
    assembly = await _edit(interaction, assembly_id, closing)
    try:
        count = await _reserve(interaction, assembly)
    except (Refused, StorageFailed):
        opening = brainstorming.reopened(services.assembler.now())
        with contextlib.suppress(StorageFailed):  # half a minute later it is opened again by itself
            await _edit(interaction, assembly_id, opening)
        raise
    done(interaction)
    services.assembler.poke(assembly_id)
    await answer(interaction, t("brainstorm.done.rendering", count=count))


async def _reserve(interaction: Interaction, assembly: Assembly) -> int:
    """All takes, or none of those of members who may not pay for theirs; how many. Refused if the starter may not."""
    jobs, storm = interaction.client.services.jobs, read(assembly, Brainstorm)
    version = assembly.version
    first = None if storm.picture is None else await jobs.picture(storm.picture)
    standings = await standings_of(interaction, storm.owners())
    # A model that rewrites the prompts may lose what the takes differ in; where that cannot be chosen, so be it.
    as_written: bool | None = False
    short: set[int] = set()
    while orders := course.orders(assembly, storm, standings, without=short, optimize_prompt=as_written):
        try:
            await jobs.check(orders)
            return len((await jobs.submit(orders, first=first, of_version=version)).jobs)
        except StaleJob:
            version = await _still_these(interaction, assembly.assembly_id, storm)
        except Refused as error:
            if error.code in {"option_not_available", "provider_unwell"} and as_written is not None:
                as_written = None
            elif error.code in PERSONAL:
                short.add(_short_of(error, orders[0].target.user_id, assembly, interaction))
            else:
                raise
    raise Refused("brainstorm_nobody_pays")


async def _still_these(interaction: Interaction, assembly_id: str, before: Brainstorm) -> int:
    """The version of a brainstorm whose takes are still the same and still being reserved; Refused for any other."""
    fresh, storm = await _find(interaction, assembly_id)
    if fresh.ended_at is not None or storm.stage is not BrainstormStage.RESERVING or storm.takes != before.takes:
        raise Refused("brainstorm_changed")
    return fresh.version


def _short_of(error: Refused, only_payer: int, assembly: Assembly, interaction: Interaction) -> int:
    """Who may not; the refusal again if that is who began."""
    payer = int(str(error.facts.pop("user_id", None) or only_payer))
    if payer != assembly.target.user_id:
        return payer
    if payer != interaction.user.id:
        error.facts["user_id"] = payer
    raise error


async def close(interaction: Interaction, assembly_id: str, _number: int) -> None:
    """End a draft without rendering it, for whoever began it or a moderator."""
    over = brainstorming.closed(interaction.client.services.assembler.now())
    await _end(interaction, assembly_id, over, "brainstorm.done.closed")


async def decide(interaction: Interaction, assembly_id: str, _number: int) -> None:
    """End the voting now, for whoever began or a moderator."""
    over = brainstorming.decided(interaction.client.services.assembler.now())
    await _end(interaction, assembly_id, over, "brainstorm.done.decided")


async def _end(interaction: Interaction, assembly_id: str, over: Edit, said: str) -> None:
    if not await defer(interaction):
        return
    assembly, _ = await _find(interaction, assembly_id)
    check_owner(interaction, assembly.target.user_id)
    await _edit(interaction, assembly_id, over)
    done(interaction)
    await answer(interaction, translation_for(interaction)(said))


async def prompts(interaction: Interaction, assembly_id: str, _number: int) -> None:
    """Send all prompts in full, as a text file, to whoever asks."""
    if not await defer(interaction):
        return
    _, storm = await _find(interaction, assembly_id)
    text = "\n\n".join(
        f"{position}. {plain(take.name, 80)}\n{take.prompt}" for position, take in enumerate(storm.takes, start=1)
    )
    file = discord.File(io.BytesIO(text.encode()), filename="prompts.txt")
    await bring(interaction, translation_for(interaction)("brainstorm.done.prompts"), file=file)


async def _find(interaction: Interaction, assembly_id: str) -> tuple[Assembly, Brainstorm]:
    assembler, guild_id = interaction.client.services.assembler, target_of(interaction).guild_id
    assembly = await assembler.get(assembly_id, guild_id=guild_id)
    return assembly, read(assembly, Brainstorm)


async def _edit(interaction: Interaction, assembly_id: str, change: Edit) -> Assembly:
    assembler, guild_id = interaction.client.services.assembler, target_of(interaction).guild_id
    return await assembler.change(assembly_id, rows.brainstorm_edited(change), guild_id=guild_id)
