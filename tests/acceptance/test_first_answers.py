"""The first answer to a command, a press or a form comes before anything is waited for: rows, pictures or Discord.

Each task that an interaction begins is stepped, and where it waits is compared with whether its interaction has been
answered by then. What has to know a row before it can answer is named here, with how often it may wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import discord
import simcord
from discord import app_commands, ui

from bot.client.bot import RushesBot
from cogs.admin.panel.page import Page, panel_id
from cogs.brainstorm.buttons import brainstorm_id
from cogs.core.ids import custom_id
from cogs.core.posting import custom_ids
from cogs.reel.ids import reel_id
from tests.acceptance.making import delivered, message_of
from tests.acceptance.studio import Studio
from tests.acceptance.test_menus import picture
from tests.stepping import WAIT, Moment, task_factory

ID = "0123456789abcdef0123"
NAMES = ("CommandTree-invoker", "discord-ui-dynamic-item", "discord-ui-modal-dispatch")
"""How the tasks of interactions are called."""

ROWS_FIRST = {
    "remix": 2,
    "Remix this clip": 2,
    "Animate this image": 1,
    "Animate avatar": 1,
    "extend": 3,
    "Extend this clip": 3,
    "add": 2,
    "edit": 1,
    **dict.fromkeys(("panel-budget", "panel-pace", "panel-words"), 1),
    "board": 1,
}
"""Forms that show what is in a row, or that are not offered to whoever cannot have it; and a board, which is for all to
see only if there is any. How often each may wait."""

PRESSED = (
    *(custom_id(verb, ID) for verb in ("cancel", "stop", "again", "remix", "extend", "vote", "delete", "send", "more")),
    *(brainstorm_id(verb, ID) for verb in ("add", "edit", "render", "close", "decide", "prompts")),
    *(reel_id(verb, ID) for verb in ("make", "close", "stop", "delete")),
    "rushes:board-n:channel:votes:en:1",
    "rushes:history-n:1:::",
    "rushes:help:shape",
    *(panel_id(verb, Page.OVERVIEW, 0) for verb in ("pause", "resume", "adults", "roles", "block")),
    *(panel_id(verb, Page.BUDGET, 0) for verb in ("budget", "pace", "words")),
    *(f"rushes:privacy:{verb}" for verb in ("export", "erase", "confirm")),
)
CHOSEN = (*(reel_id(verb, ID) for verb in ("pick", "sort", "next")), panel_id("page", Page.LOG, 0))


class Waits:
    """Where interactions waited without having been answered."""

    def __init__(self, studio: Studio) -> None:
        self._backend = studio.env.backend
        self.seen: list[str] = []
        self.tasks: set[str] = set()

    def __call__(self, moment: Moment) -> None:
        """Be told of a moment of the current task."""
        task = asyncio.current_task()
        if moment.side is not WAIT or task is None or not task.get_name().startswith(NAMES):
            return
        self.tasks.add(task.get_name())
        latest = max(self._backend.interactions.values(), key=lambda interaction: interaction.id)
        if not latest.responded:
            self.seen.append(moment.place)


@contextmanager
def watched(studio: Studio) -> Iterator[Waits]:
    """Have every task that begins inside stepped."""
    waits, loop = Waits(studio), asyncio.get_running_loop()
    loop.set_task_factory(task_factory(waits))
    try:
        yield waits
    finally:
        loop.set_task_factory(None)


def required(command: app_commands.Command[Any, ..., Any], member: simcord.MemberActor) -> dict[str, Any]:
    """The least that a command can be typed with."""
    kinds = {discord.AppCommandOptionType.user: member, discord.AppCommandOptionType.integer: 1}
    return {option.name: kinds.get(option.type, "a fox") for option in command.parameters if option.required}


async def test_it_comes_first_for_every_command(studio: Studio) -> None:
    message = message_of(studio, await delivered(studio, studio.ada, "a whale"))
    found: dict[str, list[str]] = {}
    bot = studio.env.bot
    assert isinstance(bot, RushesBot)
    commands = [one for one in bot.tree.walk_commands() if isinstance(one, app_commands.Command)]
    for command in commands:
        with watched(studio) as waits:
            await studio.mod.slash(studio.channel, command.qualified_name, **required(command, studio.ada))
        found[command.qualified_name] = waits.seen
    for kind, target in ((discord.AppCommandType.message, message), (discord.AppCommandType.user, studio.ada)):
        for menu in bot.tree.get_commands(type=kind):
            with watched(studio) as waits:
                await studio.mod.context_menu(studio.channel, menu.name, target)
            found[menu.name] = waits.seen
    assert len(found) > 12
    assert {name: waited for name, waited in found.items() if len(waited) > ROWS_FIRST.get(name, 0)} == {}
    assert found["board"], "what waits is seen"


async def offered(studio: Studio, item: ui.Item[Any]) -> discord.Message:
    """A message of the bot's own with this item, as an earlier process may have left one."""
    channel = studio.env.bot.get_channel(studio.channel.id)
    assert isinstance(channel, discord.TextChannel)
    view = ui.View(timeout=None).add_item(item)
    message = await channel.send("left", view=view)
    view.stop()
    return message


