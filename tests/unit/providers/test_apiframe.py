"""Apiframe's pure functions against every documented sample and error."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.errors import AccountProblem, OutcomeUnknown, ProviderBusy, ProviderError, RequestRejected
from bot.models import FailureCode, Resolution
from bot.providers.apiframe import client as apiframe
from bot.providers.apiframe.errors import parse_error
from bot.providers.apiframe.jobs import parse_job, parse_job_list
from bot.providers.base import Submission, TaskState
from tests.unit.providers import samples
from tests.unit.providers.samples import CLIP, JOB_ID, af_job


def test_a_bare_prompt_sends_nothing_else() -> None:
    assert apiframe.build_submission(Submission("j", "a cat")) == {"model": "hailuo-02", "prompt": "a cat"}


def test_the_quick_start_is_built_to_the_letter() -> None:
    image = "https://example.com/input.jpg"
    submission = Submission(
        "j",
        samples.AF_QUICK_START["prompt"],
        resolution=Resolution.P768,
        optimize_prompt=True,
        first_image_url=image,
        last_image_url=image,
    )
    assert apiframe.build_submission(submission) == samples.AF_QUICK_START


@pytest.mark.parametrize(("seconds", "params"), [(6, None), (10, {"duration": 10})])
def test_duration_is_sent_only_when_it_is_not_the_default(seconds: int, params: object) -> None:
    body = apiframe.build_submission(Submission("j", "a cat", duration_seconds=seconds))
    assert body.get("hailuoParams") == params


def test_an_optimizer_switched_off_is_sent() -> None:
    body = apiframe.build_submission(Submission("j", "a cat", optimize_prompt=False))
    assert body["hailuoParams"] == {"prompt_optimizer": False}


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("QUEUED", TaskState.WAITING),
        ("PROCESSING", TaskState.RUNNING),
        ("COMPLETED", TaskState.RUNNING),
        ("FAILED", TaskState.RUNNING),
        ("PENDING_X", TaskState.RUNNING),
    ],
)
def test_accepted_is_never_finished(status: str, state: TaskState) -> None:
    task = apiframe.parse_accepted({"jobId": JOB_ID, "status": status})
    assert (task.task_id, task.state) == (JOB_ID, state)


@pytest.mark.parametrize(
    "body", [None, [], {}, {"jobId": JOB_ID}, {"jobId": 5, "status": "QUEUED"}, {"jobId": "../me", "status": "QUEUED"}]
)
def test_accepted_without_a_usable_id_is_unknown(body: object) -> None:
    with pytest.raises(OutcomeUnknown):
        apiframe.parse_accepted(body)


RESULTS: list[object] = [
    {"videoUrl": CLIP},
    {"url": CLIP},
    {"video_url": CLIP},
    CLIP,
    f"  {CLIP}\n",
    [CLIP],
    [{"videoUrl": CLIP}],
    [{"url": CLIP}],
    [{"video_url": CLIP}],
    {"video": CLIP},
    {"video": {"url": CLIP}},
    {"video": {"videoUrl": CLIP}},
    {"video": [{"url": CLIP}]},
    {"videos": [CLIP]},
    {"videos": [{"url": CLIP}]},
    {"videos": [{"videoUrl": CLIP}]},
    {"videos": [None, {}, {"url": None}, {"url": CLIP}]},
    {"output": {"video": {"url": CLIP}}},
    {"output": [CLIP]},
    {"data": [{"video_url": CLIP}]},
    {"videoUrl": None, "url": CLIP},
    {"videoUrl": "/relative.mp4", "url": CLIP},
    {"videoUrl": [CLIP]},
    {"VideoURL": CLIP},
    json.dumps({"videoUrl": CLIP}),
    json.dumps([CLIP]),
]


@pytest.mark.parametrize("result", RESULTS)
def test_every_shape_of_a_result(result: object) -> None:
    task = parse_job(af_job("COMPLETED", progress=100, result=result))
    assert (task.state, task.video_url, task.progress) == (TaskState.SUCCEEDED, CLIP, 100)


@pytest.mark.parametrize(
    "result",
    [
        {"image": CLIP, "thumbnail": CLIP, "coverUrl": CLIP, "first_image_url": CLIP},
        {"image": {"url": CLIP}},
        {"output": [{"type": "image", "url": CLIP}]},
        {"input": {"url": CLIP}},
    ],
)
def test_another_link_is_never_taken_for_the_clips(result: object) -> None:
    assert parse_job(af_job("COMPLETED", result=result)).video_url is None


def test_a_link_is_stored_so_that_it_can_be_asked_for() -> None:
    task = parse_job(af_job("COMPLETED", result={"url": "http://a.b/my clip (1).mp4?sig=a%2Fb"}))
    assert task.video_url == "http://a.b/my%20clip%20(1).mp4?sig=a%2Fb"


@pytest.mark.parametrize("word", ["COMPLETED", "Completed", "completed", "succeed", "SUCCEEDED", "SUCCESS", " done "])
def test_words_for_done(word: str) -> None:
    assert parse_job(samples.AF_COMPLETED | {"status": word}).state is TaskState.SUCCEEDED


@pytest.mark.parametrize("word", ["FAILED", "Failed", "fail", "ERROR", "Cancelled", "canceled", "rejected"])
def test_words_for_failed(word: str) -> None:
    assert parse_job(samples.AF_FAILED | {"status": word}).state is TaskState.FAILED


@pytest.mark.parametrize("word", ["PENDING_X", "rendering", "completing", "unfailed", "EXPIRED", "已完成", ""])
def test_a_word_we_do_not_know_means_that_it_still_runs(word: str) -> None:
    assert parse_job(samples.AF_COMPLETED | {"status": word}).state is TaskState.RUNNING


def test_optional_keys_may_be_absent() -> None:
    body = {key: value for key, value in samples.AF_COMPLETED.items() if key not in {"input", "expired"}}
    assert parse_job(body).video_url == CLIP


@pytest.mark.parametrize(
    "changes",
    [
        {"result": None},
        {"result": {}, "expired": True},
        {"result": ""},
        {"result": {"videoUrl": "ftp://example.com/a.mp4"}},
        {"result": {"videoUrl": "javascript:alert(1)"}},
        {"result": {"videoUrl": "https://[::1"}},
        {"result": {"videoUrl": "https://"}},
        {"result": {"videos": []}},
    ],
)
def test_completed_without_a_usable_link_is_done_and_may_get_one(changes: dict[str, Any]) -> None:
    """The jobs' side looks on; the failure is what it comes to if no link ever turns up."""
    task = parse_job(af_job("COMPLETED", progress=100, **changes))
    assert (task.state, task.failure, task.video_url) == (TaskState.SUCCEEDED, FailureCode.CLIP_LOST, None)


