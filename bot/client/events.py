"""Gateway events that discord.py cannot read: each is left out and logged, and the connection goes on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from bot.client.patience import reason

log = logging.getLogger(__name__)

Parser = Callable[[Any], None]


def bear(parsers: dict[str, Parser]) -> None:
    """Let each of discord.py's parsers fail without an end: `parsers` are changed in place.

    A server whose GUILD_CREATE cannot be read stays one that is not available, and READY is reached without it.
    """
    complained: set[tuple[str, str]] = set()
    for event, parse in list(parsers.items()):
        parsers[event] = partial(_read, event, parse, complained)


def _read(event: str, parse: Parser, complained: set[tuple[str, str]], data: Any) -> None:
    try:
        parse(data)
    except Exception as error:  # noqa: BLE001 - the boundary: what comes in is not ours
        where = reason(error)
        if (event, where) not in complained:
            complained.add((event, where))
            log.error("%s of Discord's cannot be read and is left out: %s", event, where)
        if event == "READY":
            # Without it there is no session. Its servers are only announced here, and come one by one afterwards.
            parse(data | {"guilds": []})
