"""Dispatcher: free places go to those whose turn it is, no more of them than there are, at the price of a few rows."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bot.errors import AccountProblem, ProviderBusy
from bot.jobs.next_steps import JobStep
from bot.jobs.submission.dispatch import LOOK_AGAIN_SECONDS, MOST_OF_EACH
from bot.jobs.transitions import ENDED
from bot.models import FailureCode, JobStatus
from bot.storage.jobs import JobStore
from bot.timings import LONGEST_WAIT_SECONDS
from tests.closed_database import closed_to
from tests.resting import rest, running
from tests.unit.jobs.rig import Rig, busy, numbers
from tests.unit.jobs.samples import Clock

S = JobStatus
ACCOUNT = AccountProblem(FailureCode.PROVIDER_ACCOUNT)


async def test_members_take_turns_whatever_each_of_them_has_in_line(
    store: JobStore, clock: Clock, tmp_path: Path
) -> None:
    rig = Rig(store, clock, tmp_path, places=4)
    for number in range(1, 11):
        await rig.put(number, user=7)
    await rig.put(20, user=8)
    await rig.put(30, user=9)
    async with running(rig.engine):
        await rest(rig.engine, clock)
        assert sorted(numbers(rig.first.submitted)) == [1, 2, 20, 30]
        rig.first.end(rig.first.submitted[0])
        clock.pass_(60)
        await rig.put(40, user=8)
        await rest(rig.engine, clock)
    assert numbers(rig.first.submitted)[4:] in ([40], [3])  # both have one under way, and were served together
    assert rig.first.most <= 4


async def test_who_was_served_longest_ago_is_next(rig: Rig, clock: Clock) -> None:
    async with running(rig.engine):
        for number in (1, 2):
            await rig.put(number, user=number)
            await rest(rig.engine, clock)
            clock.pass_(1)
        for number, user in ((3, 2), (4, 1), (5, 6)):
            await rig.put(number, user=user)
        for number in (1, 2, 3):
            clock.pass_(60)
            rig.first.end(rig.first.submitted[number - 1])
            await rest(rig.engine, clock)
    assert numbers(rig.first.submitted) == [1, 2, 5, 4, 3]


@pytest.mark.unmeasured  # the same code many times over
@pytest.mark.parametrize("seed", range(6))
async def test_never_are_more_jobs_at_a_provider_than_it_takes(rig: Rig, clock: Clock, seed: int) -> None:
    """Whoever comes, goes, cancels or is refused; and everybody is served in the end."""
    chance = random.Random(seed)
    jobs = []
    async with running(rig.engine):
        for number in range(1, 31):
            jobs.append(await rig.put(number, user=chance.randint(1, 6), due_in=chance.choice([0.0, 20.0])))
            if chance.random() < 0.2:
                rig.first.trouble[jobs[-1].job_id] = busy()
            if chance.random() < 0.2:
                job = await rig.job(chance.choice(jobs))
                if job.status is S.QUEUED:
                    await rig.parts.service.cancel(job.job_id, guild_id=1, user_id=job.target.user_id, moderator=False)
            for job_id in rig.first.submitted:
                if chance.random() < 0.3:
                    rig.first.end(job_id)
            if chance.random() < 0.5:
                await rest(rig.engine, clock)
                clock.pass_(chance.choice([0.1, 5.0, 30.0]))
        for _ in range(400):
            for job_id in rig.first.submitted:
                rig.first.end(job_id)
            rig.first.trouble.clear()
            await rest(rig.engine, clock)
            clock.pass_(5)
        ended = [await rig.job(job) for job in jobs]
    assert {job.status for job in ended} <= ENDED
    assert 1 <= rig.first.most <= 2
    assert len(rig.first.submitted) == len(set(rig.first.submitted))
    assert (rig.line.taken("apiframe"), rig.line.waiting("apiframe")) == (0, 0)


async def test_nobody_is_read_but_those_whose_turn_it_may_be(rig: Rig, clock: Clock) -> None:
    for number in range(1, 301):
        await rig.put(number, user=number % 30)
    rig.store.ids.clear()
    await rig.pipeline._dispatcher.dispatch("apiframe")
    assert rig.open_jobs.heads_read <= 2 * 2
    assert rig.store.ids == []
    async with running(rig.engine):
        await rest(rig.engine, clock)
    assert set(rig.store.ids) == set(rig.first.submitted)
    assert len(rig.first.submitted) == 2


async def test_of_one_long_line_only_the_beginning_is_read(store: JobStore, clock: Clock, tmp_path: Path) -> None:
    rig = Rig(store, clock, tmp_path, places=50)
    for number in range(1, 201):
        await rig.put(number, user=7)
    await rig.pipeline._dispatcher.dispatch("apiframe")
    assert rig.open_jobs.heads_read == MOST_OF_EACH
    async with running(rig.engine):
        await rest(rig.engine, clock)
    assert len(rig.first.submitted) == 50, "it goes on until the places are taken"


async def test_a_job_that_waits_for_another_try_keeps_no_other_waiting_and_is_not_forgotten(
    store: JobStore, clock: Clock, tmp_path: Path
) -> None:
    rig = Rig(store, clock, tmp_path, places=1)
    await rig.put(1, user=7, due_in=40)
    await rig.put(2, user=7)
    async with running(rig.engine):
        await rest(rig.engine, clock)
        assert numbers(rig.first.submitted) == [2]
        rig.first.end(rig.first.submitted[0])
        for _ in range(8):
            clock.pass_(5)
            await rest(rig.engine, clock)
    assert numbers(rig.first.submitted) == [2, 1]


async def test_where_nothing_is_to_be_had_it_is_looked_at_again_by_events_alone(rig: Rig, clock: Clock) -> None:
    dispatch = rig.pipeline._dispatcher.dispatch
    assert await dispatch("apiframe") is None
    assert await dispatch("switched off") is None
    await rig.put(1, due_in=50)
    assert await dispatch("apiframe") == pytest.approx(clock.now + 50)
    for number in (2, 3, 4):
        await rig.put(number)
    assert await dispatch("apiframe") == pytest.approx(clock.now + 50)
    assert len(rig.line.granted("apiframe")) == 2
    assert await dispatch("apiframe") is None


async def test_a_job_that_fails_by_a_fault_of_ours_keeps_its_place_for_nobody_else(
    store: JobStore, clock: Clock, tmp_path: Path
) -> None:
    rig = Rig(store, clock, tmp_path, places=1)
    bad = await rig.put(1)
    closed_to(tmp_path / "r.sqlite3", f"UPDATE OF submitting_at ON jobs WHEN NEW.job_id = '{bad.job_id}'")
    async with running(rig.engine):
        await rest(rig.engine, clock)
        await rig.put(2)
        await rest(rig.engine, clock)
        assert numbers(rig.first.submitted) == [2]
        rig.first.end(rig.first.submitted[0])
        for _ in range(8000):
            clock.pass_(1)
            await rest(rig.engine, clock)
            if (await rig.job(bad)).status is S.FAILED:
                break
    ended = await rig.job(bad)
    assert (ended.status, ended.failure) == (S.FAILED, FailureCode.BROKEN)


# -- providers that are unwell -----------------------------------------------------------------------------------------


async def test_whoever_left_the_choice_to_us_goes_elsewhere_when_a_provider_is_unwell(rig: Rig, clock: Clock) -> None:
    jobs = [await rig.put(number, auto=number != 3) for number in range(1, 6)]
    rig.router.report_failure("apiframe", ACCOUNT)
    async with running(rig.engine):
        await rest(rig.engine, clock)
        found = [await rig.job(job) for job in jobs]
    assert [job.provider for job in found] == ["acedata", "acedata", "apiframe", "acedata", "acedata"]
    assert sorted(numbers(rig.vendors["acedata"].submitted)) == [1, 2]
    assert (found[2].status, found[2].turn_at) == (S.QUEUED, clock.now)


async def test_a_provider_that_wants_a_moments_rest_is_waited_for(rig: Rig, clock: Clock) -> None:
    """Nobody goes elsewhere for that, and only those have their turn noted who would have had a place."""
    jobs = [await rig.put(number, auto=True) for number in range(1, 5)]
    rig.router.report_failure("apiframe", busy(retry_after=20.0))
    async with running(rig.engine):
        await rest(rig.engine, clock)
        found = [await rig.job(job) for job in jobs]
        assert [(job.provider, job.status) for job in found] == [("apiframe", S.QUEUED)] * 4
        assert [job.turn_at for job in found] == [clock.now, clock.now, None, None]
        assert rig.due(JobStep.DISPATCH, "apiframe") == 20.0
        clock.pass_(20)
        await rest(rig.engine, clock)
    assert sorted(numbers(rig.first.submitted)) == [1, 2]


async def test_a_provider_that_is_left_alone_for_hours_is_looked_at_every_half_minute(rig: Rig, clock: Clock) -> None:
    await rig.put(1)
    rig.router.report_failure("apiframe", busy(retry_after=80_000.0))
    async with running(rig.engine):
        await rest(rig.engine, clock)
        assert rig.due(JobStep.DISPATCH, "apiframe") == LOOK_AGAIN_SECONDS


@pytest.mark.parametrize("tried", [False, True], ids=["never tried", "that waits for another try"])
async def test_a_job_that_is_overdue_is_ended(rig: Rig, clock: Clock, tried: bool) -> None:
    """Even one that the provider itself has told to come back later than anybody waits."""
    job = await rig.put(1)
    ban = ProviderBusy(FailureCode.PROVIDER_UNAVAILABLE, retry_after=LONGEST_WAIT_SECONDS)
    if tried:
        rig.first.trouble[""] = ban
    else:
        rig.router.report_failure("apiframe", ban)
    async with running(rig.engine):
        await rest(rig.engine, clock)
        began = clock.now
        while (found := await rig.job(job)).status is S.QUEUED:
            clock.pass_(10)
            await rest(rig.engine, clock)
    assert (found.status, found.failure) == (S.FAILED, FailureCode.PROVIDER_UNAVAILABLE)
    assert 1200 < clock.now - began <= 1200 + LOOK_AGAIN_SECONDS + 10
    assert rig.first.submitted == []
