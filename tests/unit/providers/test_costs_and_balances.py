"""What a task has cost and what is left on an account: as documented, and whatever else a provider may say there."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.errors import AccountProblem, HeldBack, ProviderBusy, ProviderError, Refused
from bot.models import FailureCode, VideoRequest
from bot.providers.acedata import client as acedata
from bot.providers.acedata.client import parse_task
from bot.providers.apiframe.client import parse_balance
from bot.providers.apiframe.jobs import parse_job, parse_job_list
from bot.providers.backoff import BackoffProvider
from bot.providers.base import TaskState
from bot.providers.instrumented import InstrumentedProvider
from bot.providers.reading.fields import MOST_AMOUNT, MOST_COST, amount, cost
from bot.providers.routing import POOR_SECONDS, Router
from tests.unit.providers import samples
from tests.unit.providers.samples import JOB_ID, af_job
from tests.unit.providers.test_backoff import Far, busy

PLAIN = VideoRequest("a fox")
WILD = [-1, -0.5, math.nan, math.inf, -math.inf, 1e300, 10**400, "5", "", None, True, [], {}, [5], {"credits": 5}]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


class Clock:
    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


# -- what a task has cost ----------------------------------------------------------------------------------------------


def done(**changes: Any) -> dict[str, Any]:
    return af_job("COMPLETED", result={"videoUrl": samples.CLIP}, **changes)


def test_a_finished_and_a_failed_task_say_what_they_cost() -> None:
    assert parse_job(samples.AF_COMPLETED).cost == 5
    assert parse_job(samples.AF_FAILED).cost == 0
    assert parse_job(done(creditCost=7.5)).cost == 7.5


@pytest.mark.parametrize("status", ["QUEUED", "PROCESSING"])
def test_a_task_under_way_has_cost_nothing_yet(status: str) -> None:
    assert parse_job(af_job(status, creditCost=5)).cost is None


def test_a_page_of_the_list_says_it_too() -> None:
    page = parse_job_list({"jobs": [done(creditCost=8)]}, {JOB_ID})
    assert page.tasks[JOB_ID].cost == 8


@pytest.mark.parametrize("said", WILD)
@pytest.mark.parametrize("status", ["COMPLETED", "FAILED"])
def test_a_wild_cost_is_none_and_loses_no_clip(status: str, said: object) -> None:
    task = parse_job(af_job(status, result={"videoUrl": samples.CLIP}, creditCost=said))
    assert task.cost is None
    assert task.state is (TaskState.SUCCEEDED if status == "COMPLETED" else TaskState.FAILED)
    assert task.video_url == (samples.CLIP if status == "COMPLETED" else None)


def test_a_provider_that_says_nothing_of_costs_is_believed() -> None:
    assert parse_task(samples.ad_task(samples.AD_HELD), samples.TASK_ID).cost is None


@given(ANYTHING)
def test_whatever_is_said_becomes_a_sane_number_or_none(said: object) -> None:
    for reading, least, most in ((cost, 0.0, MOST_COST), (amount, -MOST_AMOUNT, MOST_AMOUNT)):
        found = reading(said)
        assert found is None or (isinstance(found, float) and least <= found <= most)


# -- what is left ------------------------------------------------------------------------------------------------------


def me(credits_: object) -> dict[str, Any]:
    return {"user": {"id": "u"}, "team": {"id": "t", "name": "T", "credits": credits_, "plan": "pro"}, "apiKey": None}


def test_the_balance_is_that_of_the_team() -> None:
    assert [parse_balance(me(left)) for left in (0, 120, 7.5, -3)] == [0, 120, 7.5, -3]


@pytest.mark.parametrize("body", [None, [], "x", {}, {"team": None}, {"team": []}, {"team": {}}, *map(me, WILD[2:])])
def test_an_account_that_cannot_be_read_is_no_balance(body: object) -> None:
    with pytest.raises(ProviderBusy):
        parse_balance(body)


async def test_acedata_does_not_tell() -> None:
    provider = acedata.AceData("http://127.0.0.1:9", SecretStr("made up"))
    try:
        asked: Callable[[], Any] = provider.balance
        assert await asked() is None
    finally:
        await provider.close()


async def test_a_balance_goes_through_and_is_counted() -> None:
    calls: list[Sequence[str]] = []
    provider = BackoffProvider(InstrumentedProvider(Far(), lambda *call: calls.append(call)), Clock())
    assert await provider.balance() == 12.0
    assert calls == [("apiframe", "balance", "ok")]


async def test_a_provider_that_wants_to_be_left_alone_is_not_asked_for_a_balance() -> None:
    clock = Clock()
    provider = BackoffProvider(Far(busy(60.0)), clock)
    with pytest.raises(ProviderError):
        await provider.fetch(["t"])
    with pytest.raises(HeldBack):
        await provider.balance()
    clock.now += 60
    assert await provider.balance() == 12.0


# -- what follows from it for `auto` -----------------------------------------------------------------------------------


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def router(clock: Clock) -> Router:
    return Router({"apiframe": Far(), "acedata": Far()}, {"apiframe": 2, "acedata": 2}, clock)


USED_UP = AccountProblem(FailureCode.PROVIDER_ACCOUNT)


def test_a_provider_that_says_used_up_is_left_out_of_auto_at_once(router: Router) -> None:
    router.report_failure("apiframe", USED_UP)
    assert router.choose(PLAIN, None, {}) == "acedata"
    assert router.turned_away("apiframe") is True


def test_a_balance_that_pays_for_no_clip_leaves_a_provider_out_of_auto_at_once(router: Router) -> None:
    router.report_balance("apiframe", pays=False)
    assert router.choose(PLAIN, None, {}) == "acedata"
    assert router.has_other(PLAIN, "apiframe")
    assert not router.has_other(PLAIN, "acedata")
    assert router.choose(PLAIN, "apiframe", {}) == "apiframe", "who names it may find out"
    router.report_balance("apiframe", pays=True)
    assert router.choose(PLAIN, None, {}) == "apiframe"


def test_by_itself_it_is_tried_all_the_same(router: Router) -> None:
    router.report_balance("apiframe", pays=False)
    for _ in range(5):
        router.report_failure("acedata", busy(None))
    assert router.choose(PLAIN, None, {}) == "apiframe"
    with pytest.raises(Refused):
        router.choose(PLAIN, None, {}, avoid="acedata")  # but no job is thrown there that has a place


def test_one_that_is_waited_for_shortly_is_better_than_one_without_money(router: Router) -> None:
    router.report_balance("apiframe", pays=False)
    router.report_failure("acedata", busy(2.0))
    assert router.choose(PLAIN, None, {}) == "acedata"


def test_an_old_balance_is_not_believed_for_ever(router: Router, clock: Clock) -> None:
    router.report_balance("apiframe", pays=False)
    clock.now += POOR_SECONDS
    assert router.choose(PLAIN, None, {}) == "apiframe"


def test_a_task_that_is_taken_says_more_than_a_balance(router: Router) -> None:
    router.report_balance("apiframe", pays=False)
    router.report_success("apiframe")
    assert router.choose(PLAIN, None, {}) == "apiframe"


def test_a_balance_that_was_topped_up_ends_the_time_in_which_nothing_is_sent(router: Router) -> None:
    router.report_failure("apiframe", USED_UP)
    router.report_balance("apiframe", pays=False)
    assert not router.healthy("apiframe")
    router.report_balance("apiframe", pays=True)
    assert router.healthy("apiframe")
    assert router.opened_at("apiframe") is None


def test_a_key_that_is_turned_away_is_not_well_for_all_the_money_there_is(router: Router) -> None:
    router.report_failure("apiframe", USED_UP)
    router.report_balance("apiframe", pays=True)
    assert not router.healthy("apiframe")


def test_late_news_of_a_task_does_not_make_an_account_well(router: Router) -> None:
    router.report_account("apiframe", USED_UP)
    router.report_success("apiframe")
    assert router.turned_away("apiframe") is True


def test_an_account_that_is_turned_away_again_is_not_shut_off_for_longer(router: Router, clock: Clock) -> None:
    router.report_account("apiframe", USED_UP)
    clock.now += 300
    router.report_account("apiframe", USED_UP)
    assert router.retry_at("apiframe") == clock.now + 300
    assert router.opened_at("apiframe") == clock.now - 300
