"""Alarms: tells each thing that is wrong once, until it is well again, or worse. What is wrong is found in watch.py.

At least once: it is written down after the message went out, and the message carries a key by which Discord drops a
repeat. What cannot be written down, on a full disk for instance, is remembered for as long as the process lives.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from bot.clocks import Clock
from bot.errors import DeliveryError, DeliveryPostponed, StorageFailed
from bot.moderation.watch import WELL, Finding
from bot.outlet import Alarm
from bot.storage.guilds.alarms import AlarmStore, Told

log = logging.getLogger(__name__)

Tell = Callable[[Alarm], Awaitable[None]]
"""Tells one alarm; raises DeliveryError."""

_NEVER = Told(WELL, 0.0)


class Alarms:
    """What was told, in the database and since; `wall` dates it."""

    def __init__(self, store: AlarmStore, wall: Clock) -> None:
        self._store = store
        self._wall = wall
        self._unwritten: dict[str, Told] = {}

    async def heed(self, findings: Sequence[Finding], tell: Tell | None) -> bool:
        """Tell what is new or worse, and note what is better; whether nothing is left to be told.

        Without `tell` nobody can be told just now.
        """
        told = await self._told([finding.name for finding in findings])
        done = True
        for finding in findings:
            row = told.get(finding.name, _NEVER)
            before = WELL if row.at < finding.since else row.level
            level = max(finding.level, min(before, finding.keeps))
            if level > before:
                key = f"{finding.name} {level} {row.at}"
                if tell is None or not await _told(tell, replace(finding.alarm, key=key)):
                    done = False
                    continue
            if level != before:
                await self._note(finding.name, Told(level, self._wall()))
        return done

    async def _told(self, names: list[str]) -> dict[str, Told]:
        """What is written down and what could not be: that is tried again."""
        for name, unwritten in list(self._unwritten.items()):
            await self._note(name, unwritten)
        try:
            written = await self._store.told(names)
        except StorageFailed as error:
            log.warning("what has been told cannot be read: %s", error)
            written = {}
        return written | self._unwritten

    async def _note(self, name: str, told: Told) -> None:
        self._unwritten[name] = told
        try:
            await self._store.note(name, told)
        except StorageFailed as error:
            log.warning("what has been told cannot be written down: %s", error)
        else:
            del self._unwritten[name]


async def _told(tell: Tell, alarm: Alarm) -> bool:
    """Whether an alarm need not be told again: it went out, or nobody will ever take it."""
    log.error("alarm: %s %s", alarm.name, dict(alarm.facts))
    try:
        await tell(alarm)
    except DeliveryPostponed as error:
        log.warning("the alarm %s could not be told yet: %s", alarm.name, error)
        return False
    except DeliveryError as error:
        log.warning("nobody takes the alarm %s: %s", alarm.name, error)
    return True
