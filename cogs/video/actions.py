"""What each button under a clip or a status does, and who may press it. How they look is in `buttons`.

What a vote does is in `voting`.
"""

from __future__ import annotations

import logging
from dataclasses import replace

import discord
from discord import ui

from bot.assemblies import forgetting
from bot.errors import Refused
from bot.jobs.delivery.fetching import SHORTEST_LINK_SECONDS
from bot.jobs.intake import Draft, Order
from bot.jobs.intake import again as again_draft
from bot.library.clip_links import shown_link
from bot.models import Job, JobStatus, Relation
from cogs.core import texts
from cogs.core.answers import (
    Interaction,
    answer,
    asker_of,
    bring,
    check_permissions,
    defer,
    done,
    is_moderator,
    target_of,
    translation_for,
)
from cogs.core.components import row_view
from cogs.core.forms import PromptForm, show_form
from cogs.core.ids import custom_id
from cogs.core.posting import place_of, take_away
from cogs.core.replies import TROUBLE, described
from cogs.video.asking import ask
from cogs.video.attachments import can_be_sent, sent_file
from cogs.video.forms import RemixForm, Wish, cost_line
from cogs.video.readers import Reader, attached, stored

log = logging.getLogger(__name__)


async def cancel(interaction: Interaction, job_id: str) -> None:
    """Cancel the job for its requester or a moderator; one that has started only once they know what that means."""
    if not await defer(interaction):
        return
    job = await _cancelled(interaction, job_id, knowing=False)
    if job.status is JobStatus.CANCELLED:
        await _say_cancelled(interaction, job)
        return
    t = translation_for(interaction)
    text = t("buttons.done.cancel_costs", credits=texts.credits_(job.price, t))
    button = ui.Button[ui.View](
        label=t("buttons.labels.stop"), style=discord.ButtonStyle.danger, custom_id=custom_id("stop", job_id)
    )
    await answer(interaction, text, view=row_view([button]))


async def stop(interaction: Interaction, job_id: str) -> None:
    """Cancel the job although it has started, for its requester or a moderator."""
    if not await defer(interaction):
        return
    await _say_cancelled(interaction, await _cancelled(interaction, job_id, knowing=True))


async def _cancelled(interaction: Interaction, job_id: str, *, knowing: bool) -> Job:
    target, moderator = target_of(interaction), is_moderator(interaction)
    return await interaction.client.services.jobs.cancel(
        job_id, guild_id=target.guild_id, user_id=target.user_id, moderator=moderator, knowing=knowing
    )


async def _say_cancelled(interaction: Interaction, job: Job) -> None:
    t, mine = translation_for(interaction), job.target.user_id == interaction.user.id
    if job.status is JobStatus.CANCELLED:
        key = "buttons.done.cancelled_yours" if mine else "buttons.done.cancelled_theirs"
        await answer(interaction, t(key, count=job.price))
    else:
        key = "buttons.done.stopped_yours" if mine else "buttons.done.stopped_theirs"
        await answer(interaction, t(key, credits=texts.credits_(job.price, t)))


async def again(interaction: Interaction, job_id: str) -> None:
    """Ask for another take of the same request, at the presser's own expense."""
    if not await defer(interaction):
        return
    job = await _job(interaction, job_id)
    await ask(interaction, again_draft(job), *pictures_of(interaction, job))


async def remix(interaction: Interaction, job_id: str) -> None:
    """Open a form with the request filled in; what comes back is asked for at the presser's own expense."""
    services, t = interaction.client.services, translation_for(interaction)
    job = await _job(interaction, job_id)
    check_permissions(interaction)
    await services.jobs.check_free(asker_of(interaction))

    async def submit(pressed: Interaction, wish: Wish) -> None:
        draft = replace(
            again_draft(job),
            prompt=wish.prompt,
            resolution=wish.resolution,
            duration_seconds=wish.duration_seconds,
            provider=wish.provider,
            relation=Relation.REMIX,
        )
        first, last = pictures_of(pressed, job)
        if wish.files or wish.without_pictures:
            files = [attached(file) for file in wish.files]
            first, last = next(iter(files[:1]), None), next(iter(files[1:]), None)
        draft = replace(draft, has_first_frame=first is not None, has_last_frame=last is not None)
        await ask(pressed, draft, first, last)

    titles = {name: services.jobs.provider_title(name) for name in services.provider_names}
    await show_form(interaction, RemixForm(again_draft(job), titles, services.jobs.price, t, submit))


