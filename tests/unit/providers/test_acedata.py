"""AceData's pure functions against every documented sample and error."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.errors import AccountProblem, OutcomeUnknown, ProviderBusy, ProviderError, RequestRejected
from bot.models import FailureCode, Resolution
from bot.providers.acedata import client as acedata
from bot.providers.acedata.errors import parse_error
from bot.providers.base import Submission, TaskState
from tests.unit.providers import samples
from tests.unit.providers.samples import AD_CLIP, AD_HELD, AD_ITEM, TASK_ID, ad_error, ad_task


def held(**changes: Any) -> dict[str, Any]:
    return AD_HELD | changes


def test_text_to_video_is_built_in_full() -> None:
    body = acedata.build_submission(Submission("j", "Internal heat"))
    assert body == {"action": "generate", "prompt": "Internal heat", "async": True, "model": "minimax-t2v"}


def test_an_image_changes_the_model() -> None:
    body = acedata.build_submission(Submission("j", "p", first_image_url="https://example.com/a.png"))
    assert (body["model"], body["first_image_url"]) == ("minimax-i2v", "https://example.com/a.png")


@pytest.mark.parametrize(
    "option", [{"resolution": Resolution.P768}, {"duration_seconds": 6}, {"last_image_url": "https://example.com/b"}]
)
def test_an_option_it_lacks_is_never_dropped_in_silence(option: dict[str, Any]) -> None:
    with pytest.raises(RequestRejected):
        acedata.build_submission(Submission("j", "p", **option))


def test_an_async_reply_is_a_task_under_way() -> None:
    task = acedata.parse_submitted(samples.AD_ASYNC)
    assert (task.task_id, task.state) == (samples.AD_ASYNC["task_id"], TaskState.RUNNING)


def test_a_held_reply_is_finished_at_once() -> None:
    task = acedata.parse_submitted(AD_HELD)
    assert (task.task_id, task.state, task.video_url) == (TASK_ID, TaskState.SUCCEEDED, AD_CLIP)


def test_a_held_failure_is_a_failed_task() -> None:
    task = acedata.parse_submitted(samples.AD_GUIDE_ERROR | {"task_id": TASK_ID})
    assert (task.state, task.failure) == (TaskState.FAILED, FailureCode.PROVIDER_FAILED)


@pytest.mark.parametrize("body", [None, [], {}, {"success": True}, {"task_id": 5}, {"task_id": "a/b"}, "text"])
def test_accepted_without_a_usable_id_is_unknown(body: object) -> None:
    with pytest.raises(OutcomeUnknown):
        acedata.parse_submitted(body)


def test_an_error_in_a_200_is_an_error() -> None:
    with pytest.raises(RequestRejected) as caught:
        acedata.parse_submitted(samples.AD_GUIDE_ERROR)
    assert caught.value.code == FailureCode.PROVIDER_FAILED


@pytest.mark.parametrize(
    "task",
    [
        samples.ad_task_without_response(),
        ad_task({}),
        ad_task(None),
        ad_task(""),
        ad_task("not json"),
        ad_task("[" * 100_000),
        ad_task(held(data=[AD_ITEM | {"state": "processing"}])),
        ad_task(held(data=[AD_ITEM | {"state": "pending", "video_url": None}])),
        ad_task(held(data=[AD_ITEM | {"state": "running"}])),
        ad_task(held(data=[AD_ITEM | {"state": "queued"}])),
        ad_task(held(data=[AD_ITEM | {"state": "something new"}])),
        ad_task({"success": True, "data": []}),
        ad_task({"success": True}),
        ad_task({"data": []}),
        ad_task({"success": None, "data": None}),
        ad_task({"task_id": TASK_ID, "data": [{"video_url": AD_CLIP}]}),
        ad_task({"success": False, "data": [AD_ITEM | {"state": "processing"}]}),
    ],
)
def test_not_finished(task: dict[str, Any]) -> None:
    assert acedata.parse_task(task).state is TaskState.RUNNING


STATE_LESS = {key: value for key, value in AD_ITEM.items() if key != "state"}


@pytest.mark.parametrize(
    "response",
    [
        AD_HELD,
        held(data=AD_ITEM),
        json.dumps(AD_HELD),
        held(data=STATE_LESS | {"status": "succeeded"}),
        held(data=[STATE_LESS]),
        {"data": [AD_ITEM]},
        {"success": None, "data": [AD_ITEM]},
        {"success": False, "data": [AD_ITEM]},
        {"state": "succeeded", "video_url": AD_CLIP},
        {"status": "completed", "data": [{"video_url": AD_CLIP}]},
        {"state": "succeeded", "data": {"video": {"url": AD_CLIP}}},
        {"data": [{"state": "succeeded"}, AD_ITEM]},
        {"data": json.dumps([AD_ITEM])},
        held(data=[STATE_LESS | {"state": "succeeded", "video_url": None, "url": AD_CLIP}]),
        *(
            held(data=[AD_ITEM | {"state": word}])
            for word in ("succeed", "success", "complete", "Completed", "finished")
        ),
    ],
)
def test_finished(response: object) -> None:
    task = acedata.parse_task(ad_task(response))
    assert (task.task_id, task.state, task.video_url) == (TASK_ID, TaskState.SUCCEEDED, AD_CLIP)


@pytest.mark.parametrize("url", [None, "", "ftp://example.com/a", 5, "https://exa mple.com/a", "/a.mp4"])
def test_done_without_a_usable_link_is_done_and_may_get_one(url: object) -> None:
    """The jobs' side looks on; the failure is what it comes to if no link ever turns up."""
    for response in (held(data=[AD_ITEM | {"video_url": url}]), {"data": [AD_ITEM | {"video_url": url}]}):
        task = acedata.parse_task(ad_task(response))
        assert (task.state, task.failure, task.video_url) == (TaskState.SUCCEEDED, FailureCode.CLIP_LOST, None)


