"""Sending answers to interactions, whose tokens expire and whose requests fail. What is said belongs elsewhere.

That something cannot be said changes nothing of what was done: it is tried a few times, and then left.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import discord

log = logging.getLogger(__name__)

TROUBLE = (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, ConnectionError, TimeoutError)
"""What saying something may end with; none of it tells anything about what was done before."""

REPEATED = 40060
"""Already acknowledged: this event came twice, or the answer to our own answer was lost."""

_DEAD = {10008, 10015, 10062, REPEATED, 50027}
"""Also: the answer was put away by its reader, no such token, too late, and a token that has run out."""

PAUSES = (0.5, 2.0)
"""Seconds between two tries while somebody waits."""
_LONGEST_PAUSE = 10.0


def is_dead(error: BaseException) -> bool:
    """Whether nobody can be told anything there any more."""
    return isinstance(error, discord.HTTPException) and error.code in _DEAD


async def insist(interaction: discord.Interaction[Any], say: Callable[[], Awaitable[object]]) -> bool:
    """Say it, a few times if need be, and leave it with one line in the log; whether it was said.

    `say` must bear to be repeated: an answer that was lost may have arrived.
    """
    for pause in (*PAUSES, None):
        try:
            await say()
        except TROUBLE as error:
            wait = None if pause is None else _wait(error, pause)
            if wait is None:
                level = logging.INFO if is_dead(error) else logging.WARNING
                log.log(level, "interaction %s could not be answered: %s", interaction.id, described(error))
                return False
            await asyncio.sleep(wait)
        else:
            return True
    return False


def described(error: BaseException) -> str:
    """A line for the log, without what the far side wrote."""
    if isinstance(error, discord.HTTPException):
        return f"{error.status}, code {error.code}"
    return type(error).__name__


def _wait(error: Exception, pause: float) -> float | None:
    """Seconds until it is worth another try; None where it is not."""
    if isinstance(error, discord.RateLimited):
        pause = max(pause, error.retry_after)
    elif isinstance(error, discord.HTTPException):
        # The library has tried those of 500 and above five times already. A code of Discord's own is final.
        if error.status >= 500 or (error.status != 429 and error.code):
            return None
        pause = max(pause, _asked_for(error))
    return pause if pause <= _LONGEST_PAUSE else None


def _asked_for(error: discord.HTTPException) -> float:
    try:
        return float(error.response.headers.get("Retry-After", 0))
    except ValueError:
        return 0.0


class Quiet(logging.Filter):
    """A filter for loggers of discord.py: no traceback where an interaction had merely expired, as with suggestions."""

    def filter(self, record: logging.LogRecord) -> bool:
        """See logging.Filter."""
        error = record.exc_info[1] if record.exc_info else None
        if error is None or not is_dead(error):
            return True
        log.info("an interaction needs no answer any more (%s)", described(error))
        return False
