"""Names and descriptions of commands in every language, as Discord shows them while somebody types. No command here."""

from __future__ import annotations

import discord
from discord import app_commands

from bot.client.bot import RushesBot
from cogs.i18n.words import LOCALES, catalogue


class CommandTranslator(app_commands.Translator):
    """Seeks each name and description up in the family `commands`; what is not there stays English."""

    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        """See app_commands.Translator."""
        if str(locale) not in LOCALES:
            return None
        entry = catalogue(str(locale)).get(key_of(string, context))
        return entry if isinstance(entry, str) else None


def key_of(string: app_commands.locale_str, context: app_commands.TranslationContextTypes) -> str:
    """The key of a name or a description: by the path of its command, and by itself for a choice."""
    data = context.data
    part = context.location.name.rpartition("_")[2]
    if isinstance(data, app_commands.Choice):
        # Discord.py does not say which option a choice belongs to.
        return f"commands.choices.{string.message}"
    if isinstance(data, app_commands.Parameter):
        return f"commands.{path_of(data.command)}.options.{data.name}.{part}"
    return f"commands.{path_of(data)}.{part}"


def path_of(
    command: app_commands.Command[discord.app_commands.Group, ..., object]
    | app_commands.Group
    | app_commands.ContextMenu,
) -> str:
    """The table of a command: `admin.quota.show` for /admin quota show, `menus.use_as_frame` for a menu entry."""
    if isinstance(command, app_commands.ContextMenu):
        return f"menus.{command.qualified_name.lower().replace(' ', '_')}"
    return command.qualified_name.replace(" ", ".")


async def setup(bot: RushesBot) -> None:
    """Called by load_extension."""
    await bot.tree.set_translator(CommandTranslator())


async def teardown(bot: RushesBot) -> None:
    """Called when the extension is unloaded."""
    await bot.tree.set_translator(None)
