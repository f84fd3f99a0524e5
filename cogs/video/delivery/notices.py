"""What is said unasked: to a requester whose channel cannot be reached, to whoever runs the bot, and to a server."""

from __future__ import annotations

import logging

import discord

from bot.client.bot import RushesBot
from bot.errors import DeliveryError, DeliveryPostponed, DestinationGone
from bot.models import Job
from bot.outlet import Alarm
from cogs.core import texts
from cogs.core.posting import NOBODY, translated
from cogs.i18n.words import ENGLISH, translation
from cogs.video.delivery.alarms import alarm_text

log = logging.getLogger(__name__)


class PrivateNotices:
    """Messages to single people, and to the log channel of a server."""

    def __init__(self, bot: RushesBot) -> None:
        self._bot = bot

    async def tell_requester(self, job: Job) -> None:
        """Say that the clip is kept, and why it did not come; where that cannot be said it changes nothing."""
        t = translation(job.target.locale)
        text = t("clip.kept", failure=texts.failure(job, t), channel=f"<#{job.target.channel_id}>")
        try:
            await self._send(job.target.user_id, text, f"{job.job_id}-k")
        except DeliveryError as error:
            log.info("a private message could not be sent: %s", error)

    async def tell_owner(self, alarm: Alarm) -> None:
        """See bot.outlet.Deliverer."""
        with translated():
            owners = owners_of(await self._bot.application_info())
        # Discord tells an owner's language with interactions alone.
        text, taken, postponed = alarm_text(alarm, translation(ENGLISH)), False, None
        for owner in owners:
            try:
                await self._send(owner, text, alarm.nonce(owner))
                taken = True
            except DeliveryPostponed as error:
                postponed = error
            except DeliveryError as error:
                log.info("an owner takes no private message: %s", error)
        if postponed is not None:
            raise postponed
        if not taken:
            raise DestinationGone("no owner takes private messages")

    async def post_log(self, guild_id: int, channel_id: int, alarm: Alarm) -> None:
        """See bot.outlet.Deliverer."""
        guild = self._bot.get_guild(guild_id)
        if guild is not None and guild.unavailable:
            raise DeliveryPostponed("the server is not available")
        if guild is None or guild.get_channel_or_thread(channel_id) is None:
            raise DestinationGone("the log channel is not there any more")
        text, nonce = alarm_text(alarm, translation(str(guild.preferred_locale))), alarm.nonce(channel_id)
        with translated(nonce):
            channel = self._bot.get_partial_messageable(channel_id, guild_id=guild_id)
            await channel.send(text, nonce=nonce, allowed_mentions=NOBODY)

    async def _send(self, user_id: int, text: str, nonce: str) -> None:
        with translated(nonce):
            user = self._bot.get_user(user_id) or await self._bot.fetch_user(user_id)
            await user.send(text, nonce=nonce, allowed_mentions=NOBODY)


async def is_owner(bot: RushesBot, user_id: int) -> bool:
    """Whether this is somebody whose bot it is; asked for once, and again after a restart."""
    if bot.owner_ids is None:
        with translated():
            bot.owner_ids = set(owners_of(await bot.application_info()))
    return user_id in bot.owner_ids


def owners_of(application: discord.AppInfo) -> list[int]:
    """Whose bot it is. A team's application names the team itself as its owner, whom no message reaches.

    Of a team, those who have joined it and may change its applications: https://docs.discord.com/developers/topics/teams
    """
    team = application.team
    if team is None:
        return [application.owner.id]
    roles = {discord.TeamMemberRole.admin, discord.TeamMemberRole.developer}
    joined = [one for one in team.members if one.membership_state is discord.TeamMembershipState.accepted]
    return [one.id for one in joined if one.id == team.owner_id or one.role in roles]
