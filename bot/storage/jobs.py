"""JobStore: the rows of jobs, and the transactions that move them together with their credits.

How jobs come in is in bot.storage.money.reservations.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, Unpack

from sqlalchemy import Connection, Select, Update, bindparam, select, text, update

from bot.changes import JobMove
from bot.errors import StaleJob
from bot.models import Job, JobStatus, LedgerKind, Resolution
from bot.storage.database import Database
from bot.storage.money import ledger
from bot.storage.rows import JOBS, columns, moved_on, to_job
from bot.storage.tables import UNSHOWN, jobs

_UNDER_WAY = (JobStatus.QUEUED, JobStatus.SUBMITTING, JobStatus.RENDERING, JobStatus.DELIVERING)
_AT_ONCE = 500
_STARTED = (JobStatus.SUBMITTING, JobStatus.RENDERING)

# Built once: building a statement costs more than running it.
_ONE = JOBS.where(jobs.c.job_id == bindparam("job_id"))


class Shown(NamedTuple):
    """What a status message shows: the end of its job where it is one, the text in short, whether the clip was deleted.

    What was shown before a clip was deleted says nothing about a message that is to be emptied.
    """

    end: JobStatus | None
    key: str
    deleted: bool


class JobStore:
    """Every query about jobs. Changes are compare-and-set on the version: a lost race raises StaleJob."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def transition(
        self, job: Job, *, at: float, entry: LedgerKind | None = None, **changes: Unpack[JobMove]
    ) -> Job:
        """Write `changes` and, with them, the closing ledger entry; returns the job as it now is.

        Whether the change of status is legal is for bot.jobs.transitions to say.
        """
        moved = replace(job, version=job.version + 1, **changes)
        written = columns(changes | {"version": moved.version})
        if footprint := moved_on(job, moved, at):
            written["trail"] = footprint

        def work(connection: Connection) -> None:
            if not _changed(connection, job.job_id, written, as_read=job.version):
                raise StaleJob(job.job_id)
            if entry is not None:
                ledger.close(connection, job, entry, at)
            if moved.provider_cost is not None and job.provider_cost is None:
                ledger.note_cost(connection, job, moved.provider_cost)

        await self._database.write(work)
        return moved

    async def set_status_message(self, job_id: str, message_id: int) -> None:
        """Remember the status message; no transition, so it cannot make a step in progress stale."""
        await self._set(job_id, status_message_id=message_id)

    async def mark_shown(self, noted: Mapping[str, Shown]) -> None:
        """Remember what the status messages of some jobs show; no transition."""

        def work(connection: Connection) -> None:
            for job_id, shown in noted.items():
                deleted = jobs.c.deleted_at.is_not(None) if shown.deleted else jobs.c.deleted_at.is_(None)
                values = {"shown": shown.key} | ({} if shown.end is None else {"shown_status": shown.end})
                connection.execute(update(jobs).where(jobs.c.job_id == job_id, deleted).values(**values))

        if noted:
            await self._database.write(work)

    async def mark_deleted(self, job_id: str, at: float, *, shown: bool = False) -> None:
        """Remember that the clip was taken out of its channel; no transition.

        Unless it is `shown` by the status message already, or need not be, that is yet to be emptied.
        """
        await self._set(job_id, deleted_at=at, **({} if shown else {"shown_status": None}))

    async def stop_waiting(self, job_id: str, at: float) -> bool:
        """Remember that a job was cancelled after it had started; no transition. False where it cannot be any more."""
        started = (jobs.c.status.in_(_STARTED), jobs.c.cancelled_at.is_(None))
        change = update(jobs).where(jobs.c.job_id == job_id, *started).values(cancelled_at=at)
        return await self._database.write(lambda connection: connection.execute(change).rowcount == 1)

    async def forgive(self, job_id: str) -> None:
        """Set a job's strikes to none; no transition."""
        await self._set(job_id, strikes=0)

    async def _set(self, job_id: str, **values: Any) -> None:
        await self._database.write(lambda connection: _changed(connection, job_id, values))

    async def get(self, job_id: str) -> Job | None:
        """One job, or None."""
        found = await self._database.read(lambda connection: _found(connection, _ONE, job_id=job_id))
        return found[0] if found else None

    async def get_all(self, job_ids: Sequence[str]) -> list[Job]:
        """Those of the jobs that there are, in no order."""
        found: list[Job] = []
        for start in range(0, len(job_ids), _AT_ONCE):
            found += await self._select(jobs.c.job_id.in_(job_ids[start : start + _AT_ONCE]))
        return found

    async def by_webhook(self, webhook_hash: str) -> Job | None:
        """The job whose webhook's token has this hash, or None."""
        found = await self._select(jobs.c.webhook_hash == webhook_hash)
        return found[0] if found else None

    async def of_message(self, message_id: int) -> Job | None:
        """The job that this message brought the clip of, or shows the status of; None for any other message."""
        # Each has an index of its own: SQLite finds none for both with an OR between them.
        for column in (jobs.c.result_message_id, jobs.c.status_message_id):
            if found := await self._select(column == message_id, limit=1):
                return found[0]
        return None

    async def unshown(self, since: float) -> list[Job]:
        """Jobs ended, or deleted, after `since` whose end has not been written into their status message."""
        # Two questions, each with an index of its own: SQLite finds none for both with an OR between them.
        ended, deleted = (JOBS.where(text(UNSHOWN), at > since) for at in (jobs.c.ended_at, jobs.c.deleted_at))
        rows = await self._database.read(lambda connection: [*_found(connection, ended), *_found(connection, deleted)])
        found = {job.job_id: job for job in rows}.values()
        # A task of unknown outcome that turned up is under way once more, and is not at its end.
        return [job for job in found if job.status not in _UNDER_WAY]

    async def ended_since(self, since: float) -> set[str]:
        """The ids of jobs that came to an end after `since`."""
        query = select(jobs.c.job_id).where(jobs.c.ended_at > since)
        return await self._database.read(lambda connection: set(connection.execute(query).scalars()))

    async def of_assembly(self, assembly_id: str) -> list[Job]:
        """The jobs whose clips belong to an assembly, in the order they were asked for."""
        return await self._select(jobs.c.assembly_id == assembly_id, order=(jobs.c.created_at, jobs.c.take))

    async def trail(self, job_id: str) -> str:
        """Every transition of a job, one a line, as bot.storage.rows writes them."""
        query = select(jobs.c.trail).where(jobs.c.job_id == job_id)
        return await self._database.read(lambda connection: connection.execute(query).scalar_one_or_none() or "")

    async def recent(self, guild_id: int, user_id: int, limit: int) -> list[Job]:
        """A member's latest jobs in one server, newest first."""
        return await self._select(
            jobs.c.guild_id == guild_id, jobs.c.user_id == user_id, order=(jobs.c.created_at.desc(),), limit=limit
        )

    async def _select(self, *where: Any, order: Sequence[Any] = (), limit: int | None = None) -> list[Job]:
        query = JOBS.where(*where).order_by(*order).limit(limit)
        return await self._database.read(lambda connection: _found(connection, query))

    async def render_seconds(
        self, provider: str, resolution: Resolution | None, duration_seconds: int | None, latest: int = 200
    ) -> list[tuple[float, bool, bool]]:
        """Of the latest jobs with these options, newest first: seconds from submission to completion, and whether there
        was a first and a last frame."""
        seconds = jobs.c.rendered_at - jobs.c.submitted_at
        query = (
            select(seconds, jobs.c.first_frame.is_not(None), jobs.c.last_frame.is_not(None))
            .where(
                jobs.c.provider == provider,
                jobs.c.resolution.is_not_distinct_from(resolution),
                jobs.c.duration_seconds.is_not_distinct_from(duration_seconds),
                jobs.c.rendered_at.is_not(None),
            )
            .order_by(jobs.c.rendered_at.desc())
            .limit(latest)
        )
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [(took, first, last) for took, first, last in rows if took is not None]


def _changed(connection: Connection, job_id: str, values: Mapping[str, Any], *, as_read: int | None = None) -> bool:
    """Write these columns of a job, where asked if it still is of the version that was read; whether it was there."""
    asked = {f"to_{name}": value for name, value in values.items()} | {"of_id": job_id, "of_version": as_read}
    return connection.execute(_changing(*values, versioned=as_read is not None), asked).rowcount == 1


@functools.lru_cache
def _changing(*names: str, versioned: bool) -> Update:
    change = update(jobs).where(jobs.c.job_id == bindparam("of_id"))
    if versioned:
        change = change.where(jobs.c.version == bindparam("of_version"))
    values: dict[str, Any] = {name: bindparam(f"to_{name}") for name in names}
    if "trail" in values:
        values["trail"] = jobs.c.trail.concat(values["trail"])
    return change.values(values)


def _found(connection: Connection, query: Select[Any], **asked: Any) -> list[Job]:
    return [to_job(row) for row in connection.execute(query, asked)]