def test_the_link_of_an_expired_job_is_tried() -> None:
    """Its documents say that it may answer 404, not that it does."""
    assert parse_job(samples.AF_COMPLETED | {"expired": True}).video_url == CLIP


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("QUEUED", TaskState.WAITING),
        ("PROCESSING", TaskState.RUNNING),
        ("processing", TaskState.RUNNING),
        ("PENDING_X", TaskState.RUNNING),
        ("CANCELLED", TaskState.FAILED),
    ],
)
def test_statuses(status: str, state: TaskState) -> None:
    assert parse_job(af_job(status)).state is state


def test_cancelled_is_a_failure_of_the_provider() -> None:
    assert parse_job(af_job("CANCELLED")).failure is FailureCode.PROVIDER_FAILED


@pytest.mark.parametrize(
    ("progress", "shown"),
    [(0, 0), (41, 41), (99.9, 99), (None, None), (-5, 0), (1e300, 100), ("50", None), (True, None), ({}, None)],
)
def test_progress_is_a_percentage_or_nothing(progress: object, shown: int | None) -> None:
    assert parse_job(af_job("PROCESSING", progress=progress)).progress == shown


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        ("Provider returned an error: content policy violation", FailureCode.MODERATION),
        ("Input blocked by moderation", FailureCode.MODERATION),
        ("status_code 1026: sensitive input", FailureCode.MODERATION),
        ("1027", FailureCode.MODERATION),
        ("The image contains sensitive content", FailureCode.MODERATION),
        ("No available capacity", FailureCode.PROVIDER_UNAVAILABLE),
        ("1002 rate limit", FailureCode.PROVIDER_UNAVAILABLE),
        ("Failed to fetch image from https://example.com/a.jpg", FailureCode.IMAGE_REJECTED),
        ("2013: invalid params, image aspect ratio must be between 2:5 and 5:2", FailureCode.IMAGE_REJECTED),
        ("end_image could not be downloaded", FailureCode.IMAGE_REJECTED),
        ("2013: invalid params", FailureCode.INVALID_REQUEST),
        ("invalid duration", FailureCode.INVALID_REQUEST),
        ("1042 invisible character ratio", FailureCode.INVALID_REQUEST),
        ("2049 invalid API key", FailureCode.PROVIDER_FAILED),
        ("image-to-video failed", FailureCode.PROVIDER_FAILED),
        ("something broke", FailureCode.PROVIDER_FAILED),
        (None, FailureCode.PROVIDER_FAILED),
        ({"message": "?"}, FailureCode.PROVIDER_FAILED),
    ],
)
def test_failure_words(error: object, failure: FailureCode) -> None:
    task = parse_job(samples.AF_FAILED | {"error": error})
    assert (task.state, task.failure, task.video_url) == (TaskState.FAILED, failure, None)


