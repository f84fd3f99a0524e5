"""Turning pages, and what is shown while one is drawn."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from discord import ui

from cogs.core.components import PersistentItem
from cogs.core.replies import TROUBLE, described
from cogs.i18n.words import Translation

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 2.0


def turns(
    kind: type[PersistentItem], t: Translation, page: int, pages: int, custom_id: Callable[[str, int], str]
) -> ui.ActionRow[Any] | None:
    """Previous and Next, or nothing where there is one page; `custom_id` is given "p" or "n" and where it leads."""
    if pages <= 1:
        return None
    row: ui.ActionRow[Any] = ui.ActionRow()
    for way, to, label in (
        ("p", page - 1, t("gallery.turn.previous")),
        ("n", page + 1, t("gallery.turn.next")),
    ):
        there = 0 <= to < pages
        row.add_item(kind(ui.Button(label=label, custom_id=custom_id(way, max(0, to)), disabled=not there)))
    return row


@asynccontextmanager
async def patience(say: Callable[[], Awaitable[object]], seconds: float = PATIENCE_SECONDS) -> AsyncIterator[None]:
    """Say something if what is done inside takes longer than this; it is never said after that has ended.

    That it cannot be said is no reason to give up what is done inside.
    """
    done = asyncio.Event()

    async def wait() -> None:
        try:
            await asyncio.wait_for(done.wait(), seconds)
        except TimeoutError:
            await _try(say)

    waiting = asyncio.create_task(wait())
    try:
        yield
    finally:
        done.set()
        await waiting


async def _try(say: Callable[[], Awaitable[object]]) -> None:
    try:
        await say()
    except TROUBLE as error:
        log.info("nobody could be asked for patience: %s", described(error))
