"""Jobs that come in past the gates: for tests that are about what happens afterwards, and for benchmarks."""

from __future__ import annotations

from collections.abc import Sequence

from bot.models import Allowance, AuditEntry, Job, ReplyTarget
from bot.policy import quotas
from bot.policy.gates import Ends, OwnerLimits, asked_of, judge
from bot.policy.server_rules import NO_RULES
from bot.storage.database import Database
from bot.storage.guilds.desk import DeskStore
from bot.storage.jobs import JobStore
from bot.storage.money.reservations import Reservations, Verdict, own_number
from bot.storage.money.situation import Situation

LONG_AFTER = 1e12
"""A moment at which nothing was asked for lately, so that nothing of that is read where only credits are wanted."""

Taken = tuple[list[Job], dict[int, Allowance], bool]


async def reserve_all(
    store: JobStore | Database,
    batch: Sequence[Job],
    *,
    day: str,
    base: int,
    resets_at: float,
    most_pending: int = 1_000_000,
    of_version: int | None = None,
) -> Taken:
    """Reserve by the rules of a server that has none: (jobs, what each requester has left, whether they are new)."""
    database, limits = _database(store), OwnerLimits(base, most_pending)

    def verdict(situation: Situation) -> Verdict:
        return Verdict(judge(situation, asked_of(batch, {}), limits, Ends(resets_at, resets_at)))

    at = batch[0].created_at
    reserved = await Reservations(database).reserve_all(batch, verdict, day=day, at=at, of_version=of_version)
    members = {job.target.user_id for job in batch}
    guild_id = batch[0].target.guild_id
    left = {one: await allowance(database, guild_id, one, day=day, base=base, resets_at=resets_at) for one in members}
    return list(reserved.jobs), left, reserved.new


async def reserve(
    store: JobStore | Database, job: Job, *, day: str, base: int, resets_at: float
) -> tuple[Job, Allowance, bool]:
    """The same for one job."""
    jobs, left, new = await reserve_all(store, [job], day=day, base=base, resets_at=resets_at)
    return jobs[0], left[job.target.user_id], new


async def allowance(
    store: JobStore | Database, guild_id: int, user_id: int, *, day: str, base: int, resets_at: float
) -> Allowance:
    """What a member without roles has on a day."""
    situation = await Reservations(_database(store)).situation(guild_id, [user_id], day=day, at=LONG_AFTER)
    return quotas.allowance(situation.members[user_id].purse, NO_RULES, (), base, resets_at)


async def set_daily(
    store: JobStore | Database, guild_id: int, user_id: int | None, credits_: int, *, by: int, at: float
) -> None:
    """What an admin sets for a member, or with None for everybody."""
    await _desk(store).set_daily(AuditEntry(guild_id, at, by, "quota_set"), user_id, credits_)


async def grant(
    store: JobStore | Database,
    admin: ReplyTarget,
    user_id: int,
    day: str,
    credits_: int,
    *,
    at: float,
    apart: float = 0.0,
) -> bool:
    """Extra credits that an admin gives; whether they were given."""
    entry = AuditEntry(admin.guild_id, at, admin.user_id, "grant")
    return await _desk(store).grant(entry, admin.interaction_id, user_id, day, credits_, apart=apart) is not None


def _desk(store: JobStore | Database) -> DeskStore:
    return DeskStore(_database(store), own_number)


def _database(store: JobStore | Database) -> Database:
    return store if isinstance(store, Database) else store._database
