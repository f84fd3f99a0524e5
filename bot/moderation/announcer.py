"""Announcer: one line in a server's log channel for each act of its moderators and each clip that failed.

A line is a courtesy: what cannot be posted stands in the audit log, and with the job, all the same.
"""

from __future__ import annotations

import logging

from bot.clocks import Clock
from bot.engine.engine import Engine
from bot.errors import DeliveryError, DeliveryPostponed, Refused
from bot.models import AuditEntry, Job, JobStatus
from bot.outlet import Outlet
from bot.policy.server_rules import read_rules
from bot.storage.guilds.audit import AuditStore
from bot.storage.guilds.desk import DeskStore
from bot.storage.jobs import JobStore

log = logging.getLogger(__name__)

LOG = "log"
"""The kind of its steps; a key is "entry:" or "job:" and the id."""

_LATER_SECONDS = 30.0
_GIVEN_UP_SECONDS = 3600.0
"""A line that is older than this when it could be posted is left out."""

_FAILURES = frozenset({JobStatus.FAILED, JobStatus.UNKNOWN, JobStatus.PARKED})


class Announcer:
    """Remembers nothing: the steps are lost with the process, and with them at most a few lines."""

    def __init__(
        self, desk: DeskStore, audit: AuditStore, jobs: JobStore, engine: Engine, outlet: Outlet, clock: Clock
    ) -> None:
        self._audit = audit
        self._desk = desk
        self._jobs = jobs
        self._engine = engine
        self._outlet = outlet
        self._clock = clock
        engine.plug(LOG, self.announce, ready=lambda: outlet.connected)
        outlet.on_attach(lambda: engine.release([LOG]))

    def noted(self, entry: AuditEntry) -> None:
        """An act was written down."""
        self._engine.make_due(LOG, f"entry:{entry.entry_id}")

    def job_moved(self, before: Job, after: Job) -> None:
        """A listener of the transitions."""
        if after.status in _FAILURES and after.status is not before.status:
            self._engine.make_due(LOG, f"job:{after.job_id}")

    async def announce(self, key: str) -> float | None:
        """Post one line, if its server wants any; gives when to try again."""
        kind, _, of = key.partition(":")
        try:
            await (self._entry(int(of)) if kind == "entry" else self._job(of))
        except DeliveryPostponed as error:
            return self._clock() + max(_LATER_SECONDS, error.retry_after or 0.0)
        except DeliveryError as error:
            log.info("a line for a log channel is left out: %s", error)
        return None

    async def _entry(self, entry_id: int) -> None:
        entry = await self._audit.get(entry_id)
        if entry is not None and (channel := await self._channel(entry.guild_id, entry.at)) is not None:
            await self._outlet.deliverer.post_audit(entry, channel)

    async def _job(self, job_id: str) -> None:
        job = await self._jobs.get(job_id)
        if job is None or job.status not in _FAILURES:
            return
        channel = await self._channel(job.target.guild_id, job.ended_at or job.created_at)
        if channel is not None:
            await self._outlet.deliverer.post_failure(job, channel)

    async def _channel(self, guild_id: int, at: float) -> int | None:
        if self._clock() - at > _GIVEN_UP_SECONDS:
            return None
        try:
            return read_rules(await self._desk.rules(guild_id)).log_channel
        except Refused:
            return None
