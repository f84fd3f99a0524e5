"""Whether somebody may have more jobs: by credits, and by how many are under way. Within the reserving transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection, bindparam, func, select, text

from bot.errors import Refused
from bot.models import Allowance, Job
from bot.storage.tables import UNDER_WAY, jobs

_PENDING = select(func.count()).select_from(jobs).where(text(UNDER_WAY), jobs.c.user_id == bindparam("user_id"))


def short_of(allowance: Allowance, price: int, **facts: object) -> Refused:
    """The refusal of somebody whose credits do not reach."""
    return Refused(
        "quota", price=price, left=allowance.left, limit=allowance.limit, resets_at=allowance.resets_at, **facts
    )


def crowded(limit: int, user_id: int | None) -> Refused:
    """The refusal of somebody who has as many jobs under way as may be; `user_id` where it may be somebody else."""
    return Refused("too_many_pending", limit=limit, user_id=user_id)


def pending_of(connection: Connection, user_id: int) -> int:
    """How many jobs of a member have not ended."""
    return int(connection.execute(_PENDING, {"user_id": user_id}).scalar_one())


def less(
    connection: Connection, batch: Sequence[Job], user_id: int, left: Mapping[int, Allowance], most_pending: int | None
) -> Allowance:
    """What a requester has left after the jobs of a batch; Refused where that is too little, or the jobs too many."""
    prices = [job.price for job in batch if job.target.user_id == user_id]
    if left[user_id].left < sum(prices):
        raise short_of(left[user_id], sum(prices), **({"user_id": user_id} if len(left) > 1 else {}))
    if most_pending is not None and pending_of(connection, user_id) + len(prices) > most_pending:
        raise crowded(most_pending, user_id if len(left) > 1 else None)
    return replace(left[user_id], held=left[user_id].held + sum(prices))
