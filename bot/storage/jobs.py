"""JobStore: the rows of jobs, and the transactions that move them together with their credits."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, Unpack

from sqlalchemy import Connection, Select, Update, bindparam, insert, select, text, update

from bot.changes import JobMove
from bot.errors import StaleJob
from bot.models import Allowance, Job, JobStatus, LedgerKind, ReplyTarget, Resolution
from bot.storage import ledger
from bot.storage.database import Database
from bot.storage.limits import less, pending_of
from bot.storage.rows import JOBS, columns, to_job, to_row
from bot.storage.tables import UNSHOWN, assemblies, jobs

_UNDER_WAY = (JobStatus.QUEUED, JobStatus.SUBMITTING, JobStatus.RENDERING, JobStatus.DELIVERING)
_AT_ONCE = 500
_STARTED = (JobStatus.SUBMITTING, JobStatus.RENDERING)

# Built once: building a statement costs more than running it.
_ONE = JOBS.where(jobs.c.job_id == bindparam("job_id"))
_OF_INTERACTION = JOBS.where(jobs.c.interaction_id == bindparam("interaction_id")).order_by(jobs.c.take)


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

    async def reserve(self, job: Job, *, day: str, base: int, resets_at: float) -> tuple[Job, Allowance, bool]:
        """reserve_all() for one job."""
        stored, left, new = await self.reserve_all([job], day=day, base=base, resets_at=resets_at)
        return stored[0], left[job.target.user_id], new

    async def reserve_all(
        self,
        batch: Sequence[Job],
        *,
        day: str,
        base: int,
        resets_at: float,
        most_pending: int | None = None,
        of_version: int | None = None,
    ) -> tuple[list[Job], dict[int, Allowance], bool]:
        """Insert jobs of one interaction and hold all their prices in one transaction: all of them, or none.

        Gives (jobs, what each requester has left afterwards, whether they are new). A repeated interaction id changes
        nothing and gives the first jobs. Refused("quota") when a requester's credits are short, "too_many_pending" for
        more than `most_pending` jobs under way, each with `user_id` where there are several requesters. StaleJob when
        the assembly that the jobs are for is not of this version any more.
        """

        def work(connection: Connection) -> tuple[list[Job], dict[int, Allowance], bool]:
            target = batch[0].target
            known = _found(connection, _OF_INTERACTION, interaction_id=target.interaction_id)
            left = {
                user_id: ledger.allowance(connection, target.guild_id, user_id, day, base=base, resets_at=resets_at)
                for user_id in {job.target.user_id for job in batch}
            }
            if known:
                return known, left, False
            if of_version is not None:
                _check_version(connection, batch[0].assembly_id, of_version)
            left = {user_id: less(connection, batch, user_id, left, most_pending) for user_id in left}
            connection.execute(insert(jobs), [to_row(job) for job in batch])
            for job in batch:
                ledger.hold(connection, job, day, job.created_at)
            return list(batch), left, True

        return await self._database.write(work)

    async def pending(self, user_id: int) -> int:
        """How many jobs of a member have not ended, wherever they were asked for."""
        return await self._database.read(lambda connection: pending_of(connection, user_id))

    async def transition(
        self, job: Job, *, at: float, entry: LedgerKind | None = None, **changes: Unpack[JobMove]
    ) -> Job:
        """Write `changes` and, with them, the closing ledger entry; returns the job as it now is.

        Whether the change of status is legal is for bot.jobs.transitions to say.
        """
        moved = replace(job, version=job.version + 1, **changes)
        written = columns(changes | {"version": moved.version})

        def work(connection: Connection) -> None:
            if not _changed(connection, job.job_id, written, as_read=job.version):
                raise StaleJob(job.job_id)
            if entry is not None:
                ledger.close(connection, job, entry, at)

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

    async def allowance(self, guild_id: int, user_id: int, *, day: str, base: int, resets_at: float) -> Allowance:
        """What a member has used, holds and has left on a day."""
        return await self._database.read(
            lambda connection: ledger.allowance(connection, guild_id, user_id, day, base=base, resets_at=resets_at)
        )

    async def set_daily(self, guild_id: int, user_id: int | None, credits_: int, *, by: int, at: float) -> None:
        """Set the daily allowance of a member, or with None of the whole server."""
        whose = user_id or ledger.EVERYBODY
        await self._database.write(
            lambda connection: ledger.set_daily(connection, guild_id, whose, credits_, by=by, at=at)
        )

    async def grant(
        self, target: ReplyTarget, user_id: int, day: str, credits_: int, *, at: float, apart: float = 0.0
    ) -> bool:
        """Give a member extra credits for one day; the target says which interaction, server and admin.

        False when that interaction has done so before, or another one of the same admin not `apart` seconds from it.
        """

        def work(connection: Connection) -> bool:
            if apart and ledger.granted_lately(connection, target, user_id, day, credits_, apart=apart):
                return False
            return ledger.grant(
                connection, target.interaction_id, target.guild_id, user_id, day, credits_, by=target.user_id, at=at
            )

        return await self._database.write(work)


def _changed(connection: Connection, job_id: str, values: Mapping[str, Any], *, as_read: int | None = None) -> bool:
    """Write these columns of a job, where asked if it still is of the version that was read; whether it was there."""
    asked = {f"to_{name}": value for name, value in values.items()} | {"of_id": job_id, "of_version": as_read}
    return connection.execute(_changing(*values, versioned=as_read is not None), asked).rowcount == 1


@functools.lru_cache
def _changing(*names: str, versioned: bool) -> Update:
    change = update(jobs).where(jobs.c.job_id == bindparam("of_id"))
    if versioned:
        change = change.where(jobs.c.version == bindparam("of_version"))
    return change.values({name: bindparam(f"to_{name}") for name in names})


def _found(connection: Connection, query: Select[Any], **asked: Any) -> list[Job]:
    return [to_job(row) for row in connection.execute(query, asked)]


def _check_version(connection: Connection, assembly_id: str | None, version: int) -> None:
    query = select(assemblies.c.version).where(assemblies.c.assembly_id == assembly_id)
    if connection.execute(query).scalar_one_or_none() != version:
        raise StaleJob(str(assembly_id))
