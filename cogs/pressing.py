"""What each button does. How it looks is in `views.buttons`; that nobody does it unasked is checked here."""

from __future__ import annotations

import asyncio

import discord

from bot.errors import Refused
from bot.jobs.intake import again as again_draft
from bot.models import Job, Picture
from cogs.answers import Interaction, answer, hold, is_moderator, target_of, words_of
from cogs.asking import Reader, ask


async def cancel(interaction: Interaction, job_id: str) -> None:
    """Cancel the job for its requester or a moderator."""
    target = target_of(interaction)
    job = await interaction.client.services.jobs.cancel(
        job_id, guild_id=target.guild_id, user_id=target.user_id, moderator=is_moderator(interaction)
    )
    words = words_of(interaction)
    if job.target.user_id == target.user_id:
        await answer(interaction, words("buttons.done.cancelled_yours", count=job.price))
    else:
        await answer(interaction, words("buttons.done.cancelled_theirs", count=job.price))


async def again(interaction: Interaction, job_id: str) -> None:
    """Ask for another take of the same request, at the presser's own expense."""
    services = interaction.client.services
    job = await services.jobs.job(job_id, guild_id=target_of(interaction).guild_id)
    request, draft = job.request, again_draft(job)
    await ask(interaction, draft, _stored(interaction, request.first_frame), _stored(interaction, request.last_frame))


def _stored(interaction: Interaction, picture: Picture | None) -> Reader | None:
    if picture is None:
        return None

    async def read() -> bytes:
        return await interaction.client.services.jobs.picture(picture)

    return read


async def delete(interaction: Interaction, job_id: str) -> None:
    """Take a clip out of the channel, for its requester or a moderator."""
    target = target_of(interaction)
    job = await interaction.client.services.jobs.job(job_id, guild_id=target.guild_id)
    if job.target.user_id != target.user_id and not is_moderator(interaction):
        raise Refused("not_yours")
    message = interaction.message
    if message is None or message.id not in {job.result_message_id, job.status_message_id}:
        raise Refused("no_such_job")
    await message.delete()
    await interaction.client.services.library.forget(job)
    await answer(interaction, words_of(interaction)("buttons.done.deleted"))


async def send(interaction: Interaction, job_id: str) -> None:
    """Send a finished clip once more, to its requester alone."""
    target = target_of(interaction)
    job = await interaction.client.services.jobs.job(job_id, guild_id=target.guild_id)
    if job.target.user_id != target.user_id:
        raise Refused("not_yours")
    if not await hold(interaction):
        return
    file = await _file(interaction, job)
    if file is not None:
        await answer(interaction, words_of(interaction)("buttons.done.sent"), file=file)
    else:
        await answer(interaction, _where(interaction, job))


async def _file(interaction: Interaction, job: Job) -> discord.File | None:
    """The clip; None when it is larger than this person may be sent."""
    try:
        path = await interaction.client.services.library.file(job)
    except Refused:
        # Larger than the channel took, and no longer here: the provider's own link may still live.
        if job.result_message_id is None or job.video_url is None:
            raise
        return None
    size = (await asyncio.to_thread(path.stat)).st_size
    return discord.File(path, filename=f"rushes-{job.job_id[:8]}.mp4") if size <= interaction.filesize_limit else None


def _where(interaction: Interaction, job: Job) -> str:
    if job.video_url is None:
        raise Refused("clip_not_kept")
    return words_of(interaction)("buttons.done.too_large", url=job.video_url)
