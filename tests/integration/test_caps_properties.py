"""No cap is passed by one credit, and no credit is lost or made, whatever members and moderators do in what order.

Members with and without roles ask in two servers; moderators set caps, allowances and roles; jobs end well, badly, or
are cancelled; days and months end. What the gates let through is held against a plain model of all caps.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import func, select

from bot.errors import Refused
from bot.jobs.admission import Admission
from bot.jobs.job_transitions import JobTransitions
from bot.jobs.transitions import ENDED, LEGAL
from bot.models import AuditEntry, Job, JobStatus, LedgerKind, ReplyTarget, VideoRequest
from bot.policy.asking import Standing
from bot.policy.gates import OwnerLimits
from bot.policy.quotas import day_of
from bot.policy.server_rules import ServerRules, read_rules, write_rules
from bot.storage.database import Database
from bot.storage.guilds.desk import DeskStore
from bot.storage.jobs import JobStore
from bot.storage.money import spend
from bot.storage.money.reservations import Reservations, own_number
from bot.storage.owner_tables import EVERYWHERE, usage
from bot.storage.tables import ledger

Answer = TypeVar("Answer")
GUILDS, USERS, ROLES = (1, 2), (7, 8, 9), (101, 102)
START = datetime(2026, 9, 29, 12, tzinfo=UTC).timestamp()
BASE, DAILY, MONTHLY = 4, 9, 14
DAY = 24 * 3600.0
guilds, users = st.sampled_from(GUILDS), st.sampled_from(USERS)
roles = st.frozensets(st.sampled_from(ROLES))
caps = st.none() | st.integers(0, 8)


@dataclass
class Known:
    """A job of the model: what it holds or has spent, of which day."""

    job: Job
    day: str
    spent: bool | None = None

    @property
    def counts(self) -> int:
        return 0 if self.spent is False else self.job.price


class Town(RuleBasedStateMachine):
    """Everybody at once, in any order."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.directory = tempfile.TemporaryDirectory()
        self.loop = asyncio.new_event_loop()
        self.now = START
        self.database = Database(f"sqlite:///{shutil.copy(self.template, self.directory.name)}")
        self.store, self.desk = JobStore(self.database), DeskStore(self.database, own_number)
        self.mover = JobTransitions(self.store, lambda: self.now)
        limits = OwnerLimits(BASE, 1000, DAILY, MONTHLY)
        self.admission = Admission(Reservations(self.database), limits, (lambda: self.now, lambda: self.now))
        self.known: list[Known] = []
        self.rules_of = dict.fromkeys(GUILDS, ServerRules())
        self.own: dict[tuple[int, int], int] = {}
        self.numbers = 100

    def teardown(self) -> None:
        self.run(self.database.close())
        self.loop.close()
        self.directory.cleanup()

    def run(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        return self.loop.run_until_complete(work)

    # -- what happens ------------------------------------------------------------------------------------------------

    @rule(guild=guilds, asking=st.lists(users, min_size=1, max_size=3), has=roles, price=st.integers(1, 2))
    def ask(self, guild: int, asking: list[int], has: frozenset[int], price: int) -> None:
        self.numbers += 1
        batch = [self.new_job(guild, user, price, take) for take, user in enumerate(asking)]
        fits = self.fits(guild, asking, has, price)
        refused = ""
        try:
            self.run(self.admission.reserve(batch, {user: Standing(has) for user in asking}))
        except Refused as error:
            refused = error.code
        assert refused in ({""} if fits else {"quota", "budget"})
        self.known += [Known(job, day_of(self.now)) for job in batch] if fits else []

    def fits(self, guild: int, asking: list[int], has: frozenset[int], price: int) -> bool:
        """What the model says: every cap, one by one."""
        day, month, rules = day_of(self.now), day_of(self.now)[:7], self.rules_of[guild]
        everybody = [(self.counted(day), DAILY), (self.counted(month), MONTHLY)]
        here = [(self.counted(day, guild), rules.daily_budget), (self.counted(month, guild), rules.monthly_budget)]
        if any(cap is not None and used + price * len(asking) > cap for used, cap in [*everybody, *here]):
            return False
        for user in set(asking):
            shares = [rules.role_credits[role] for role in has if role in rules.role_credits]
            limit = self.own.get((guild, user), max(shares) if shares else self.own.get((guild, 0), BASE))
            used = sum(one.counts for one in self.known if self.is_of(one, guild, user) and one.day == day)
            if used + price * asking.count(user) > limit:
                return False
        return True

    def counted(self, since: str, guild: int | None = None) -> int:
        found = (one for one in self.known if one.day.startswith(since))
        return sum(one.counts for one in found if guild in {None, one.job.target.guild_id})

    @staticmethod
    def is_of(one: Known, guild: int, user: int) -> bool:
        return (one.job.target.guild_id, one.job.target.user_id) == (guild, user)

    def new_job(self, guild: int, user: int, price: int, take: int) -> Job:
        self.numbers += 1
        target = ReplyTarget(self.numbers - take - 1, user, guild, 5)
        job_id = f"{self.numbers:020x}"
        request = VideoRequest("a fox")
        return Job(job_id, 1, JobStatus.QUEUED, request, target, "apiframe", True, price, self.now, self.now, take=take)

    @rule(guild=guilds, day=caps, month=caps, shares=st.dictionaries(st.sampled_from(ROLES), st.integers(0, 6)))
    def set_rules(self, guild: int, day: int | None, month: int | None, shares: dict[int, int]) -> None:
        rules = self.rules_of[guild] = ServerRules(daily_budget=day, monthly_budget=month, role_credits=shares)
        self.run(self.desk.change_rules(self.entry(guild), lambda _row: write_rules(rules)))
        assert read_rules(self.run(self.desk.rules(guild))) == rules

    @rule(guild=guilds, user=st.sampled_from((0, *USERS)), share=st.none() | st.integers(0, 6))
    def set_daily(self, guild: int, user: int, share: int | None) -> None:
        self.run(self.desk.set_daily(self.entry(guild), user or None, share))
        if share is None:
            self.own.pop((guild, user), None)
        else:
            self.own[guild, user] = share

    def entry(self, guild: int) -> AuditEntry:
        return AuditEntry(guild, self.now, 99, "pace")

    @precondition(lambda self: self.under_way())
    @rule(data=st.data())
    def move(self, data: st.DataObject) -> None:
        one = self.under_way()[data.draw(st.integers(0, len(self.under_way()) - 1))]
        before, to = one.job.status, data.draw(st.sampled_from(sorted(LEGAL[one.job.status])))
        one.job = self.run(self.mover.move(one.job, to))
        if one.spent is None and to is JobStatus.DELIVERED:
            one.spent = True
        elif one.spent is None and to is JobStatus.CANCELLED:
            one.spent = before is JobStatus.DELIVERING
        elif one.spent is None and to in {JobStatus.FAILED, JobStatus.UNKNOWN}:
            one.spent = False

    def under_way(self) -> list[Known]:
        return [one for one in self.known if one.job.status not in ENDED]

    @rule(days=st.sampled_from([0.4, 1.0, 2.0, 31.0]))
    def time_passes(self, days: float) -> None:
        self.now += days * DAY

    # -- what always holds -------------------------------------------------------------------------------------------

    @invariant()
    def the_sums_are_those_of_the_ledger(self) -> None:
        day = day_of(self.now)
        for guild in (*GUILDS, EVERYWHERE):
            found = self.run(self.spent(guild, day))
            assert found == (self.counted(day, guild or None), self.counted(day[:7], guild or None)), guild
        assert self.counted(day) <= DAILY
        assert self.counted(day[:7]) <= MONTHLY

    async def spent(self, guild: int, day: str) -> tuple[int, int]:
        return await self.database.read(lambda connection: spend.spent(connection, guild, day))

    @invariant()
    def what_was_counted_is_what_was_settled(self) -> None:
        paid, used, asked = self.run(self.totals())
        assert paid == used == sum(one.job.price for one in self.known if one.spent)
        assert asked == len(self.known)

    async def totals(self) -> tuple[int, int, int]:
        settled = select(func.coalesce(func.sum(ledger.c.credits), 0)).where(ledger.c.kind == LedgerKind.SETTLE)
        counted = [func.coalesce(func.sum(column), 0) for column in (usage.c.credits, usage.c.asked)]
        query = select(settled.scalar_subquery(), *counted)
        paid, used, asked = await self.database.read(lambda connection: connection.execute(query).one())
        return int(paid), int(used), int(asked)


def test_no_cap_is_passed_and_no_credit_lost_or_made(migrated: Path) -> None:
    class OnThisFile(Town):
        template = migrated

    # Not shrunk: that takes minutes with a database, and 40 steps can be read as they are.
    run_state_machine_as_test(
        OnThisFile,
        settings=settings(
            max_examples=15,
            stateful_step_count=40,
            deadline=None,
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