async def extend(interaction: Interaction, job_id: str) -> None:
    """Ask what happens next, in a clip that begins with this one's last frame, at the presser's own expense."""
    services, asker = interaction.client.services, asker_of(interaction)
    job = await _job(interaction, job_id)
    check_permissions(interaction)
    order = Order(asker.target, _continued(job, job.request.prompt), standing=asker.standing)
    price = await services.jobs.check([order])

    async def submit(pressed: Interaction, prompt: str) -> None:
        async def frame() -> bytes:
            return await services.library.last_frame(job)

        if not await defer(pressed):
            return
        picture = Reader(frame, job.request.spoiler)
        await ask(pressed, _continued(await _job(pressed, job_id), prompt), picture)

    t = translation_for(interaction)
    title, label, cost = t("forms.extend.title"), t("forms.extend.prompt"), cost_line(price, t)
    await show_form(interaction, PromptForm(title, label, job.request.prompt, submit, cost))


def _continued(job: Job, prompt: str) -> Draft:
    if job.status is not JobStatus.DELIVERED or job.deleted_at is not None:
        raise Refused("clip_not_kept")
    draft = replace(again_draft(job), prompt=prompt, relation=Relation.EXTENDS)
    return replace(draft, has_first_frame=True, has_last_frame=False)


async def _job(interaction: Interaction, job_id: str) -> Job:
    return await interaction.client.services.jobs.job(job_id, guild_id=target_of(interaction).guild_id)


def pictures_of(interaction: Interaction, job: Job) -> tuple[Reader | None, Reader | None]:
    """How to read the pictures of an earlier request."""
    return stored(interaction, job.request.first_frame), stored(interaction, job.request.last_frame)


async def delete(interaction: Interaction, job_id: str) -> None:
    """Take a clip out of the channel, for its requester or a moderator."""
    services, target, pressed = interaction.client.services, target_of(interaction), interaction.message
    if pressed is None or not await defer(interaction):
        return
    job = await _job(interaction, job_id)
    # A moderator of this channel need not be one of another.
    moderates = is_moderator(interaction) and job.target.channel_id == target.channel_id
    if job.target.user_id != target.user_id and not moderates:
        raise Refused("not_yours")
    # Between the message and its note in the row, the message that was pressed is all that is known of it.
    message_id = job.result_message_id or pressed.id
    # The message goes last: until then the button is there to be pressed again, should this be cut off.
    await forgetting.forget(services.library, services.assembler, job)
    await take_away(place_of(interaction.client, job.target).get_partial_message(message_id))
    done(interaction)
    await answer(interaction, translation_for(interaction)("buttons.done.deleted"))


async def send(interaction: Interaction, job_id: str) -> None:
    """Send a finished clip once more, to its requester alone."""
    target = target_of(interaction)
    if not await defer(interaction):
        return
    job = await _job(interaction, job_id)
    if job.target.user_id != target.user_id:
        raise Refused("not_yours")
    if job.status is not JobStatus.DELIVERED and not job.kept:
        raise Refused("clip_not_kept")
    file, text = await _found(interaction, job)
    if file is None and shown_link(job.video_url) is None:
        await answer(interaction, text)
        return
    await interaction.client.services.library.claim(job)
    done(interaction)
    if file is None:
        await answer(interaction, text)
        return
    try:
        await bring(interaction, text, file=file)
    except TROUBLE as error:
        # It may have been paid for just now: that is not to be had twice, and the clip can be had again.
        log.warning("job %s: its clip could not be sent: %s", job.job_id, described(error))
        await answer(interaction, translation_for(interaction)("buttons.done.not_sent"))


async def _found(interaction: Interaction, job: Job) -> tuple[discord.File | None, str]:
    """The clip and what is said with it; where it cannot be sent, only what is said, with the provider's link."""
    t, link = translation_for(interaction), shown_link(job.video_url)
    try:
        path = await interaction.client.services.library.file(job)
    except Refused:
        # A link was all there was, or the file is no longer here: the provider's own may still live.
        if link is None or (job.kept and not _may_live(interaction, job)):
            raise
        return None, t("buttons.done.linked", url=link)
    if await can_be_sent(interaction, path):
        return sent_file(path, job), t("buttons.done.sent")
    if link is None:
        return None, t("buttons.done.too_large_unlinked")
    return None, t("buttons.done.too_large", url=link)


def _may_live(interaction: Interaction, job: Job) -> bool:
    """Whether the provider's link of a kept clip is young enough to be charged for when there is no file."""
    rendered = job.created_at if job.rendered_at is None else job.rendered_at
    return interaction.created_at.timestamp() - rendered < SHORTEST_LINK_SECONDS
