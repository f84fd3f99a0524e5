"""The choice of a provider and the circuit breaker, on a clock of the test's own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.errors import AccountProblem, OutcomeUnknown, ProviderBusy, ProviderError, Refused, RequestRejected
from bot.models import FailureCode, Picture, Resolution, VideoRequest
from bot.providers.acedata import client as acedata
from bot.providers.apiframe import client as apiframe
from bot.providers.base import Capabilities, RemoteTask
from bot.providers.routing import CircuitBreaker, Router

PICTURE = Picture("a.png", "image/png", 512, 512)
PLAIN = VideoRequest("a cat")
SHARP = VideoRequest("a cat", resolution=Resolution.P1080)
BUSY = ProviderBusy(FailureCode.PROVIDER_UNAVAILABLE)


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class Stand:
    """A provider of which only the capabilities are asked."""

    def __init__(self, capabilities: Capabilities) -> None:
        self.capabilities = capabilities

    async def submit(self, submission: object) -> RemoteTask:
        raise NotImplementedError

    async def fetch(self, task_ids: object) -> dict[str, RemoteTask]:
        raise NotImplementedError

    async def upload(self, image: bytes, content_type: str) -> str:
        raise NotImplementedError

    async def balance(self) -> float | None:
        return None


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def router(clock: Clock) -> Router:
    both = {"apiframe": Stand(apiframe.CAPABILITIES), "acedata": Stand(acedata.CAPABILITIES)}
    return Router(both, {"apiframe": 10, "acedata": 5}, clock)


def only(*names: str, clock: Clock) -> Router:
    known = {"apiframe": apiframe.CAPABILITIES, "acedata": acedata.CAPABILITIES}
    return Router({name: Stand(known[name]) for name in names}, {"apiframe": 10, "acedata": 5}, clock)


def refusal(router: Router, request: VideoRequest, wanted: str | None) -> tuple[str, dict[str, object]]:
    with pytest.raises(Refused) as caught:
        router.choose(request, wanted, {})
    return caught.value.code, caught.value.facts


def fail(router: Router, name: str, times: int, error: ProviderError = BUSY) -> None:
    for _ in range(times):
        router.report_failure(name, error)


def test_it_is_a_mapping_of_what_is_on(router: Router) -> None:
    assert router.names == ("apiframe", "acedata")
    assert router["acedata"].capabilities is acedata.CAPABILITIES
    assert router.concurrency("acedata") == 5
    assert "apiframe" in router
    assert "other" not in router
    with pytest.raises(KeyError):
        router["other"]


@pytest.mark.parametrize(
    ("load", "chosen"),
    [
        ({}, "apiframe"),
        ({"apiframe": 9}, "apiframe"),
        ({"apiframe": 10}, "acedata"),
        ({"apiframe": 10, "acedata": 5}, "apiframe"),
        ({"apiframe": 30, "acedata": 10}, "acedata"),
        ({"apiframe": 11, "acedata": 50}, "apiframe"),
    ],
)
def test_auto_takes_a_free_slot_then_the_shortest_queue(router: Router, load: dict[str, int], chosen: str) -> None:
    assert router.choose(PLAIN, None, load) == chosen


def test_auto_takes_the_one_that_can(clock: Clock) -> None:
    router = only("acedata", "apiframe", clock=clock)
    assert router.choose(PLAIN, None, {}) == "acedata"
    assert router.choose(SHARP, None, {"apiframe": 99}) == "apiframe"


def test_the_one_asked_for_is_taken_however_busy(router: Router) -> None:
    assert router.choose(PLAIN, "acedata", {"acedata": 99}) == "acedata"


def test_a_provider_without_a_key_is_off(clock: Clock) -> None:
    assert refusal(only("apiframe", clock=clock), PLAIN, "acedata") == ("provider_off", {"provider": "acedata"})


def test_an_option_the_other_one_has(router: Router) -> None:
    request = replace(SHARP, duration_seconds=6, optimize_prompt=True, first_frame=PICTURE, last_frame=PICTURE)
    code, facts = refusal(router, request, "acedata")
    assert code == "option_not_available"
    assert facts == {
        "options": ["resolution", "duration", "end_image", "optimize_prompt"],
        "providers": ["Apiframe"],
        "provider": "AceData Cloud",
    }


def test_an_option_nobody_has(clock: Clock) -> None:
    code, facts = refusal(only("acedata", clock=clock), SHARP, None)
    assert (code, facts) == ("option_not_available", {"options": ["resolution"], "providers": [], "provider": None})


def test_an_impossible_combination_names_the_least_to_leave_out(clock: Clock) -> None:
    odd = replace(acedata.CAPABILITIES, resolutions=frozenset(Resolution))
    even = replace(acedata.CAPABILITIES, optimize_prompt=True, durations=frozenset({6}))
    router = Router({"odd": Stand(odd), "even": Stand(even)}, {"odd": 1, "even": 1}, clock)
    _, facts = refusal(router, replace(SHARP, optimize_prompt=True, duration_seconds=6), None)
    assert facts["options"] == ["resolution"]


def test_five_failures_open_the_circuit_for_a_minute(router: Router, clock: Clock) -> None:
    fail(router, "apiframe", 4)
    assert router.healthy("apiframe")
    fail(router, "apiframe", 1)
    assert (router.healthy("apiframe"), router.retry_at("apiframe")) == (False, clock.now + 60)
    assert router.choose(PLAIN, None, {}) == "acedata"
    assert refusal(router, PLAIN, "apiframe") == (
        "provider_unwell",
        {"provider": "Apiframe", "retry_at": clock.now + 60},
    )


def test_all_open_tells_the_earliest_time(router: Router, clock: Clock) -> None:
    fail(router, "acedata", 5)
    start = clock.now
    clock.now += 30
    fail(router, "apiframe", 5)
    assert refusal(router, PLAIN, None) == ("provider_unwell", {"provider": None, "retry_at": start + 60})


def test_only_those_that_can_make_it_count_as_unwell(router: Router) -> None:
    fail(router, "apiframe", 5)
    assert refusal(router, SHARP, None)[0] == "provider_unwell"


def test_half_open_lets_one_through(router: Router, clock: Clock) -> None:
    fail(router, "apiframe", 5)
    assert not router.admit("apiframe")
    clock.now += 60
    assert router.healthy("apiframe")
    assert [router.admit("apiframe") for _ in range(3)] == [True, False, False]
    assert refusal(router, PLAIN, "apiframe")[1]["retry_at"] == router.retry_at("apiframe") == clock.now + 60
    assert router.choose(PLAIN, None, {}) == "acedata"
    router.report_success("apiframe")
    assert [router.admit("apiframe") for _ in range(3)] == [True] * 3


def test_choosing_does_not_use_up_the_one_request(router: Router, clock: Clock) -> None:
    fail(router, "apiframe", 5)
    clock.now += 60
    assert [router.choose(PLAIN, "apiframe", {}) for _ in range(3)] == ["apiframe"] * 3
    assert router.admit("apiframe")


def test_half_open_forgets_a_probe_that_never_reports(router: Router, clock: Clock) -> None:
    fail(router, "apiframe", 5)
    clock.now += 60
    assert router.admit("apiframe")
    clock.now += 60
    assert router.admit("apiframe")


def test_a_failed_probe_doubles_the_wait_up_to_ten_minutes(router: Router, clock: Clock) -> None:
    fail(router, "apiframe", 5)
    for seconds in (60, 120, 240, 480, 600, 600):
        assert router.retry_at("apiframe") == clock.now + seconds
        fail(router, "apiframe", 3)  # late news of older requests changes nothing
        assert router.retry_at("apiframe") == clock.now + seconds
        clock.now += seconds
        assert router.admit("apiframe")
        fail(router, "apiframe", 1)
    clock.now += 600
    router.report_success("apiframe")
    fail(router, "apiframe", 5)
    assert router.retry_at("apiframe") == clock.now + 60


def test_late_success_does_not_close_an_open_circuit(router: Router) -> None:
    fail(router, "apiframe", 1, AccountProblem(FailureCode.PROVIDER_ACCOUNT))
    router.report_success("apiframe")
    assert not router.healthy("apiframe")


def test_an_account_problem_opens_at_once_for_ten_minutes(router: Router, clock: Clock) -> None:
    fail(router, "apiframe", 1, AccountProblem(FailureCode.PROVIDER_ACCOUNT))
    assert router.retry_at("apiframe") == clock.now + 600


def test_success_and_a_rejected_request_prove_it_well(router: Router) -> None:
    for proof in (None, RequestRejected(FailureCode.MODERATION)):
        fail(router, "apiframe", 4, OutcomeUnknown(FailureCode.OUTCOME_UNKNOWN))
        if proof is None:
            router.report_success("apiframe")
        else:
            router.report_failure("apiframe", proof)
        fail(router, "apiframe", 1)
        assert router.healthy("apiframe")
        router.report_success("apiframe")


def test_a_provider_that_refuses_for_its_own_failure_is_not_well(router: Router) -> None:
    fail(router, "acedata", 5, RequestRejected(FailureCode.PROVIDER_FAILED))
    assert not router.healthy("acedata")


@pytest.mark.parametrize("seconds", [200.0, 896.0, 7200.0, 86_400.0])
def test_a_request_to_wait_is_honoured_for_as_long_as_it_says(router: Router, clock: Clock, seconds: float) -> None:
    start = clock.now
    fail(router, "apiframe", 1, ProviderBusy(FailureCode.PROVIDER_UNAVAILABLE, retry_after=seconds))
    fail(router, "apiframe", 1)  # news of another request, sent before
    for later in (0.0, seconds / 2, seconds - 1):
        clock.now = start + later
        assert (router.retry_at("apiframe"), router.admit("apiframe")) == (start + seconds, False)
        assert router.held_until("apiframe") == start + seconds
    clock.now = start + seconds
    assert (router.retry_at("apiframe"), router.held_until("apiframe")) == (None, None)
    assert router.admit("apiframe")


def test_a_short_wait_is_waited_out_in_line(router: Router, clock: Clock) -> None:
    """Two seconds are no reason to refuse a request, nor to send all who wait elsewhere."""
    fail(router, "apiframe", 1, ProviderBusy(FailureCode.PROVIDER_UNAVAILABLE, retry_after=2.0))
    assert (router.healthy("apiframe"), router.unwell("apiframe")) == (False, False)
    assert router.choose(PLAIN, "apiframe", {}) == "apiframe"
    assert router.choose(PLAIN, None, {}) == "acedata"
    with pytest.raises(Refused):
        router.choose(PLAIN, None, {}, avoid="acedata")  # no job is thrown to one that waits itself


def test_a_long_wait_is_told(router: Router, clock: Clock) -> None:
    fail(router, "apiframe", 1, ProviderBusy(FailureCode.PROVIDER_UNAVAILABLE, retry_after=896.0))
    assert router.unwell("apiframe")
    assert refusal(router, PLAIN, "apiframe") == (
        "provider_unwell",
        {"provider": "Apiframe", "retry_at": clock.now + 896},
    )


def test_a_query_that_must_wait_holds_no_submission_back(router: Router) -> None:
    router.report_failure("apiframe", ProviderBusy(FailureCode.PROVIDER_UNAVAILABLE, retry_after=896.0), fetching=True)
    assert router.healthy("apiframe")


def test_a_refuser_can_be_avoided(router: Router, clock: Clock) -> None:
    assert router.choose(PLAIN, None, {}, avoid="apiframe") == "acedata"
    with pytest.raises(Refused):
        router.choose(SHARP, None, {}, avoid="apiframe")
    with pytest.raises(Refused) as caught:
        only("apiframe", clock=clock).choose(PLAIN, None, {}, avoid="apiframe")
    assert caught.value.code == "provider_unwell"


def test_a_clock_set_back_does_not_keep_a_circuit_open(clock: Clock) -> None:
    breaker = CircuitBreaker(clock)
    breaker.trip()
    clock.now -= 86_400
    assert breaker.retry_at is None
