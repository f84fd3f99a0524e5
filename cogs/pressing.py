"""What each button does. How it looks is in `views.buttons`; that nobody does it unasked is checked here."""

from __future__ import annotations

import asyncio
from pathlib import Path

import discord

from bot.errors import Refused
from bot.jobs.service import Draft
from bot.models import Job, Picture
from cogs.answers import Interaction, answer, hold, is_moderator, target_of
from cogs.asking import Reader, ask
from cogs.views import texts


async def cancel(interaction: Interaction, job_id: str) -> None:
    """Cancel the job for its requester or a moderator."""
    target = target_of(interaction)
    job = await interaction.client.services.jobs.cancel(
        job_id, guild_id=target.guild_id, user_id=target.user_id, moderator=is_moderator(interaction)
    )
    whose = "Your" if job.target.user_id == target.user_id else "Their"
    verb = "is" if job.price == 1 else "are"
    await answer(interaction, f"Cancelled. {whose} {texts.credits_(job.price)} {verb} back.")


async def again(interaction: Interaction, job_id: str) -> None:
    """Ask for another take of the same request, at the presser's own expense."""
    services = interaction.client.services
    job = await services.jobs.job(job_id, guild_id=target_of(interaction).guild_id)
    request = job.request
    draft = Draft(
        prompt=request.prompt,
        resolution=request.resolution,
        duration_seconds=request.duration_seconds,
        optimize_prompt=request.optimize_prompt,
        provider=None if job.auto_provider else job.provider,
        has_first_frame=request.first_frame is not None,
        has_last_frame=request.last_frame is not None,
    )
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
    await answer(interaction, "The clip is deleted from this channel.")


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
        await answer(interaction, "Here it is again.", file=file)
    else:
        await answer(interaction, _where(interaction, job))


async def _file(interaction: Interaction, job: Job) -> discord.File | None:
    """The clip from our disk, else from the message that brought it; None when it is too large or gone."""
    name = f"rushes-{job.job_id[:8]}.mp4"
    path = interaction.client.services.jobs.clip_path(job)
    if path is not None:
        size = (await asyncio.to_thread(Path(path).stat)).st_size
        return discord.File(path, filename=name) if size <= interaction.filesize_limit else None
    if job.result_message_id is None:
        raise Refused("clip_not_kept")
    channel = interaction.client.get_partial_messageable(job.target.channel_id, guild_id=job.target.guild_id)
    try:
        message = await channel.fetch_message(job.result_message_id)
        if not message.attachments or message.attachments[0].size > interaction.filesize_limit:
            return None
        return await message.attachments[0].to_file(filename=name)
    except discord.HTTPException:
        raise Refused("clip_not_kept") from None


def _where(interaction: Interaction, job: Job) -> str:
    if job.video_url is None:
        raise Refused("clip_not_kept")
    link = f"[Watch it at the provider's](<{job.video_url}>)"
    return f"This clip is larger than Discord takes here. {link} while its link lives."