@pytest.mark.parametrize("word", ["failed", "failure", "error", "cancelled", "canceled", "rejected", "FAILED"])
def test_failed_words(word: str) -> None:
    task = acedata.parse_task(ad_task(held(data=[AD_ITEM | {"state": word}])))
    assert (task.state, task.failure) == (TaskState.FAILED, FailureCode.PROVIDER_FAILED)


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        ({"code": "api_error", "message": "no channel available for minimax-t2v"}, FailureCode.PROVIDER_UNAVAILABLE),
        ({"code": "api_error", "message": "fetch failed"}, FailureCode.PROVIDER_FAILED),
        ({"code": "api_error", "message": "1026 input sensitive"}, FailureCode.MODERATION),
        ({"code": "forbidden", "message": "refused"}, FailureCode.MODERATION),
        ({"code": "bad_request", "message": "cannot download image"}, FailureCode.IMAGE_REJECTED),
        ({"code": "bad_request", "message": "model"}, FailureCode.INVALID_REQUEST),
        ({"code": "used_up", "message": ""}, FailureCode.PROVIDER_ACCOUNT),
        ({"code": "unavailable", "message": ""}, FailureCode.PROVIDER_UNAVAILABLE),
        ({"code": "timeout", "message": ""}, FailureCode.PROVIDER_FAILED),
        ("went wrong", FailureCode.PROVIDER_FAILED),
    ],
)
def test_an_error_overrides_success(error: object, failure: FailureCode) -> None:
    task = acedata.parse_task(ad_task(held(error=error)))
    assert (task.state, task.failure, task.video_url) == (TaskState.FAILED, failure, None)
    assert acedata.parse_task(ad_task({"success": False, "error": error})).failure is failure


def test_success_false_alone_is_a_failure() -> None:
    assert acedata.parse_task(ad_task({"success": False})).state is TaskState.FAILED