async def test_it_comes_first_for_every_button_and_menu(studio: Studio) -> None:
    found: dict[str, list[str]] = {}

    def who(custom: str) -> simcord.MemberActor:
        return studio.mod if "panel" in custom else studio.ada

    for custom in (*PRESSED, *CHOSEN):
        if custom in CHOSEN:
            message = await offered(studio, ui.Select(custom_id=custom, options=[discord.SelectOption(label="oldest")]))
        else:
            message = await offered(studio, ui.Button(label="press", custom_id=custom))
        with watched(studio) as waits:
            if custom in CHOSEN:
                result = await who(custom).select(message, ["oldest"], custom_id=custom)
            else:
                result = await who(custom).click(message, custom_id=custom)
        assert result.acknowledged, custom
        found[custom] = waits.seen
    for pattern in studio.env.bot._connection._view_store._dynamic_items:
        assert any(pattern.fullmatch(custom) for custom in found), pattern
    verbs = {custom: custom.split(":")[1] for custom in found}
    assert {one: waited for one, waited in found.items() if len(waited) > ROWS_FIRST.get(verbs[one], 0)} == {}


async def test_it_comes_first_for_every_form(studio: Studio) -> None:
    clip = message_of(studio, await delivered(studio, studio.ada, "a whale"))
    await studio.ada.slash(studio.channel, "brainstorm", idea="an owl", takes=2)
    thread = studio.channel.threads[0]
    overview = next(message for message in thread.history() if message.flags.components_v2)
    still = await studio.ada.send(studio.channel, attachments=[("a.png", picture("red"))])
    opened = {
        "Remix": await studio.ada.click(clip, label="Remix"),
        "Extend": await studio.ada.click(clip, label="Extend"),
        "Add": await studio.ada.click(overview, custom_id=named(overview, "add")),
        "Edit": await studio.ada.click(overview, custom_id=named(overview, "edit")),
        "Animate": await studio.ada.context_menu(studio.channel, "Animate this image", still),
    }
    found: dict[str, list[str]] = {}
    chosen = {"Remix": {"format": ["/"], "provider": ["auto"]}}
    for name, form in opened.items():
        assert form.modal is not None, name
        with watched(studio) as waits:
            await studio.ada.submit_modal(form, {"prompt": "a fox", **chosen.get(name, {})})
        assert waits.tasks, "what waits is seen"
        found[name] = waits.seen
    assert {name: waited for name, waited in found.items() if waited} == {}


def named(message: discord.Message, verb: str) -> str:
    """The custom id of the first component of a message that does this."""
    return min(custom for custom in custom_ids(message.components) if f":{verb}:" in custom)
