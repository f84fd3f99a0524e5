"""Credits follow the owner's money, whatever members do and whatever providers make of it, in whatever order."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import select

from bot.models import Job, JobStatus, LedgerKind
from bot.storage.database import Database
from bot.storage.tables import ledger
from sandbox.drawing.render import FfmpegRenderer, Shot
from tests.integration.money_world import DAY_SECONDS, TIMEOUT_SECONDS, Fate, World

START = 1_790_000_000.0
USERS = (7, 8)

Answer = TypeVar("Answer")


class Books(RuleBasedStateMachine):
    """Two members, two providers, one channel; `loose` are the jobs that may cost the owner more than the member."""

    template: Path
    clip: Path

    def __init__(self) -> None:
        super().__init__()
        self.directory = tempfile.TemporaryDirectory()
        data = Path(self.directory.name)
        self.loop = asyncio.new_event_loop()
        self.database = Database(f"sqlite:///{shutil.copy(self.template, data)}")
        self.world = World(data / "data", self.database, self.clip, START)
        self.known: dict[str, int] = {}
        self.loose: set[str] = set()

    def teardown(self) -> None:
        try:
            self.settle_all()
        finally:
            self.run(self.database.close())
            self.loop.close()
            self.directory.cleanup()

    def run(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        return self.loop.run_until_complete(work)

    # -- what happens ------------------------------------------------------------------------------------------------

    @rule(
        user=st.sampled_from(USERS),
        provider=st.sampled_from(["apiframe", "acedata"]),
        price=st.integers(1, 2),
        steps=st.integers(0, 3),
    )
    def ask(self, user: int, provider: str, price: int, steps: int) -> None:
        job_id = self.run(self.world.ask(user, provider, price))
        if job_id is not None:
            self.known[job_id] = user
            for _ in range(steps):
                self.step(job_id)

    @rule(provider=st.sampled_from(["apiframe", "acedata"]), fate=st.sampled_from(Fate))
    def decide_a_fate(self, provider: str, fate: Fate) -> None:
        self.world.tills[provider].fates.append(fate)

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        self.run(self.world.cancel(self.any_job(data)))

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def fetch(self, data: st.DataObject) -> None:
        self.run(self.world.fetch(self.any_job(data)))

    @precondition(lambda self: self.known)
    @rule(data=st.data(), steps=st.integers(1, 4))
    def work(self, data: st.DataObject, steps: int) -> None:
        job_id = self.any_job(data)
        for _ in range(steps):
            self.step(job_id)

    @rule()
    def work_on_everything(self) -> None:
        for job_id in self.known:
            for _ in range(4):
                self.step(job_id)

    @rule(steps=st.integers(0, 2))
    def the_channel_is_closed_for_a_while(self, steps: int) -> None:
        self.world.channel.closed = True
        for _ in range(steps):
            for job_id in self.known:
                self.step(job_id)
        self.world.channel.closed = False

    @precondition(lambda self: self.kept())
    @rule(data=st.data())
    def fetch_what_is_kept(self, data: st.DataObject) -> None:
        self.run(self.world.fetch(self.kept()[data.draw(st.integers(0, len(self.kept()) - 1))]))

    def kept(self) -> list[str]:
        return [job.job_id for job in self.rows() if job.kept]

    @rule(seconds=st.sampled_from([60.0, TIMEOUT_SECONDS + 60, DAY_SECONDS, 8 * DAY_SECONDS]))
    def time_passes(self, seconds: float) -> None:
        self.world.pass_(seconds)
        self.run(self.world.housekeeping.tidy())

    def any_job(self, data: st.DataObject) -> str:
        # By its number: ids differ from run to run, and a failure is to be played again.
        return list(self.known)[data.draw(st.integers(0, len(self.known) - 1))]

    def step(self, job_id: str) -> None:
        self.run(self.world.step(job_id))
        job = self.run(self.world.job(job_id))
        fates = {till.tasks.get(job_id) for till in self.world.tills.values()}
        if job.status is JobStatus.UNKNOWN or Fate.FAILS_CHARGED in fates:
            self.loose.add(job_id)

    def settle_all(self) -> None:
        """Let everything come to its end, and look at the books once more."""
        self.world.channel.closed = False
        for _ in range(3):
            self.work_on_everything()
            self.time_passes(2 * TIMEOUT_SECONDS)
        self.time_passes(9 * DAY_SECONDS)
        self.work_on_everything()
        self.time_passes(DAY_SECONDS)
        self.the_books_are_right()
        assert self.held() == 0, "nothing is held for ever"

    # -- what always holds -------------------------------------------------------------------------------------------

    @invariant()
    def the_books_are_right(self) -> None:
        paid, held = self.entries(LedgerKind.SETTLE), self.entries(None)
        prices = {job.job_id: job.price for job in self.rows()}
        # By the rule, not by anybody's doing: what was kept in vain for a week is given back, and nobody has it.
        unfetched = {job.job_id for job in self.rows() if job.status is JobStatus.PARKED and job.deleted_at} - paid
        charged = {job_id for till in self.world.tills.values() for job_id in till.charged}
        had = set(self.world.channel.had) | self.world.fetched
        assert len(self.world.channel.had) == len(set(self.world.channel.had)), "posted twice"
        for user in USERS:
            mine = {job_id for job_id, owner in self.known.items() if owner == user}
            costs = sum(prices[job_id] for job_id in charged & mine)
            bears = sum(prices[job_id] for job_id in (paid | held) & mine)
            excused = sum(prices[job_id] for job_id in (self.loose | unfetched) & mine - paid - held)
            assert costs <= bears + excused, "the provider charges for what its member got back"
            assert had & mine <= paid | self.loose, "a clip for nothing"
            assert not had & unfetched

    def rows(self) -> list[Job]:
        return [self.run(self.world.job(job_id)) for job_id in self.known]

    def held(self) -> int:
        return len(self.entries(None))

    def entries(self, kind: LedgerKind | None) -> set[str]:
        """The jobs with this entry; with None those that are held and not closed."""

        async def read() -> set[str]:
            query = select(ledger.c.job_id, ledger.c.kind)
            rows = await self.database.read(lambda connection: connection.execute(query).all())
            closed = {job_id for job_id, found in rows if found != LedgerKind.HOLD}
            return {j for j, found in rows if (found == kind if kind is not None else j not in closed)}

        return self.run(read())


@pytest.fixture(scope="module")
def small_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Any clip that is whole."""
    renderer = FfmpegRenderer(tmp_path_factory.mktemp("clips"))
    return asyncio.run(renderer.render(Shot("a calm sea", 6, 768, None, None)))


def test_what_providers_charge_is_what_members_are_charged(migrated: Path, small_clip: Path) -> None:
    class OnThisFile(Books):
        template = migrated
        clip = small_clip

    # Not shrunk: that takes minutes with a database, and 30 steps can be read as they are.
    run_state_machine_as_test(
        OnThisFile,
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