def test_a_single_task_must_be_the_one_asked_for() -> None:
    assert acedata.parse_task({"response": AD_HELD}, TASK_ID).task_id == TASK_ID
    with pytest.raises(ProviderBusy):
        acedata.parse_task(ad_task(AD_HELD, "another"), TASK_ID)


def test_a_batch_leaves_out_what_it_cannot_read() -> None:
    tasks = acedata.parse_batch({"items": [None, {"id": 5}, ad_task({}), ad_task(AD_HELD, "other")], "count": 4})
    assert {key: task.state for key, task in tasks.items()} == {
        TASK_ID: TaskState.RUNNING,
        "other": TaskState.SUCCEEDED,
    }


EXPECTED: dict[str, tuple[type[ProviderError], FailureCode]] = {
    **dict.fromkeys(
        ["used_up", "no_token", "invalid_token", "token_expired", "token_mismatched", "disabled", "no_api"],
        (AccountProblem, FailureCode.PROVIDER_ACCOUNT),
    ),
    "api_not_implemented": (AccountProblem, FailureCode.PROVIDER_ACCOUNT),
    "forbidden": (RequestRejected, FailureCode.MODERATION),
    "bad_request": (RequestRejected, FailureCode.INVALID_REQUEST),
    **dict.fromkeys(
        ["too_many_requests", "rate_limited", "unavailable"], (ProviderBusy, FailureCode.PROVIDER_UNAVAILABLE)
    ),
    "api_error": (RequestRejected, FailureCode.PROVIDER_FAILED),
    "timeout": (OutcomeUnknown, FailureCode.OUTCOME_UNKNOWN),
}


@pytest.mark.parametrize(("status", "code", "message"), samples.AD_ERRORS)
def test_every_error_at_submission(status: int, code: str, message: str) -> None:
    for body in (ad_error(code, message), ad_error(code, message) | {"success": False}):
        error = parse_error(status, body, None)
        assert (type(error), error.code) == EXPECTED[code]


@pytest.mark.parametrize(("code", "expected"), EXPECTED.items())
def test_the_code_counts_whatever_the_status(code: str, expected: tuple[type[ProviderError], FailureCode]) -> None:
    for status in (200, 400, 403, 429, 500, 503):
        error = parse_error(status, ad_error(code), None)
        assert (type(error), error.code) == expected


@pytest.mark.parametrize("body", [ad_error("brand_new"), ad_error("brand_new", "no") | {"success": False}])
@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, RequestRejected),
        (401, AccountProblem),
        (402, AccountProblem),
        (403, AccountProblem),
        (404, AccountProblem),
        (408, OutcomeUnknown),
        (409, RequestRejected),
        (429, ProviderBusy),
        (500, OutcomeUnknown),
        (502, OutcomeUnknown),
        (503, OutcomeUnknown),
        (524, OutcomeUnknown),
    ],
)
def test_without_a_documented_code_the_status_counts(status: int, expected: type[ProviderError], body: object) -> None:
    assert type(parse_error(status, body, None)) is expected


@pytest.mark.parametrize("code", ["api_error", "timeout", "brand_new", "forbidden", "bad_request"])
def test_a_query_can_always_be_repeated(code: str) -> None:
    assert type(parse_error(500, ad_error(code), 3.0, effect=False)) is ProviderBusy


@pytest.mark.parametrize(("status", "code"), [(500, "api_error"), (504, "timeout"), (502, "")])
def test_an_error_that_names_a_task_leaves_it_to_the_task(status: int, code: str) -> None:
    task = acedata.parse_refused(status, ad_error(code) | {"task_id": TASK_ID}, None)
    assert (task.task_id, task.state) == (TASK_ID, TaskState.RUNNING)


@pytest.mark.parametrize(("status", "code"), [(403, "used_up"), (429, "rate_limited"), (400, "bad_request")])
def test_a_clear_refusal_stays_one(status: int, code: str) -> None:
    with pytest.raises(EXPECTED[code][0]):
        acedata.parse_refused(status, ad_error(code) | {"task_id": TASK_ID}, None)