def test_detail_is_one_short_line() -> None:
    detail = parse_job(samples.AF_FAILED | {"error": "a\nb\x1b[31m\u202e" + "x" * 5000}).detail
    assert len(detail) == 200
    assert detail.startswith("a b [31mx")
    assert detail.isprintable()


@pytest.mark.parametrize("body", [None, [], "text", {}, {"id": JOB_ID}, {"id": 7, "status": "QUEUED"}])
def test_an_unreadable_job_can_be_asked_for_again(body: object) -> None:
    with pytest.raises(ProviderBusy):
        parse_job(body)


def test_a_list_leaves_out_what_it_cannot_read() -> None:
    jobs = [None, {"id": 1}, {"id": ["x"]}, {"id": "odd", "status": 7}, samples.AF_COMPLETED]
    page = parse_job_list({"jobs": jobs, "nextCursor": "c", "hasMore": True}, {JOB_ID, "odd"})
    assert (list(page.tasks), page.ended, page.cursor) == ([JOB_ID], [JOB_ID], "c")


def test_a_list_leaves_out_what_is_not_ours() -> None:
    page = parse_job_list({"jobs": [samples.af_job("PROCESSING", id="ours"), samples.AF_COMPLETED]}, {"ours"})
    assert (list(page.tasks), page.ended) == (["ours"], [])


@pytest.mark.parametrize("end", [{"nextCursor": None, "hasMore": False}, {"nextCursor": "c", "hasMore": False}, {}])
def test_the_last_page_has_no_cursor(end: dict[str, Any]) -> None:
    assert parse_job_list({"jobs": []} | end, set()).cursor is None


def test_an_upload_gives_its_link() -> None:
    assert apiframe.parse_upload(samples.AF_UPLOAD) == samples.AF_UPLOAD["url"]
    with pytest.raises(ProviderBusy):
        apiframe.parse_upload({"url": "file:///etc/passwd"})


EXPECTED: dict[int, tuple[type[ProviderError], FailureCode]] = {
    400: (RequestRejected, FailureCode.INVALID_REQUEST),
    401: (AccountProblem, FailureCode.PROVIDER_ACCOUNT),
    402: (AccountProblem, FailureCode.PROVIDER_ACCOUNT),
    403: (AccountProblem, FailureCode.PROVIDER_ACCOUNT),
    404: (AccountProblem, FailureCode.PROVIDER_ACCOUNT),
    408: (OutcomeUnknown, FailureCode.OUTCOME_UNKNOWN),
    409: (OutcomeUnknown, FailureCode.OUTCOME_UNKNOWN),
    422: (RequestRejected, FailureCode.INVALID_REQUEST),
    429: (ProviderBusy, FailureCode.PROVIDER_UNAVAILABLE),
    500: (OutcomeUnknown, FailureCode.OUTCOME_UNKNOWN),
    502: (OutcomeUnknown, FailureCode.OUTCOME_UNKNOWN),
    503: (ProviderBusy, FailureCode.PROVIDER_UNAVAILABLE),
    504: (OutcomeUnknown, FailureCode.OUTCOME_UNKNOWN),
    524: (OutcomeUnknown, FailureCode.OUTCOME_UNKNOWN),
}


@pytest.mark.parametrize(
    ("status", "body"), [*samples.AF_ERRORS, *((status, {"error": "No", "extra": 1}) for status in EXPECTED)]
)
def test_every_error_at_submission(status: int, body: object) -> None:
    error = parse_error(status, body, 7.0)
    assert (type(error), error.code) == EXPECTED[status]
    if isinstance(error, ProviderBusy | OutcomeUnknown):
        assert error.retry_after == 7.0


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504])
def test_a_query_can_always_be_repeated(status: int) -> None:
    assert type(parse_error(status, None, None, effect=False)) is ProviderBusy


def test_a_validation_error_names_its_fields() -> None:
    assert "hailuoParams.resolution" in parse_error(*samples.AF_ERRORS[0], None).detail


def test_a_prompt_refused_for_its_words_is_moderation() -> None:
    error = parse_error(400, {"error": "Prompt violates our content policy"}, None)
    assert (type(error), error.code) == (RequestRejected, FailureCode.MODERATION)
