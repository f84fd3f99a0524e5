"""When a plan is made anew, and what happens while one is being made."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from bot.jobs.polling.curve import Bounds
from bot.jobs.polling.plan import PollPlan
from bot.jobs.polling.plans import Kind, Pace, Past, PollPlans
from tests.unit.polling.truths import BOUNDS, PUBLISHED, drawn, lognormal

KIND = Kind("apiframe", None, None, False, False)
OTHER = KIND._replace(duration_seconds=10)
PACE = Pace(BOUNDS, 4.0, 1200.0)


class History:
    """Gives its answer when it is told to."""

    def __init__(self, seconds: Sequence[float] = (), *, at_once: bool = True) -> None:
        self.seconds = seconds
        self.asked = 0
        self.open = asyncio.Event()
        if at_once:
            self.open.set()

    async def __call__(self, kind: Kind) -> Past:
        self.asked += 1
        await self.open.wait()
        return Past(PUBLISHED, self.seconds)


class Plans(PollPlans):
    """With tasks that end in the order of their submission, and a clock that stands still."""

    number = 0

    def end(self, after: float, by: float) -> None:
        self.number += 1
        self.begun(KIND, str(self.number), 0.0)
        self.ended(KIND, str(self.number), after, by)


def new(past: History, pace: Pace = PACE) -> Plans:
    return Plans(past, lambda: 0.0, pace)


def plan_of(plans: PollPlans) -> PollPlan:
    found = plans[KIND]
    assert found is not None
    return found


async def new_plans(seconds: Sequence[float] = ()) -> Plans:
    plans = new(History(seconds))
    assert await plans.refresh(KIND)
    return plans


async def test_there_is_no_plan_before_one_was_made() -> None:
    plans = new(History())
    plans.end(10, 20)
    plans.failed(KIND, "x", 10, 20)
    assert plans[KIND] is None
    assert await plans.refresh(KIND)
    assert plans[KIND] is not None
    assert plans[OTHER] is None


async def test_nothing_new_is_no_new_plan() -> None:
    plans = await new_plans()
    before = plans[KIND]
    assert not await plans.refresh(KIND)
    assert plans[KIND] is before


async def test_the_published_average_alone_makes_nobody_wait_long_for_a_first_look() -> None:
    fresh, measured = await new_plans(), await new_plans(drawn(lognormal(PUBLISHED, 0.15), 10))
    assert plan_of(fresh).first <= BOUNDS.longest
    assert plan_of(measured).first > 60


async def test_two_that_want_a_plan_at_once_make_one() -> None:
    history = History(at_once=False)
    plans = new(history)
    first = asyncio.create_task(plans.refresh(KIND))
    await asyncio.sleep(0)
    assert not await plans.refresh(KIND)
    history.open.set()
    assert await first
    assert history.asked == 1


async def test_what_is_learned_while_a_plan_is_made_is_in_the_next() -> None:
    plans = await new_plans(drawn(lognormal(PUBLISHED, 0.15), 30))
    plans.end(395, 400)
    for _ in range(5):
        plans.end(398, 402)
    making = asyncio.create_task(plans.refresh(KIND))
    await asyncio.sleep(0)
    for _ in range(10):
        plans.end(98, 102)
    assert await making
    between = plan_of(plans)
    assert await plans.refresh(KIND)
    assert plan_of(plans).first < between.first


async def test_a_history_that_cannot_be_read_is_asked_for_again() -> None:
    answers: list[Past | Exception] = [ConnectionError("locked"), Past(PUBLISHED, ())]

    async def past(kind: Kind) -> Past:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    plans = PollPlans(past, lambda: 0.0, PACE)
    with pytest.raises(ConnectionError):
        await plans.refresh(KIND)
    assert await plans.refresh(KIND)


async def test_completions_as_expected_seldom_make_a_new_plan_and_others_soon() -> None:
    plans = await new_plans(drawn(lognormal(PUBLISHED, 0.15), 200))
    made = 0
    for seconds in drawn(lognormal(PUBLISHED, 0.15), 100, seed=5):
        plans.end(seconds, seconds)
        made += await plans.refresh(KIND)
    assert 2 <= made <= 25
    made = 0
    for seconds in drawn(lognormal(2 * PUBLISHED, 0.15), 5, seed=6):
        plans.end(seconds, seconds)
        made += await plans.refresh(KIND)
    assert made >= 2


async def test_rows_say_when_an_end_was_noticed_which_is_later_than_it_was() -> None:
    plans = await new_plans([100.0] * 20)
    # Where it is all the same, one look just after it is enough.
    assert 80 < plan_of(plans).first < 105
    tiny = new(History([0.3] * 20), Pace(Bounds(0.1, 0.3), 4.0, 60.0))
    assert await tiny.refresh(KIND)
    assert 0.1 <= plan_of(tiny).first <= 0.6


async def test_sharers_are_counted_by_provider() -> None:
    plans = await new_plans(drawn(lognormal(PUBLISHED, 0.33), 50))
    alone = plan_of(plans)
    for _ in range(30):
        plans.asked("acedata", 50, 1)
    assert not await plans.refresh(KIND)
    for _ in range(30):
        plans.asked("apiframe", 50, 1)
    assert await plans.refresh(KIND)
    assert plan_of(plans).late < alone.late
    for _ in range(300):
        plans.asked("apiframe", 1, 1)
    assert await plans.refresh(KIND)
    assert plan_of(plans).late == pytest.approx(alone.late)


async def test_of_many_submitted_together_the_first_to_end_say_nothing_of_the_others() -> None:
    now = 0.0
    plans = PollPlans(History(drawn(lognormal(PUBLISHED, 0.33), 200)), lambda: now, PACE)
    assert await plans.refresh(KIND)
    before, took = plan_of(plans), drawn(lognormal(PUBLISHED, 0.33), 300, seed=7)
    for number in range(len(took)):
        plans.begun(KIND, str(number), 0.0)
    now = 140.0
    for number, seconds in enumerate(took):
        if seconds <= now:
            plans.ended(KIND, str(number), seconds, seconds)
    assert await plans.refresh(KIND)
    early = plan_of(plans)
    # An eighth or so has ended, all of them fast: half of the others still end within 180 s.
    assert early.first == pytest.approx(before.first, abs=25)
    assert early.calls == pytest.approx(before.calls, rel=0.3)


async def test_tasks_that_do_not_end_are_news_by_themselves() -> None:
    now = 0.0
    plans = PollPlans(History(drawn(lognormal(PUBLISHED, 0.15), 40)), lambda: now, PACE)
    assert await plans.refresh(KIND)
    before = plan_of(plans)
    for number in range(12):
        plans.begun(KIND, str(number), 0.0)
    now = 330.0
    for _ in range(4):
        plans.running(KIND, 100.0)
    assert not await plans.refresh(KIND)
    for _ in range(4):
        plans.running(KIND, now)
    assert await plans.refresh(KIND)
    # Looked at seldom before, as strays are; now all are believed to be as slow.
    assert before.next_look(now + 10) - now > 12
    assert plan_of(plans).next_look(now + 10) - now - 10 < 12
