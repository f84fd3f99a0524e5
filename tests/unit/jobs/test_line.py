"""Line: what is counted along is what a recount gives, after any sequence of transitions."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.jobs.submission.fairness import fair_order
from bot.jobs.submission.line import Line
from bot.jobs.transitions import ENDED, LEGAL, STARTED
from bot.models import Job, JobStatus
from bot.storage.open_jobs import Head
from tests.unit.jobs.samples import NOW, a_job

PROVIDERS = ("apiframe", "acedata")
UNDER_WAY = {JobStatus.QUEUED, JobStatus.SUBMITTING, JobStatus.RENDERING, JobStatus.DELIVERING}


class Recounted(RuleBasedStateMachine):
    """Jobs that come, are handed over, move and end."""

    def __init__(self) -> None:
        super().__init__()
        self.line = Line()
        self.jobs: dict[str, Job] = {}
        self.granted: set[str] = set()
        self.served: dict[int, float] = {}
        self.now = NOW

    @rule(user=st.integers(1, 4), provider=st.sampled_from(PROVIDERS))
    def a_job_comes_in(self, user: int, provider: str) -> None:
        self.now += 1
        job = replace(a_job(len(self.jobs) + 1, user=user, created_at=self.now), provider=provider)
        self.jobs[job.job_id] = job
        self.line.add(job, user)

    @precondition(lambda self: self.jobs)
    @rule(data=st.data())
    def a_job_moves(self, data: st.DataObject) -> None:
        job = self.any_job(data)
        if job.status in ENDED:
            return
        to = data.draw(st.sampled_from(sorted(LEGAL[job.status])))
        self.now += 1
        moved = replace(job, status=to)
        if to is JobStatus.SUBMITTING:
            # A POST that is repeated is of the time of the first.
            moved = replace(moved, submitting_at=self.now if job.status is JobStatus.QUEUED else job.submitting_at)
        elif to is JobStatus.QUEUED:
            moved = replace(moved, provider=data.draw(st.sampled_from(PROVIDERS)))
            if moved.provider != job.provider:
                self.end_grant(job)  # the step that hands over ends with that
        self.move(job, moved)

    @precondition(lambda self: self.jobs)
    @rule(data=st.data())
    def nobody_waits_for_a_job_any_more(self, data: st.DataObject) -> None:
        job = self.any_job(data)
        if job.status in STARTED:
            self.move(job, replace(job, cancelled_at=self.now))

    @precondition(lambda self: self.jobs)
    @rule(data=st.data())
    def a_job_is_handed_over(self, data: st.DataObject) -> None:
        job = self.any_job(data)
        if job.status is JobStatus.QUEUED:
            self.line.grant(job.provider, job.job_id, job.target.user_id)
            self.granted.add(job.job_id)

    @precondition(lambda self: self.jobs)
    @rule(data=st.data())
    def a_hand_over_ends(self, data: st.DataObject) -> None:
        self.end_grant(self.any_job(data))

    @rule()
    def the_process_starts_again(self) -> None:
        self.line = Line()
        self.granted.clear()
        for job in self.jobs.values():
            if job.status not in ENDED:
                self.line.add(job, job.target.user_id)
        # Of those who have nothing in line just then it is not known any more.
        self.served = {user: at for user, at in self.served.items() if user in self.line.members()}
        self.line.serve(self.served)

    def any_job(self, data: st.DataObject) -> Job:
        return list(self.jobs.values())[data.draw(st.integers(0, len(self.jobs) - 1))]

    def move(self, before: Job, after: Job) -> None:
        self.jobs[after.job_id] = after
        if after.status is JobStatus.SUBMITTING and after.submitting_at is not None:
            user = after.target.user_id
            self.served[user] = max(self.served.get(user, 0.0), after.submitting_at)
        self.line.moved(before, after)

    def end_grant(self, job: Job) -> None:
        assert (self.line.end_grant(job.job_id) is not None) is (job.job_id in self.granted)
        self.granted.discard(job.job_id)

    @invariant()
    def all_is_as_counted_anew(self) -> None:
        for provider in PROVIDERS:
            mine = [job for job in self.jobs.values() if job.provider == provider]
            waiting = Counter(job.target.user_id for job in mine if job.status is JobStatus.QUEUED)
            places = [job for job in mine if job.status in STARTED or job.job_id in self.granted]
            assert self.line.load[provider] == sum(job.status in UNDER_WAY for job in mine)
            assert self.line.waiting(provider) == waiting.total()
            assert self.line.taken(provider) == len(places)
            assert dict(self.line.in_flight(provider)) == Counter(job.target.user_id for job in places)
            assert self.line.granted(provider) == {job.job_id for job in mine if job.job_id in self.granted}
            self.turns_are_fair(provider, waiting)
        queued = {job.target.user_id for job in self.jobs.values() if job.status is JobStatus.QUEUED}
        assert self.line.members() == queued

    def turns_are_fair(self, provider: str, waiting: Counter[int]) -> None:
        taken = self.line.in_flight(provider)
        order = self.line.next_members(provider, 10)
        assert sorted(order) == sorted(waiting)
        turns = [(taken.get(user, 0), self.served.get(user, 0.0)) for user in order]
        assert turns == sorted(turns)
        assert self.line.next_members(provider, 2) == order[:2]
        assert self.line.next_members(provider, 10, but=order[:1]) == order[1:]
        for user, count in waiting.items():
            assert count - 1 <= self.line.ahead(provider, user, count) <= waiting.total() - 1


TestLine = Recounted.TestCase
TestLine.settings = settings(deadline=None, max_examples=80, stateful_step_count=40)


@given(
    st.dictionaries(st.integers(1, 9), st.tuples(st.integers(1, 4), st.integers(0, 5)), min_size=1, max_size=6),
)
def test_a_place_is_that_of_the_order_in_which_jobs_are_started(members: dict[int, tuple[int, int]]) -> None:
    line, heads = Line(), []
    line.serve({user: NOW + served for user, (_, served) in members.items() if served})
    for user, (count, served) in members.items():
        for number in range(count):
            job = a_job(100 * user + number, user=user, created_at=NOW + user + 0.1 * number)
            line.add(job, user)
            heads.append(Head(job.job_id, user, job.created_at, NOW, NOW + served if served else None))
    order = [head.job_id for head in fair_order(heads, {})]
    for user, (count, _) in members.items():
        for mine in range(1, count + 1):
            job = a_job(100 * user + mine - 1, user=user)
            assert line.ahead(job.provider, user, mine) == order.index(job.job_id)


def test_what_is_remembered_of_who_was_served_does_not_grow_for_ever() -> None:
    line = Line()
    for user in range(25_000):
        line.serve({user: NOW + user})
    assert len(line._served) <= 10_001
    assert line._served[24_999] == NOW + 24_999


def test_nothing_is_kept_of_members_who_have_nothing_in_line() -> None:
    line = Line()
    for number in range(1, 3000):
        job = a_job(number, user=number)
        line.add(job, number)
        line.grant("apiframe", job.job_id, number)
        submitting = replace(job, status=JobStatus.SUBMITTING)
        line.moved(job, submitting)
        line.end_grant(job.job_id)
        line.moved(submitting, replace(job, status=JobStatus.FAILED))
    counted = (line._waiting, line._since, line._started, line._granted, line._taken)
    assert [dict(each["apiframe"]) for each in counted] == [{}] * 5
    assert len(line._turns["apiframe"]._heap) <= 1
