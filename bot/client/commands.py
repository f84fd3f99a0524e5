"""Registering the commands at Discord: in the background, and only when they have changed."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging

import discord
from discord import app_commands
from discord.http import Route

from bot.client.patience import Patience
from bot.storage.notes import Notes

log = logging.getLogger(__name__)

NOTE = "registered commands"
FIRST_RETRY_SECONDS = 5.0
LONGEST_RETRY_SECONDS = 3600.0
_TOO_MANY_TODAY = 30034


async def register(tree: app_commands.CommandTree[discord.Client], notes: Notes) -> None:
    """Tell Discord which commands there are, unless it has been told. Tries until it is, or until it is refused."""
    patience = Patience("the commands cannot be registered", first=FIRST_RETRY_SECONDS, longest=LONGEST_RETRY_SECONDS)
    while True:
        try:
            await _register(tree, notes)
        except Exception as error:  # noqa: BLE001 - the boundary: this runs beside everything else, and may end nothing
            if _is_refused(error):
                log.error("Discord refuses the commands; those that it knows go on working. %s", error)
                return
            await asyncio.sleep(patience.wait(error))
        else:
            patience.over()
            return


async def _register(tree: app_commands.CommandTree[discord.Client], notes: Notes) -> None:
    wanted = await _digest(tree)
    if await notes.get(NOTE) == wanted:
        log.info("the commands are as they were registered")
        return
    synced = await tree.sync()
    log.info("%d commands registered", len(synced))
    await notes.put(NOTE, wanted)


async def _digest(tree: app_commands.CommandTree[discord.Client]) -> str:
    """What is to be registered, for whom and where, as a few letters."""
    commands, translator = tree.get_commands(), tree.translator
    payload = [
        command.to_dict(tree) if translator is None else await command.get_translated_payload(tree, translator)
        for command in commands
    ]
    whole = json.dumps([Route.BASE, tree.client.application_id, payload], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()


def _is_refused(error: Exception) -> bool:
    """Whether Discord itself does not take what was sent; how many a day it takes is a matter of waiting."""
    known = isinstance(error, discord.HTTPException) and error.status == 400 and error.code
    return bool(known) and known != _TOO_MANY_TODAY
