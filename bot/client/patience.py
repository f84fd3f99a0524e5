"""Patience: growing waits between tries of one thing, with one line in the log when they begin and one at their end."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path
from time import monotonic

import aiohttp
import discord

from bot.client.rest import wait_of
from bot.clocks import Clock

log = logging.getLogger(__name__)


class Patience:
    """For one thing that is tried until it works; `what` begins the sentences in the log, and `hint` ends the first.

    Something that works for a moment only is no sooner tried again: the waits begin anew after a longer time of peace.
    """

    def __init__(self, what: str, *, first: float, longest: float, hint: str = "", clock: Clock = monotonic) -> None:
        self._what = what
        self._hint = hint
        self._first = self._next = first
        self._longest = longest
        self._clock = clock
        self._until = clock()
        self._waiting = False

    def wait(self, error: BaseException) -> float:
        """Seconds until the next try, after this failure: as long as it says, and never less than our own pause."""
        now = self._clock()
        if now > self._until + 2 * self._longest:
            self._next = self._first
        pause = max(self._next, wait_of(error) or 0.0)
        self._next, self._until = min(self._next * 2, self._longest), now + pause
        level = logging.DEBUG if self._waiting else logging.WARNING
        said = (self._what, reason(error), pause, self._hint)
        log.log(level, "%s (%s); next try in %.0f s, and then less and less often. %s", *said)
        self._waiting = True
        return pause

    def over(self) -> None:
        """It has worked."""
        if self._waiting:
            log.info("%s: no longer", self._what)
        self._waiting = False


def reason(error: BaseException) -> str:
    """An exception in a few words. Its text may quote an edge's page or what people wrote: neither belongs in a log."""
    if isinstance(error, discord.GatewayNotFound) and error.__cause__ is not None:
        return reason(error.__cause__)
    if isinstance(error, discord.RateLimited):
        return "too many requests"
    if isinstance(error, discord.HTTPException | aiohttp.ClientResponseError):
        return f"answered {error.status}"
    if isinstance(error, aiohttp.ClientError | OSError):
        return type(error).__name__
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {last.name}, {Path(last.filename).name}:{last.lineno}"
