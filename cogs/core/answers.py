"""Answers that only the person who pressed or typed sees, and where they typed it. No command belongs here.

What is said when something goes wrong is in `errors`.
"""

from __future__ import annotations

import logging
from typing import Any

import discord

from bot.client.bot import RushesBot
from bot.errors import Refused
from bot.models import ReplyTarget
from bot.policy.asking import Asker, Standing
from cogs.core.replies import REPEATED, TROUBLE, described, insist, is_dead
from cogs.i18n.words import Translation, supported, translation

log = logging.getLogger(__name__)

Interaction = discord.Interaction[RushesBot]

_DONE, _UNSURE = "done", "unsure"
"""What is noted in an interaction's `extras`: see done() and _defer()."""

_NEEDED = {
    "view_channel": "View Channel",
    "attach_files": "Attach Files",
    "embed_links": "Embed Links",
    "read_message_history": "Read Message History",
}


def target_of(interaction: Interaction) -> ReplyTarget:
    """Who asked, and where; Refused outside a server."""
    if interaction.guild_id is None or interaction.channel_id is None:
        raise Refused("server_only")
    return ReplyTarget(
        interaction_id=interaction.id,
        user_id=interaction.user.id,
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id,
        locale=supported(str(interaction.locale)),
    )


def asker_of(interaction: Interaction) -> Asker:
    """The same with what decides whether they may ask here; Refused outside a server."""
    target, channel = target_of(interaction), interaction.channel
    parent = channel.parent if isinstance(channel, discord.Thread) else None
    standing = Standing(
        roles=roles_of(interaction.user),
        parent_id=None if not isinstance(channel, discord.Thread) else channel.parent_id,
        age_restricted=is_age_restricted(parent or channel),
    )
    return Asker(target, standing)


def roles_of(user: discord.Member | discord.User) -> frozenset[int]:
    """The ids of a member's roles; none for somebody who is in no server that is meant."""
    return frozenset(role.id for role in user.roles) if isinstance(user, discord.Member) else frozenset()


def is_age_restricted(place: object) -> bool:
    """Whether a place is for adults alone, as far as Discord has said; what is not known counts as one that is not."""
    return bool(getattr(place, "nsfw", False))


def translation_for(interaction: discord.Interaction[Any]) -> Translation:
    """The words of whoever typed or pressed, for answers that nobody else sees."""
    return translation(str(interaction.locale))


def check_permissions(interaction: Interaction) -> None:
    """Refuse where the bot could not post a clip later, by the permissions Discord sends along."""
    have = interaction.app_permissions
    in_thread = isinstance(interaction.channel, discord.Thread)
    send = ("send_messages_in_threads", "Send Messages in Threads") if in_thread else ("send_messages", "Send Messages")
    missing = [name for flag, name in [*_NEEDED.items(), send] if not getattr(have, flag)]
    if missing:
        raise Refused("missing_permissions", permissions=missing)


def is_moderator(interaction: Interaction) -> bool:
    """Whether this member may act on other people's clips here."""
    return interaction.permissions.manage_messages


def check_manager(interaction: Interaction) -> None:
    """Refused for whoever may not manage this server, at the moment of the command or the press."""
    if not interaction.permissions.manage_guild:
        raise Refused("needs_manage_server")


def check_owner(interaction: Interaction, owner_id: int) -> None:
    """Refused for anybody but this member and moderators."""
    if interaction.user.id != owner_id and not is_moderator(interaction):
        raise Refused("not_yours")


async def defer(interaction: Interaction, *, private: bool = True) -> bool:
    """Answer within Discord's three seconds; what follows replaces this answer.

    It comes before anything that is waited for: rows, pictures, Discord. Once is enough, so whoever is asked by
    somebody that may have done it does it too. False when it is no longer possible: the time is over, or the same event
    came twice and was answered before.
    """
    if interaction.response.is_done():
        return True
    return await _defer(interaction, ephemeral=private, thinking=True)


async def defer_update(interaction: Interaction) -> bool:
    """The same for a press that changes the message it is on: edit_original_response() then edits that."""
    return await _defer(interaction)


async def _defer(interaction: Interaction, **how: bool) -> bool:
    try:
        await interaction.response.defer(**how)
    except TROUBLE as error:
        if is_dead(error):
            log.info("interaction %s needs no answer any more (%s)", interaction.id, described(error))
            return False
        # Discord may have taken it: then whatever is said next has to take its place.
        interaction.extras[_UNSURE] = how.get("thinking", False)
        raise
    acknowledged(interaction)
    return True


def acknowledged(interaction: Interaction) -> None:
    """Note how long it took until Discord had the first answer."""
    delay = (discord.utils.utcnow() - interaction.created_at).total_seconds()
    interaction.client.services.acknowledged(max(0.0, delay))


def done(interaction: discord.Interaction[Any]) -> None:
    """From here on what was asked for is done: whatever goes wrong is only about what is said of it."""
    interaction.extras[_DONE] = True


def is_done(interaction: discord.Interaction[Any]) -> bool:
    """Whether what was asked for is done."""
    return _DONE in interaction.extras


async def answer(interaction: Interaction, text: str, **parts: Any) -> bool:
    """Say something to the one person concerned, whether or not the interaction was answered before.

    It is about what was done, or was not, and that stays as it is: what cannot be said is left unsaid.
    """
    return await insist(interaction, lambda: bring(interaction, text, **parts))


async def show(interaction: Interaction, **parts: Any) -> bool:
    """The same for a message of which the interaction is an answer already: put something else into its place."""
    return await insist(interaction, lambda: interaction.edit_original_response(**parts))


async def bring(interaction: Interaction, text: str, **parts: Any) -> None:
    """The same for an answer that is itself what was asked for, such as a file: raises whatever prevents it."""
    thinking: bool = interaction.extras.get(_UNSURE, False)
    if interaction.response.is_done():
        thinking = interaction.response.type is discord.InteractionResponseType.deferred_channel_message
    else:
        try:
            await interaction.response.send_message(text, ephemeral=True, **parts)
        except discord.HTTPException as error:
            if error.code != REPEATED or _UNSURE not in interaction.extras:
                raise
        else:
            return
    if not thinking:
        await interaction.followup.send(text, ephemeral=True, **parts)
        return
    if "file" in parts:
        parts["attachments"] = [parts.pop("file")]
    await interaction.edit_original_response(content=text, **parts)
