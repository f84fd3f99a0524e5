"""Clips made for tests about what can be done with them afterwards, and the places they are made in."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import discord
import simcord

from bot.models import Job, JobStatus
from tests.acceptance.studio import PATIENCE_SECONDS, Studio


async def make(studio: Studio, member: simcord.MemberActor, *prompts: str) -> dict[str, Job]:
    """Have clips made, one after the other so that their ages differ; all the member's jobs by prompt."""
    for prompt in prompts:
        before = len(studio.clips())
        await studio.video(member, prompt)
        await studio.until_clips(before + 1)
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        jobs = await studio.jobs(member)
        if all(job.status is JobStatus.DELIVERED for job in jobs):
            return {job.request.prompt: job for job in jobs}
        assert time.monotonic() < until, jobs
        await asyncio.sleep(0.03)


async def thread_of(studio: Studio, name: str) -> simcord.ChannelHandle:
    """A thread of the channel."""
    channel = studio.env.bot.get_channel(studio.channel.id)
    assert isinstance(channel, discord.TextChannel)
    await channel.create_thread(name=name, type=discord.ChannelType.public_thread)
    return next(thread for thread in studio.channel.threads if thread.name == name)


def message_of(studio: Studio, job: Job) -> discord.Message:
    """The message that brought a job's clip."""
    return next(message for message in studio.messages() if message.id == job.result_message_id)


def shown(studio: Studio, result: simcord.InteractionResult) -> str:
    """What an interaction was answered with."""
    assert result.response is not None
    return studio.readable(result.response.message)


async def delivered(studio: Studio, who: simcord.MemberActor, prompt: str = "a fox", **options: Any) -> Job:
    """A clip that has been brought and noted."""
    before = len(await studio.jobs(who))
    await studio.video(who, prompt, **options)
    await studio.until_jobs(who, *[JobStatus.DELIVERED] * (before + 1))
    return (await studio.jobs(who))[0]


def buttons(message: discord.Message) -> list[str]:
    """The labels under a message."""
    return [
        child.label or ""
        for row in message.components
        if isinstance(row, discord.ActionRow)
        for child in row.children
        if isinstance(child, discord.Button)
    ]
