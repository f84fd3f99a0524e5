"""Posts into channels with the bot's own token: status messages and clips.

Interaction tokens are never used here: they die after fifteen minutes, and jobs may take longer.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import discord

from bot.client.bot import RushesBot
from bot.errors import DeliveryPostponed, DestinationGone, MessageGone, UploadTooLarge
from bot.files import publish
from bot.models import AuditEntry, Job
from bot.outlet import Alarm, Clip, StatusView
from cogs.core.codes import CLOSED_TO_US, NO_REPLY, UNKNOWN_MESSAGE
from cogs.core.ids import custom_id
from cogs.core.posting import NOBODY, find_own, place_of, requester_alone, translated, upload_limit
from cogs.core.texts import clip_jump_url
from cogs.video.delivery.clip_message import clip_buttons, clip_file, clip_text, link_text, plain_text, with_hint
from cogs.video.delivery.lineage import lineage_of
from cogs.video.delivery.log_channel import audit_line, failure_line, post_line
from cogs.video.delivery.notices import PrivateNotices
from cogs.video.delivery.status_message import clip_in_status, frame_names, media_addresses, status_layout

log = logging.getLogger(__name__)

_MIB = 1024 * 1024
_CLIP_LIMIT = 512 * _MIB


class ChannelDeliverer:
    """The Deliverer of Discord channels."""

    def __init__(self, bot: RushesBot) -> None:
        self._bot = bot
        self._notices = PrivateNotices(bot)

    async def open_status(self, job: Job, view: StatusView, pictures: Sequence[Path]) -> int:
        """See bot.outlet.Deliverer."""
        names, lineage = frame_names(job.request), await lineage_of(self._bot.services, job)
        with translated(f"{job.job_id}-s"):
            message = await self._channel(job).send(
                view=status_layout(job, view, self._title(job), lineage=lineage),
                files=[discord.File(path, filename=name) for path, name in zip(pictures, names, strict=True)],
                nonce=f"{job.job_id}-s",
                allowed_mentions=NOBODY,
            )
        return message.id

    async def show_status(self, job: Job, view: StatusView) -> None:
        """See bot.outlet.Deliverer."""
        assert job.status_message_id is not None
        if job.status_message_id == job.result_message_id:
            return  # it brings the clip itself
        jump, lineage = None, await lineage_of(self._bot.services, job)
        if job.result_message_id is not None:
            jump = clip_jump_url(job)
        layout = status_layout(job, view, self._title(job), jump, lineage)
        parts: dict[str, Any] = {"attachments": []} if job.deleted_at is not None else {}
        with translated(f"{job.job_id}-e"):
            message = self._channel(job).get_partial_message(job.status_message_id)
            await message.edit(view=layout, allowed_mentions=NOBODY, **parts)

    async def picture_urls(self, job: Job) -> tuple[str, ...]:
        """See bot.outlet.Deliverer."""
        wanted = len(frame_names(job.request))
        if job.status_message_id is None:
            raise DeliveryPostponed("the status message is not posted yet", retry_after=2.0)
        with translated():
            message = await self._channel(job).fetch_message(job.status_message_id)
        urls = tuple(media_addresses(message))
        if len(urls) < wanted:
            raise DeliveryPostponed("the status message has lost its pictures")
        return urls[:wanted]

    async def post_clip(self, job: Job, clip: Clip, *, resumed: bool) -> int:
        """See bot.outlet.Deliverer."""
        if clip.size > self.upload_limit(job):
            raise UploadTooLarge(f"{clip.size} bytes")
        text = clip_text(job, self._title(job), clip, await lineage_of(self._bot.services, job))
        if await self._bot.services.library.is_first_clip(job):
            text = with_hint(text, job)
        return await self._post(job, clip, text, resumed=resumed, attach=True)

    async def post_link(self, job: Job, clip: Clip, *, resumed: bool) -> int:
        """See bot.outlet.Deliverer."""
        text = link_text(job, self._title(job), clip, await lineage_of(self._bot.services, job))
        return await self._post(job, clip, text, resumed=resumed, attach=False)

    async def _post(self, job: Job, clip: Clip, text: str, *, resumed: bool, attach: bool) -> int:
        if resumed:
            try:
                earlier = await self._earlier(job)
            except DestinationGone:
                return await self._post_into_status(job, clip, text, attach=attach)
            if earlier is not None:
                return earlier
        shown, reference = text, _to_status(job)
        while True:
            try:
                return await self._send(job, clip, shown, reference, attach=attach)
            except MessageGone as error:
                # The clip matters more than what is said with it; a link, though, is in the text.
                if error.code == NO_REPLY and reference is not None:
                    reference = None
                elif attach and shown != plain_text(job) and error.code != UNKNOWN_MESSAGE:
                    log.info("job %s: its clip is refused (%s), so it comes without the prompt", job.job_id, error)
                    shown, reference = plain_text(job), None
                else:
                    raise

    async def _send(
        self, job: Job, clip: Clip, text: str, reference: discord.MessageReference | None, *, attach: bool
    ) -> int:
        nonce = f"{job.job_id}-c"
        with translated(nonce):
            message = await self._channel(job).send(
                text,
                files=[clip_file(clip, job, described=text != plain_text(job))] if attach else [],
                view=clip_buttons(job),
                reference=reference,  # type: ignore[arg-type]
                nonce=nonce,
                allowed_mentions=requester_alone(job.target),
            )
        return message.id

    async def _earlier(self, job: Job) -> int | None:
        """The message of an earlier attempt, known by its buttons; DestinationGone where history is closed to us."""
        # Not since the status message: that may have come after the clip, where it could not be posted at first.
        since, wanted = job.target.interaction_id, custom_id("again", job.job_id)
        try:
            await self._check_history(job)
            found = await find_own(self._bot, self._channel(job), since, wanted)
        except DestinationGone as error:
            if error.code in CLOSED_TO_US:
                raise
            return None  # posting tells what has become of the place
        return found.id if found is not None else None

    async def _check_history(self, job: Job) -> None:
        # A closed history is listed as an empty one; asking for one message is what tells the two apart.
        if job.status_message_id is None:
            return
        try:
            with translated():
                await self._channel(job).fetch_message(job.status_message_id)
        except MessageGone:
            log.debug("job %s: its status message is gone, but history is open", job.job_id)

    async def _post_into_status(self, job: Job, clip: Clip, text: str, *, attach: bool) -> int:
        # An edit can be repeated without harm, which is what is needed where nobody can look for an earlier message.
        if job.status_message_id is None:
            raise DestinationGone("neither history nor a status message")
        file = clip_file(clip, job) if attach else None
        with translated(f"{job.job_id}-i"):
            await (
                self._channel(job)
                .get_partial_message(job.status_message_id)
                .edit(
                    view=clip_in_status(job, text, file),
                    attachments=[file] if file else [],
                    allowed_mentions=NOBODY,
                )
            )
        return job.status_message_id

    async def save_clip(self, job: Job, path: Path) -> None:
        """See bot.outlet.Deliverer."""
        if job.result_message_id is None:
            raise DestinationGone("the job has no clip in a channel")
        with translated():
            message = await self._channel(job).fetch_message(job.result_message_id)
            if not message.attachments or message.attachments[0].size > _CLIP_LIMIT:
                raise DestinationGone("the message has no clip")
            part = path.with_name(f"{path.name}.part")
            try:
                await message.attachments[0].save(part)
                await asyncio.to_thread(publish, part, path)
            finally:
                part.unlink(missing_ok=True)

    async def find_clip(self, job: Job) -> int | None:
        """See bot.outlet.Deliverer."""
        try:
            return await self._earlier(job)
        except DestinationGone:
            return None

    async def tell_requester(self, job: Job) -> None:
        """See bot.outlet.Deliverer."""
        await self._notices.tell_requester(job)

    async def post_audit(self, entry: AuditEntry, channel_id: int) -> None:
        """See bot.outlet.Deliverer."""
        await post_line(self._bot, entry.guild_id, channel_id, f"audit-{entry.entry_id}", partial(audit_line, entry))

    async def post_failure(self, job: Job, channel_id: int) -> None:
        """See bot.outlet.Deliverer."""
        await post_line(self._bot, job.target.guild_id, channel_id, f"{job.job_id}-l", partial(failure_line, job))

    async def tell_owner(self, alarm: Alarm) -> None:
        """See bot.outlet.Deliverer."""
        await self._notices.tell_owner(alarm)

    async def post_log(self, guild_id: int, channel_id: int, alarm: Alarm) -> None:
        """See bot.outlet.Deliverer."""
        await self._notices.post_log(guild_id, channel_id, alarm)

    def _channel(self, job: Job) -> discord.PartialMessageable:
        return place_of(self._bot, job.target)

    def _title(self, job: Job) -> str:
        return self._bot.services.jobs.provider_title(job.provider)

    def upload_limit(self, job: Job) -> int:
        """See bot.outlet.Deliverer."""
        return upload_limit(self._bot, job.target.guild_id)


def _to_status(job: Job) -> discord.MessageReference | None:
    """The clip answers its status message, where there is one; the clip matters more."""
    if job.status_message_id is None:
        return None
    return discord.MessageReference(
        message_id=job.status_message_id, channel_id=job.target.channel_id, fail_if_not_exists=False
    )
