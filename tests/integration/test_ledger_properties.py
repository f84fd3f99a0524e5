"""The ledger on a real SQLite file against a plain model of it, whatever happens in whatever order."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from bot.errors import Refused, StaleJob
from bot.jobs.job_transitions import JobTransitions
from bot.jobs.transitions import ENDED, LEGAL
from bot.models import Allowance, Job, JobStatus, LedgerKind, ReplyTarget, VideoRequest
from bot.policy import quotas
from bot.policy.server_rules import NO_RULES
from bot.storage.database import Database
from bot.storage.jobs import JobStore
from bot.storage.kept import KeptClips
from bot.storage.money import ledger
from bot.storage.tables import ledger as entries
from tests.reserving import grant, reserve, set_daily

NOW, RESETS_AT = 1_790_000_000.0, 1_790_000_000.0 + 3600
BASE = 3
GUILDS, USERS, DAYS = (1, 2), (7, 8), ("2026-09-21", "2026-09-22")
ADMIN = 99

Answer = TypeVar("Answer")
Account = tuple[int, int, str]

ACCOUNTS: list[Account] = [(guild, user, day) for guild in GUILDS for user in USERS for day in DAYS]
_S = JobStatus
STORIES = [
    (_S.SUBMITTING, _S.RENDERING, _S.DELIVERING, _S.DELIVERED),
    (_S.SUBMITTING, _S.RENDERING, _S.DELIVERING, _S.PARKED),
    (_S.SUBMITTING, _S.UNKNOWN),
    (_S.SUBMITTING, _S.RENDERING, _S.UNKNOWN, _S.DELIVERING, _S.DELIVERED),
    (_S.SUBMITTING, _S.QUEUED, _S.CANCELLED),
    (_S.FAILED,),
]
stories = st.sampled_from(STORIES)
guilds, users, days = st.sampled_from(GUILDS), st.sampled_from(USERS), st.sampled_from(DAYS)


@dataclass
class Known:
    """What the model knows of one job: `paid` is None while its credits are held."""

    job: Job
    account: Account
    paid: bool | None = None
    gone: bool = False


class Bank(RuleBasedStateMachine):
    """Two people in two servers reserve, move jobs, and are given credits on two days; the store runs in our loop."""

    template: Path
    jobs: Bundle[str] = Bundle("jobs")

    def __init__(self) -> None:
        super().__init__()
        self.directory = tempfile.TemporaryDirectory()
        path = shutil.copy(self.template, self.directory.name)
        self.loop = asyncio.new_event_loop()
        self.database = Database(f"sqlite:///{path}")
        self.store = JobStore(self.database)
        self.mover = JobTransitions(self.store, lambda: NOW)
        self.kept = KeptClips(self.database)
        self.known: dict[str, Known] = {}
        self.interactions = 1000
        self.daily: dict[tuple[int, int | None], int] = {}
        self.granted: dict[Account, int] = {}
        self.ceiling: dict[Account, int] = {}
        self.concerned: set[Account] = set()

    def teardown(self) -> None:
        try:
            self.compare(ACCOUNTS)
        finally:
            self.run(self.database.close())
            self.loop.close()
            self.directory.cleanup()

    def run(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        return self.loop.run_until_complete(work)

    # -- the model ---------------------------------------------------------------------------------------------------

    def limit(self, account: Account) -> int:
        guild, user, _ = account
        own, everybody = self.daily.get((guild, user)), self.daily.get((guild, None))
        base = own if own is not None else everybody if everybody is not None else BASE
        return base + self.granted.get(account, 0)

    def total(self, account: Account, paid: bool | None) -> int:
        return sum(one.job.price for one in self.known.values() if (one.account, one.paid) == (account, paid))

    def expected(self, account: Account) -> Allowance:
        return Allowance(self.limit(account), self.total(account, True), self.total(account, None), RESETS_AT)

    # -- what happens ------------------------------------------------------------------------------------------------

    def next_interaction(self) -> int:
        self.interactions += 1
        return self.interactions

    def new_job(self, account: Account, price: int) -> Job:
        number = self.next_interaction()
        return Job(
            job_id=f"{number:020x}",
            version=1,
            status=JobStatus.QUEUED,
            request=VideoRequest("a fox"),
            target=ReplyTarget(number, user_id=account[1], guild_id=account[0], channel_id=5),
            provider="apiframe",
            auto_provider=True,
            price=price,
            created_at=NOW,
            due_at=NOW,
        )

    @initialize(target=jobs)
    def somebody_has_asked_already(self) -> str | MultipleResults[str]:
        return self.reserve(self.new_job((1, 7, DAYS[0]), 1), (1, 7, DAYS[0]))

    @rule(target=jobs, guild=guilds, user=users, day=days, price=st.integers(1, 2))
    def ask(self, guild: int, user: int, day: str, price: int) -> str | MultipleResults[str]:
        return self.reserve(self.new_job((guild, user, day), price), (guild, user, day))

    def reserve(self, job: Job, account: Account) -> str | MultipleResults[str]:
        before = self.expected(account)
        self.concerned.add(account)
        reserving = reserve(self.store, job, day=account[2], base=BASE, resets_at=RESETS_AT)
        if before.left < job.price:
            with pytest.raises(Refused) as refusal:
                self.run(reserving)
            facts = {"price": job.price, "left": before.left, "limit": before.limit, "resets_at": RESETS_AT}
            assert (refusal.value.code, refusal.value.facts) == ("quota", facts)
            return multiple()
        reserved = self.run(reserving)
        self.known[job.job_id] = Known(job, account)
        self.ceiling[account] = before.limit
        assert reserved == (job, self.expected(account), True)
        return job.job_id

    @rule(job_id=jobs)
    def ask_again_with_the_same_interaction(self, job_id: str) -> None:
        one = self.known[job_id]
        again = replace(self.new_job(one.account, one.job.price), target=one.job.target)
        reserved = reserve(self.store, again, day=one.account[2], base=BASE, resets_at=RESETS_AT)
        assert self.run(reserved) == (one.job, self.expected(one.account), False)

    @precondition(lambda self: self.under_way())
    @rule(data=st.data())
    def move(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(self.under_way()))
        self.moved(one, data.draw(st.sampled_from(sorted(LEGAL[one.job.status]))))

    @precondition(lambda self: self.under_way())
    @rule(data=st.data(), story=stories)
    def live_through(self, data: st.DataObject, story: tuple[JobStatus, ...]) -> None:
        one = data.draw(st.sampled_from(self.under_way()))
        for to in story:
            if to in LEGAL[one.job.status]:
                self.moved(one, to)

    def under_way(self) -> list[Known]:
        return [one for one in self.known.values() if one.job.status not in ENDED]

    def moved(self, one: Known, to: JobStatus) -> None:
        stale = one.job
        self.concerned.add(one.account)
        one.job = self.run(self.mover.move(stale, to))
        has_clip = to is JobStatus.DELIVERED or (to is JobStatus.CANCELLED and stale.status is JobStatus.DELIVERING)
        if has_clip and one.paid is None:
            one.paid = True
        elif (to in ENDED or to is JobStatus.UNKNOWN) and to is not JobStatus.PARKED:
            one.paid = bool(one.paid)
        with pytest.raises(StaleJob):
            self.run(self.mover.move(stale, to))

    @rule(job_id=jobs)
    def fetch_what_is_kept(self, job_id: str) -> None:
        one = self.known[job_id]
        self.concerned.add(one.account)
        assert self.run(self.kept.fetch(one.job, NOW)) == (one.job.status is JobStatus.PARKED and not one.gone)
        if one.job.status is JobStatus.PARKED and not one.gone and one.paid is None:
            one.paid = True

    @rule()
    def a_week_passes_for_what_is_kept(self) -> None:
        expired = self.run(self.kept.expire(NOW, NOW))
        parked = {one.job.job_id for one in self.known.values() if one.job.status is JobStatus.PARKED and not one.gone}
        assert set(expired) == parked
        for job_id in expired:
            one = self.known[job_id]
            self.concerned.add(one.account)
            one.gone, one.paid, one.job = True, bool(one.paid), replace(one.job, deleted_at=NOW)

    @rule(job_id=jobs, data=st.data())
    def move_where_no_arrow_leads(self, job_id: str, data: st.DataObject) -> None:
        one = self.known[job_id]
        to = data.draw(st.sampled_from(sorted(set(JobStatus) - LEGAL[one.job.status])))
        with pytest.raises(ValueError, match="cannot become"):
            self.run(self.mover.move(one.job, to))

    @rule(guild=guilds, user=users, day=days, amount=st.integers(1, 3))
    def grant(self, guild: int, user: int, day: str, amount: int) -> None:
        admin = ReplyTarget(self.next_interaction(), ADMIN, guild, 5)
        given = [self.run(grant(self.store, admin, user, day, amount, at=NOW)) for _ in range(2)]
        assert given == [True, False]
        account = (guild, user, day)
        self.concerned.add(account)
        self.granted[account] = self.granted.get(account, 0) + amount

    @rule(guild=guilds, user=st.none() | users, amount=st.integers(0, 6))
    def set_daily(self, guild: int, user: int | None, amount: int) -> None:
        self.run(set_daily(self.store, guild, user, amount, by=ADMIN, at=NOW))
        self.daily[guild, user] = amount
        self.concerned |= {one for one in ACCOUNTS if one[0] == guild and user in {None, one[1]} and one[2] == DAYS[0]}

    # -- what always holds -------------------------------------------------------------------------------------------

    @invariant()
    def whoever_was_concerned_has_what_the_model_says(self) -> None:
        self.compare(self.concerned)
        self.concerned = set()

    def compare(self, accounts: Iterable[Account]) -> None:
        for account, found in self.run(self.allowances(accounts)).items():
            assert found == self.expected(account)
            assert found.left >= 0
            assert found.held + found.used <= self.ceiling.get(account, 0)

    async def allowances(self, accounts: Iterable[Account]) -> dict[Account, Allowance]:
        # As the gates ask, but for all in one transaction: one each would be most of the time.
        purses = await self.database.read(
            lambda connection: {
                (guild, user, day): ledger.purse(connection, guild, [user], day) for guild, user, day in accounts
            }
        )
        return {account: quotas.allowance(purse, NO_RULES, (), BASE, RESETS_AT) for account, purse in purses.items()}

    @invariant()
    def every_job_is_held_once_and_closed_once(self) -> None:
        expected = []
        for one in self.known.values():
            expected.append((one.job.job_id, LedgerKind.HOLD, one.account, one.job.price))
            if one.job.status in ENDED - {JobStatus.PARKED} or one.job.status is JobStatus.UNKNOWN:
                assert one.paid is not None
            if one.paid is not None:
                kind = LedgerKind.SETTLE if one.paid else LedgerKind.RELEASE
                expected.append((one.job.job_id, kind, one.account, one.job.price))
        assert sorted(self.run(self.rows())) == sorted(expected)

    async def rows(self) -> list[tuple[str, str, Account, int]]:
        found = await self.database.read(lambda connection: connection.execute(select(entries)).mappings().all())
        return [
            (row["job_id"], row["kind"], (row["guild_id"], row["user_id"], row["day"]), row["credits"]) for row in found
        ]


def test_no_order_of_events_loses_or_invents_a_credit(migrated: Path) -> None:
    class OnThisFile(Bank):
        template = migrated

    # Not shrunk: that takes minutes with a database, and 25 steps can be read as they are.
    run_state_machine_as_test(
        OnThisFile,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
