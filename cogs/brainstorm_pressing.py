"""What each button of a brainstorm does, and that nobody does it unasked. How they look is in `views`."""

from __future__ import annotations

import io
from functools import partial

import discord

from bot.errors import Refused
from bot.jobs import brainstorm_course as course
from bot.jobs import brainstorming
from bot.jobs.brainstorming import Brainstorm, Edit, from_state
from bot.models import Assembly
from cogs.answers import Interaction, answer, check_permissions, hold, is_moderator, target_of, words_of
from cogs.views import texts
from cogs.views.brainstorm_form import TakeForm
from cogs.views.forms import show_form
from cogs.views.quoting import plain


async def add(interaction: Interaction, assembly_id: str, _number: int) -> None:
    """Open the form for a take of one's own."""
    target = target_of(interaction)
    _, storm = await _find(interaction, assembly_id)
    brainstorming.check_room(storm, target.user_id)
    await show_form(interaction, TakeForm(words_of(interaction), storm.idea, partial(_added, assembly_id)))


async def _added(assembly_id: str, interaction: Interaction, prompt: str, _remove: bool) -> None:
    services, target, words = interaction.client.services, target_of(interaction), words_of(interaction)
    _, storm = await _find(interaction, assembly_id)
    price = services.jobs.price(course.draft(storm, prompt))
    await _check_purse(interaction, price * (1 + storm.owners().get(target.user_id, 0)))
    name, now = interaction.user.display_name, services.assembler.now()
    await _edit(interaction, assembly_id, brainstorming.added(target.user_id, name, target.locale, prompt, now))
    await answer(interaction, words("brainstorm.done.added", credits=texts.credits_(price, words)))


async def _check_purse(interaction: Interaction, price: int) -> None:
    """Refuse a take that its owner's credits would not reach for; what is held is settled when all are rendered."""
    target = target_of(interaction)
    left = await interaction.client.services.jobs.allowance(target.guild_id, target.user_id)
    if left.left < price:
        raise Refused("quota", price=price, left=left.left, limit=left.limit, resets_at=left.resets_at)


async def edit(interaction: Interaction, assembly_id: str, number: int) -> None:
    """Open the form of a take, for its owner or a moderator."""
    _, storm = await _find(interaction, assembly_id)
    brainstorming.check_drafting(storm)
    take = storm.take(number)
    _check_mine(interaction, take.owner)
    form = TakeForm(
        words_of(interaction), take.prompt, partial(_edited, assembly_id, number), storm.takes.index(take) + 1
    )
    await show_form(interaction, form)


async def _edited(assembly_id: str, number: int, interaction: Interaction, prompt: str, remove: bool) -> None:
    services, words = interaction.client.services, words_of(interaction)
    _, storm = await _find(interaction, assembly_id)
    _check_mine(interaction, storm.take(number).owner)
    if remove:
        await _edit(interaction, assembly_id, brainstorming.removed(number, services.assembler.now()))
        await answer(interaction, words("brainstorm.done.removed"))
        return
    services.jobs.price(course.draft(storm, prompt))
    await _edit(interaction, assembly_id, brainstorming.rewritten(number, prompt, services.assembler.now()))
    await answer(interaction, words("brainstorm.done.changed"))


async def render(interaction: Interaction, assembly_id: str, _number: int) -> None:
    """Reserve all takes together and queue them, for whoever began or a moderator."""
    services, words = interaction.client.services, words_of(interaction)
    assembly, _ = await _find(interaction, assembly_id)
    _check_mine(interaction, assembly.target.user_id)
    check_permissions(interaction)
    if not await hold(interaction):
        return
    assembly = await _edit(interaction, assembly_id, brainstorming.reserving(services.assembler.now()))
    try:
        count = await _reserve(interaction, assembly)
    except Refused:
        await _edit(interaction, assembly_id, brainstorming.reopened(services.assembler.now()))
        raise
    services.assembler.poke(assembly_id)
    await answer(interaction, words("brainstorm.done.rendering", count=count))


async def _reserve(interaction: Interaction, assembly: Assembly) -> int:
    """All takes, or none of those of members whose credits do not reach; how many. Refused if the starter's do not."""
    jobs, storm = interaction.client.services.jobs, from_state(assembly.state)
    first = None if storm.picture is None else await jobs.picture(storm.picture)
    # A model that rewrites the prompts may lose what the takes differ in; where that cannot be chosen, so be it.
    as_written: bool | None = False
    short: set[int] = set()
    while orders := course.orders(assembly, storm, without=short, optimize_prompt=as_written):
        try:
            await jobs.check_all(orders)
            return len((await jobs.submit_all(orders, first=first)).jobs)
        except Refused as error:
            if error.code in {"option_not_available", "provider_unwell"} and as_written is not None:
                as_written = None
            elif error.code == "quota":
                short.add(_short_of(error, orders[0].target.user_id, assembly, interaction))
            else:
                raise
    raise Refused("brainstorm_nobody_pays")


def _short_of(error: Refused, only_payer: int, assembly: Assembly, interaction: Interaction) -> int:
    """Whose credits do not reach; the refusal again if that is who began."""
    payer = int(str(error.facts.pop("user_id", only_payer)))
    if payer != assembly.target.user_id:
        return payer
    if payer != interaction.user.id:
        error.facts["user_id"] = payer
    raise error


async def decide(interaction: Interaction, assembly_id: str, _number: int) -> None:
    """End the voting now, for whoever began or a moderator."""
    assembly, _ = await _find(interaction, assembly_id)
    _check_mine(interaction, assembly.target.user_id)
    await _edit(interaction, assembly_id, brainstorming.decided(interaction.client.services.assembler.now()))
    await answer(interaction, words_of(interaction)("brainstorm.done.decided"))


async def prompts(interaction: Interaction, assembly_id: str, _number: int) -> None:
    """Send all prompts in full, as a text file, to whoever asks."""
    _, storm = await _find(interaction, assembly_id)
    text = "\n\n".join(
        f"{position}. {plain(take.name, 80)}\n{take.prompt}" for position, take in enumerate(storm.takes, start=1)
    )
    file = discord.File(io.BytesIO(text.encode()), filename="prompts.txt")
    await answer(interaction, words_of(interaction)("brainstorm.done.prompts"), file=file)


async def _find(interaction: Interaction, assembly_id: str) -> tuple[Assembly, Brainstorm]:
    guild_id = target_of(interaction).guild_id
    assembly = await interaction.client.services.assembler.get(assembly_id, guild_id=guild_id)
    return assembly, from_state(assembly.state)


async def _edit(interaction: Interaction, assembly_id: str, change: Edit) -> Assembly:
    guild_id = target_of(interaction).guild_id
    edit_row = brainstorming.changed(change)
    return await interaction.client.services.assembler.change(assembly_id, edit_row, guild_id=guild_id)


def _check_mine(interaction: Interaction, owner: int) -> None:
    if interaction.user.id != owner and not is_moderator(interaction):
        raise Refused("not_yours")
