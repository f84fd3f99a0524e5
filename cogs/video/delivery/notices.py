"""What is said in private: to a requester whose channel cannot be reached, and to whoever runs the bot."""

from __future__ import annotations

import logging

import discord

from bot.client.bot import RushesBot
from bot.errors import DeliveryError
from bot.models import Job
from cogs.core import texts
from cogs.core.posting import NOBODY, translated
from cogs.i18n.words import ENGLISH, translation

log = logging.getLogger(__name__)

_OWNER_SECONDS = 3600.0
"""Between two messages to the owner about the same trouble."""


class PrivateNotices:
    """Messages to single people; that one cannot be sent is logged, and changes nothing."""

    def __init__(self, bot: RushesBot) -> None:
        self._bot = bot
        self._owner_told: dict[tuple[str, str], float] = {}

    async def tell_requester(self, job: Job) -> None:
        """Say that the clip is kept, and why it did not come."""
        t = translation(job.target.locale)
        text = t("clip.kept", failure=texts.failure(job, t), channel=f"<#{job.target.channel_id}>")
        await self._whisper(job.target.user_id, text)

    async def tell_owner(self, provider: str, code: str) -> None:
        """Say that a provider account needs attention, once an hour at most."""
        now = self._bot.services.assembler.now()
        if now < self._owner_told.get((provider, code), 0.0):
            return
        self._owner_told[provider, code] = now + _OWNER_SECONDS
        log.error("%s turned our account away (%s): check its key, balance and plan", provider, code)
        title = self._bot.services.jobs.provider_title(provider)
        try:
            with translated():
                owners = owners_of(await self._bot.application_info())
        except DeliveryError as error:
            log.warning("the owner could not be looked up: %s", error)
            return
        for owner in owners:
            # Discord tells an owner's language with interactions alone.
            await self._whisper(owner, translation(ENGLISH)("common.account_problem", provider=title))

    async def _whisper(self, user_id: int, text: str) -> None:
        try:
            with translated():
                user = self._bot.get_user(user_id) or await self._bot.fetch_user(user_id)
                await user.send(text, allowed_mentions=NOBODY)
        except DeliveryError as error:
            log.info("a private message could not be sent: %s", error)


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
