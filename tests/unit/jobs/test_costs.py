"""What a provider says that a clip has cost is written down with the end of its task, and counted once."""

from __future__ import annotations

import pytest

from bot.models import FailureCode, Job, JobStatus
from bot.providers.base import RemoteTask, TaskState
from bot.storage.jobs import JobStore
from bot.storage.money.usage import Dimension, UsageStore, Used
from tests.resting import rest, running
from tests.unit.jobs.rig import Rig
from tests.unit.jobs.samples import Clock
from tests.unit.jobs.test_pipeline import passing

DAY = "2026-09-21"


def ended(job: Job, *, failed: bool, cost: float | None) -> RemoteTask:
    if failed:
        return RemoteTask(job.job_id, TaskState.FAILED, failure=FailureCode.PROVIDER_FAILED, cost=cost)
    return RemoteTask.finished(job.job_id, "http://127.0.0.1:1/clip.mp4")._replace(cost=cost)


async def counted(store: JobStore) -> Used:
    (used,) = await UsageStore(store._database).summary(1, [DAY], Dimension.DAY)
    return used


@pytest.mark.parametrize("failed", [True, False])
@pytest.mark.parametrize(("cost", "costed"), [(5.0, 1), (0.0, 1), (None, 0)])
async def test_a_cost_is_kept_with_the_end_and_counted(
    rig: Rig, store: JobStore, clock: Clock, failed: bool, cost: float | None, costed: int
) -> None:
    job = await rig.put(1)
    rig.outlet.detach(rig.channel)
    async with running(rig.engine):
        await rest(rig.engine, clock)
        rig.first.tasks[job.job_id] = ended(job, failed=failed, cost=cost)
        await passing(rig, 30)
        found = await rig.job(job)
    assert found.status is (JobStatus.FAILED if failed else JobStatus.DELIVERING)
    assert found.provider_cost == cost
    used = await counted(store)
    assert (used.cost, used.costed) == (cost or 0.0, costed)


async def test_a_cost_that_is_said_again_is_not_counted_again(rig: Rig, store: JobStore, clock: Clock) -> None:
    job = await rig.put(1)
    rig.outlet.detach(rig.channel)
    async with running(rig.engine):
        await rest(rig.engine, clock)
        rig.first.tasks[job.job_id] = ended(job, failed=False, cost=5.0)
        await passing(rig, 30)
    at = await rig.transitions.move(await rig.job(job), JobStatus.DELIVERING, provider_cost=8.0)
    assert at.provider_cost == 8.0
    assert (await counted(store)).cost == 5.0
