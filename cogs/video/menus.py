"""The context menus of messages and members, which ask for clips of what is in a channel already."""

from __future__ import annotations

import asyncio
from time import monotonic

import discord
from discord import app_commands
from discord.ext import commands

from bot.client.bot import RushesBot
from bot.errors import Refused
from bot.jobs.intake import Draft
from cogs.core.answers import Interaction, asker_of, check_permissions, target_of, translation_for
from cogs.core.forms import PromptForm, Submit, show_form
from cogs.core.ids import job_of
from cogs.core.posting import custom_ids
from cogs.i18n.words import Translation
from cogs.video import actions
from cogs.video.asking import ask
from cogs.video.forms import ChoiceForm, cost_line
from cogs.video.readers import Reader, from_discord
from cogs.video.sources import LOOKS_AT_ONCE, REMEMBERED_SECONDS, LastUsed, pictures_in

AVATAR_SIZE = 1024


class Menus(commands.Cog):
    """Three entries for messages and one for members; they are the same requests as /video and the buttons make."""

    def __init__(self, bot: RushesBot) -> None:
        self._bot = bot
        self._used = LastUsed(monotonic)
        self._looks = asyncio.Semaphore(LOOKS_AT_ONCE)
        self._menus = [
            app_commands.ContextMenu(name="Animate this image", callback=self.animate),
            app_commands.ContextMenu(name="Extend this clip", callback=self.extend),
            app_commands.ContextMenu(name="Remix this clip", callback=self.remix),
            app_commands.ContextMenu(name="Animate avatar", callback=self.animate_avatar),
        ]

    async def cog_load(self) -> None:
        """Add the entries to the tree."""
        for menu in self._menus:
            menu.guild_only = True
            self._bot.tree.add_command(menu)

    async def cog_unload(self) -> None:
        """Take the entries off the tree."""
        for menu in self._menus:
            self._bot.tree.remove_command(menu.name, type=menu.type)

    async def animate(self, interaction: Interaction, message: discord.Message) -> None:
        """Ask what shall happen to the pictures of a message, and make that."""
        target, t = target_of(interaction), translation_for(interaction)
        pictures = await pictures_in(message, self._looks)
        if not pictures:
            raise Refused("no_picture")
        check_permissions(interaction)
        await self._check(interaction)
        title, prompt = t("forms.animate.title"), t("forms.animate.prompt")
        if len(pictures) > 1:
            await show_form(interaction, PromptForm(title, prompt, "", _made_of(*pictures), self._cost(t)))
            return
        (picture,) = pictures
        before = self._used.swap((target.guild_id, target.user_id), message.id, picture)
        note = t("forms.animate.next", minutes=round(REMEMBERED_SECONDS / 60))
        alone = _made_of(picture, note=note)
        if before is None:
            await show_form(interaction, PromptForm(title, prompt, "", alone, self._cost(t)))
            return
        choices = {t("forms.animate.alone"): alone, t("forms.animate.pair"): _made_of(before, picture)}
        form = ChoiceForm(title, prompt, t("forms.animate.pictures"), choices, self._cost(t))
        await show_form(interaction, form)

    async def animate_avatar(self, interaction: Interaction, member: discord.Member) -> None:
        """Ask what shall happen to a member's picture, and make that."""
        avatar, t = member.display_avatar, translation_for(interaction)
        if avatar == member.default_avatar:
            raise Refused("no_avatar")
        check_permissions(interaction)
        await self._check(interaction)
        still = avatar.replace(size=AVATAR_SIZE, format="png")
        title, prompt, submit = t("forms.animate.avatar"), t("forms.animate.prompt"), _made_of(from_discord(still.read))
        await show_form(interaction, PromptForm(title, prompt, "", submit, self._cost(t)))

    def _cost(self, t: Translation) -> str:
        return cost_line(self._bot.services.jobs.price(Draft(prompt="-", has_first_frame=True)), t)

    async def _check(self, interaction: Interaction) -> None:
        """No form for whoever may not ask here."""
        await self._bot.services.jobs.check_free(asker_of(interaction))

    async def extend(self, interaction: Interaction, message: discord.Message) -> None:
        """What the button under a clip does."""
        await actions.extend(interaction, _clip_in(interaction, message))

    async def remix(self, interaction: Interaction, message: discord.Message) -> None:
        """What the button under a clip does."""
        await actions.remix(interaction, _clip_in(interaction, message))


def _made_of(first: Reader, last: Reader | None = None, *, note: str = "") -> Submit:
    """What is done with a prompt: a clip that begins with one picture, and ends with the other."""

    async def submit(interaction: Interaction, prompt: str) -> None:
        draft = Draft(prompt=prompt, has_first_frame=True, has_last_frame=last is not None)
        await ask(interaction, draft, first, last, note=note)

    return submit


def _clip_in(interaction: Interaction, message: discord.Message) -> str:
    """The job whose clip a message brought. Anybody can post a message; only ours are believed."""
    me = interaction.client.user
    found = {job_of(custom, "again") for custom in custom_ids(message.components)} - {None}
    if me is None or message.author.id != me.id or len(found) != 1:
        raise Refused("not_a_clip")
    return str(found.pop())
