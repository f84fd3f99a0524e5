"""The message in the channel from which the thread of a brainstorm is opened."""

from __future__ import annotations

from discord import ui

from bot.assemblies.brainstorm import Brainstorm
from bot.models import Assembly
from cogs.brainstorm.buttons import BrainstormButton
from cogs.core.components import row_view
from cogs.core.quoting import plain, quoted
from cogs.i18n.words import translation

_THREAD_NAME = 90


def starter_text(assembly: Assembly, storm: Brainstorm) -> str:
    """The message that the thread hangs on."""
    t = translation(assembly.target.locale)
    return t("brainstorm.starter", who=f"<@{assembly.target.user_id}>", idea=quoted(storm.idea))


def starter_buttons(assembly: Assembly) -> ui.View:
    """The row under it."""
    return row_view([BrainstormButton.of("add", assembly.assembly_id, translation(assembly.target.locale))])


def thread_name(assembly: Assembly, storm: Brainstorm) -> str:
    """The idea, as far as it goes."""
    return plain(storm.idea, _THREAD_NAME) or translation(assembly.target.locale)("brainstorm.thread")
