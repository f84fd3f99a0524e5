"""JobStore: the rows of jobs, and the transactions that move them together with their credits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from statistics import median
from typing import Any

from sqlalchemy import RowMapping, func, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import Refused, StaleJob
from bot.folding import fold
from bot.models import (
    Allowance,
    FailureCode,
    Job,
    JobStatus,
    LedgerKind,
    Picture,
    Relation,
    ReplyTarget,
    Resolution,
    VideoRequest,
)
from bot.storage import ledger
from bot.storage.database import Database
from bot.storage.tables import UNSHOWN, WATCHED, assemblies, jobs

_UNDER_WAY = (JobStatus.QUEUED, JobStatus.SUBMITTING, JobStatus.RENDERING, JobStatus.DELIVERING)
_STARTED = (JobStatus.SUBMITTING, JobStatus.RENDERING)


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
        target, left = batch[0].target, dict[int, Allowance]()
        async with self._database.write() as connection:
            query = select(jobs).where(jobs.c.interaction_id == target.interaction_id).order_by(jobs.c.take)
            known = [to_job(row) for row in (await connection.execute(query)).mappings()]
            for user_id in {job.target.user_id for job in batch}:
                left[user_id] = await ledger.allowance(
                    connection, target.guild_id, user_id, day, base=base, resets_at=resets_at
                )
            if known:
                return known, left, False
            if of_version is not None:
                await _check_version(connection, batch[0].assembly_id, of_version)
            for user_id, allowance in left.items():
                prices = [job.price for job in batch if job.target.user_id == user_id]
                if allowance.left < sum(prices):
                    raise short_of(allowance, sum(prices), **({"user_id": user_id} if len(left) > 1 else {}))
                if most_pending is not None and await _pending(connection, user_id) + len(prices) > most_pending:
                    raise crowded(most_pending, user_id if len(left) > 1 else None)
                left[user_id] = replace(allowance, held=allowance.held + sum(prices))
            for job in batch:
                await connection.execute(insert(jobs).values(_to_row(job)))
                await ledger.hold(connection, job, day, job.created_at)
        return list(batch), left, True

    async def pending(self, user_id: int) -> int:
        """How many jobs of a member have not ended, wherever they were asked for."""
        async with self._database.read() as connection:
            return await _pending(connection, user_id)

    async def transition(self, job: Job, *, at: float, entry: LedgerKind | None = None, **changes: Any) -> Job:
        """Write `changes` and, with them, the closing ledger entry; returns the job as it now is.

        Whether the change of status is legal is for bot.jobs.transitions to say.
        """
        moved = replace(job, version=job.version + 1, **changes)
        async with self._database.write() as connection:
            result = await connection.execute(
                update(jobs)
                .where(jobs.c.job_id == job.job_id, jobs.c.version == job.version)
                .values(**_columns(changes), version=moved.version)
            )
            if result.rowcount != 1:
                raise StaleJob(job.job_id)
            if entry is not None:
                await ledger.close(connection, job, entry, at)
        return moved

    async def set_status_message(self, job_id: str, message_id: int) -> None:
        """Remember the status message; no transition, so it cannot make a step in progress stale."""
        await self._set(job_id, status_message_id=message_id)

    async def mark_shown(self, job_id: str, status: JobStatus) -> None:
        """Remember which status the channel has been shown last."""
        await self._set(job_id, shown_status=status)

    async def mark_deleted(self, job_id: str, at: float, *, shown: bool = False) -> None:
        """Remember that the clip was taken out of its channel; no transition.

        Unless it is `shown` by the status message already, or need not be, that is yet to be emptied.
        """
        await self._set(job_id, deleted_at=at, **({} if shown else {"shown_status": None}))

    async def stop_waiting(self, job_id: str, at: float) -> bool:
        """Remember that a job was cancelled after it had started; no transition. False where it cannot be any more."""
        started = (jobs.c.status.in_(_STARTED), jobs.c.cancelled_at.is_(None))
        async with self._database.write() as connection:
            query = update(jobs).where(jobs.c.job_id == job_id, *started).values(cancelled_at=at)
            return (await connection.execute(query)).rowcount == 1

    async def forgive(self, job_id: str) -> None:
        """Set a job's strikes to none; no transition."""
        await self._set(job_id, strikes=0)

    async def _set(self, job_id: str, **values: Any) -> None:
        async with self._database.write() as connection:
            await connection.execute(update(jobs).where(jobs.c.job_id == job_id).values(**values))

    async def get(self, job_id: str) -> Job | None:
        """One job, or None."""
        found = await self._select(jobs.c.job_id == job_id)
        return found[0] if found else None

    async def by_webhook(self, webhook_hash: str) -> Job | None:
        """The job whose webhook's token has this hash, or None."""
        found = await self._select(jobs.c.webhook_hash == webhook_hash)
        return found[0] if found else None

    async def open_jobs(self) -> list[Job]:
        """Every job the runner has something to do for, oldest first: not ended, or unknown with a task to look at."""
        # Two queries in one: SQLite finds no index for the two conditions with an OR between them.
        query = select(jobs).where(jobs.c.status.in_(_UNDER_WAY)).union_all(select(jobs).where(text(WATCHED)))
        async with self._database.read() as connection:
            found = [to_job(row) for row in (await connection.execute(query)).mappings()]
        return sorted(found, key=lambda job: (job.created_at, job.job_id))

    async def unshown(self, since: float) -> list[Job]:
        """Jobs ended, or deleted, after `since` whose end has not been written into their status message."""
        found = await self._select(text(UNSHOWN), or_(jobs.c.ended_at > since, jobs.c.deleted_at > since))
        # A task of unknown outcome that turned up is under way once more, and is not at its end.
        return [job for job in found if job.status not in _UNDER_WAY]

    async def ended_since(self, since: float) -> set[str]:
        """The ids of jobs that came to an end after `since`."""
        return await self._ids(jobs.c.ended_at > since)

    async def _ids(self, *where: Any) -> set[str]:
        async with self._database.read() as connection:
            return set((await connection.execute(select(jobs.c.job_id).where(*where))).scalars())

    async def of_assembly(self, assembly_id: str) -> list[Job]:
        """The jobs whose clips belong to an assembly, in the order they were asked for."""
        return await self._select(jobs.c.assembly_id == assembly_id, order=(jobs.c.created_at, jobs.c.take))

    async def recent(self, guild_id: int, user_id: int, limit: int) -> list[Job]:
        """A member's latest jobs in one server, newest first."""
        return await self._select(
            jobs.c.guild_id == guild_id, jobs.c.user_id == user_id, order=(jobs.c.created_at.desc(),), limit=limit
        )

    async def _select(self, *where: Any, order: Sequence[Any] = (), limit: int | None = None) -> list[Job]:
        query = select(jobs).where(*where).order_by(*order).limit(limit)
        async with self._database.read() as connection:
            return [to_job(row) for row in (await connection.execute(query)).mappings()]

    async def last_served(self, since: float) -> dict[int, float]:
        """When the latest job of each user who waits was handed to a provider, for those after `since`."""
        theirs = jobs.alias("theirs")
        latest = (
            select(func.max(theirs.c.submitting_at))
            .where(theirs.c.user_id == jobs.c.user_id, theirs.c.submitting_at > since)
            .scalar_subquery()
        )
        query = select(jobs.c.user_id, latest).where(jobs.c.status == JobStatus.QUEUED).distinct()
        async with self._database.read() as connection:
            return {row[0]: row[1] for row in await connection.execute(query) if row[1] is not None}

    async def median_render_seconds(self, job: Job, sample: int = 50) -> float | None:
        """The median time from submission to completion of the latest jobs like this one, or None without any."""
        request = job.request
        query = (
            select(jobs.c.rendered_at - jobs.c.submitted_at)
            .where(
                jobs.c.provider == job.provider,
                jobs.c.resolution.is_not_distinct_from(request.resolution),
                jobs.c.duration_seconds.is_not_distinct_from(request.duration_seconds),
                jobs.c.rendered_at.is_not(None),
            )
            .order_by(jobs.c.rendered_at.desc())
            .limit(sample)
        )
        async with self._database.read() as connection:
            seconds = (await connection.execute(query)).scalars().all()
        return median(seconds) if seconds else None

    async def render_seconds(
        self,
        provider: str,
        resolution: Resolution | None,
        duration_seconds: int | None,
        first_frame: bool,
        last_frame: bool,
        sample: int = 200,
    ) -> list[float]:
        """From submission to completion, newest first, of those like this among the latest jobs of these options."""
        query = (
            select(
                jobs.c.rendered_at - jobs.c.submitted_at,
                jobs.c.first_frame.is_not(None),
                jobs.c.last_frame.is_not(None),
            )
            .where(
                jobs.c.provider == provider,
                jobs.c.resolution.is_not_distinct_from(resolution),
                jobs.c.duration_seconds.is_not_distinct_from(duration_seconds),
                jobs.c.rendered_at.is_not(None),
            )
            .order_by(jobs.c.rendered_at.desc())
            # Frames are in no index: what is looked through for them has its own bound.
            .limit(2 * sample)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        found = [row[0] for row in rows if row[0] is not None and (row[1], row[2]) == (first_frame, last_frame)]
        return found[:sample]

    async def allowance(self, guild_id: int, user_id: int, *, day: str, base: int, resets_at: float) -> Allowance:
        """What a member has used, holds and has left on a day."""
        async with self._database.read() as connection:
            return await ledger.allowance(connection, guild_id, user_id, day, base=base, resets_at=resets_at)

    async def set_daily(self, guild_id: int, user_id: int | None, credits_: int, *, by: int, at: float) -> None:
        """Set the daily allowance of a member, or with None of the whole server."""
        async with self._database.write() as connection:
            await ledger.set_daily(connection, guild_id, user_id or ledger.EVERYBODY, credits_, by=by, at=at)

    async def grant(
        self, target: ReplyTarget, user_id: int, day: str, credits_: int, *, at: float, apart: float = 0.0
    ) -> bool:
        """Give a member extra credits for one day; the target says which interaction, server and admin.

        False when that interaction has done so before, or another one of the same admin not `apart` seconds from it.
        """
        async with self._database.write() as connection:
            if apart and await ledger.granted_lately(connection, target, user_id, day, credits_, apart=apart):
                return False
            return await ledger.grant(
                connection, target.interaction_id, target.guild_id, user_id, day, credits_, by=target.user_id, at=at
            )


def short_of(allowance: Allowance, price: int, **facts: object) -> Refused:
    """The refusal of somebody whose credits do not reach."""
    return Refused(
        "quota", price=price, left=allowance.left, limit=allowance.limit, resets_at=allowance.resets_at, **facts
    )


def crowded(limit: int, user_id: int | None) -> Refused:
    """The refusal of somebody who has as many jobs under way as may be; `user_id` where it may be somebody else."""
    return Refused("too_many_pending", limit=limit, user_id=user_id)


async def _pending(connection: AsyncConnection, user_id: int) -> int:
    query = select(func.count()).select_from(jobs).where(jobs.c.user_id == user_id, jobs.c.status.in_(_UNDER_WAY))
    return int((await connection.execute(query)).scalar_one())


async def _check_version(connection: AsyncConnection, assembly_id: str | None, version: int) -> None:
    query = select(assemblies.c.version).where(assemblies.c.assembly_id == assembly_id)
    if (await connection.execute(query)).scalar_one_or_none() != version:
        raise StaleJob(str(assembly_id))


def _columns(changes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: list(value) if name == "image_urls" else value for name, value in changes.items()}


def _to_row(job: Job) -> dict[str, Any]:
    row = {name: getattr(job, name) for name in Job.__slots__ if name not in {"request", "target"}}
    return _columns(row | asdict(job.request) | asdict(job.target) | {"folded": fold(job.request.prompt)})


def to_job(row: RowMapping) -> Job:
    """A row of `jobs` as a job."""
    values = {name: row[name] for name in Job.__slots__ if name not in {"request", "target"}}
    values["status"] = JobStatus(row["status"])
    values["failure"] = FailureCode(row["failure"]) if row["failure"] else None
    values["relation"] = Relation(row["relation"]) if row["relation"] else None
    values["image_urls"] = tuple(row["image_urls"])
    request = VideoRequest(
        prompt=row["prompt"],
        resolution=Resolution(row["resolution"]) if row["resolution"] else None,
        duration_seconds=row["duration_seconds"],
        optimize_prompt=row["optimize_prompt"],
        first_frame=Picture(**row["first_frame"]) if row["first_frame"] else None,
        last_frame=Picture(**row["last_frame"]) if row["last_frame"] else None,
    )
    target = ReplyTarget(**{name: row[name] for name in ReplyTarget.__slots__})
    return Job(request=request, target=target, **values)
