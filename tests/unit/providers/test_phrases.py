"""What failure texts mean: a table that the patterns were written on, one that they had not seen, and every shape."""

from __future__ import annotations

import json
import time
from itertools import pairwise
from typing import Any

import pytest

from bot.models import FailureCode
from bot.providers.acedata import client as acedata
from bot.providers.apiframe.jobs import parse_job
from bot.providers.base import TaskState
from bot.providers.refusals.complaints import WORDS_LIMIT, complaint_of
from bot.providers.refusals.minimax import codes_in, read_failure
from bot.providers.refusals.phrases import plain
from tests.unit.providers import samples
from tests.unit.providers.phrases_known import KNOWN
from tests.unit.providers.phrases_unseen import UNSEEN, UNSEEN_LATER
from tests.unit.providers.samples import AD_ITEM, ad_task, af_job

Table = dict[FailureCode | None, tuple[str, ...]]


def rows(*tables: Table) -> list[tuple[str, FailureCode | None]]:
    return [(text, code) for table in tables for code, texts in table.items() for text in texts]


def failure(error: object, **more: Any) -> FailureCode | None:
    """What a failed job at Apiframe with this `error` is taken for."""
    task = parse_job(samples.AF_FAILED | {"error": error} | more)
    assert task.state is TaskState.FAILED
    return task.failure


def acedata_failure(error: object, **more: Any) -> FailureCode | None:
    """The same of a task at AceData."""
    task = acedata.parse_task(ad_task({"success": False, "error": error} | more))
    assert task.state is TaskState.FAILED
    return task.failure


def test_the_tables_are_large_and_apart() -> None:
    known, unseen = rows(KNOWN), rows(UNSEEN, UNSEEN_LATER)
    assert len(known) >= 60
    assert len(unseen) >= len(known)
    assert not {plain(text) for text, _ in known} & {plain(text) for text, _ in unseen}


@pytest.mark.parametrize(("text", "code"), rows(KNOWN, UNSEEN, UNSEEN_LATER))
def test_a_failure_text_means_the_same_at_both(text: str, code: FailureCode | None) -> None:
    expected = code or FailureCode.PROVIDER_FAILED
    assert failure(text) is expected
    assert acedata_failure(text) is expected
    assert acedata_failure({"code": "api_error", "message": text}) is expected


@pytest.mark.parametrize(("text", "code"), rows(KNOWN, UNSEEN, UNSEEN_LATER))
def test_case_width_and_invisible_characters_change_nothing(text: str, code: FailureCode | None) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)
    assert read_failure(complaint_of({"error": f"  {wide}\u200b\ufeff "})) is code
    if "_" not in text and not any(a.islower() and b.isupper() for a, b in pairwise(text)):
        assert read_failure(complaint_of({"error": text.upper()})) is code


def test_words_are_compared_in_one_plain_form() -> None:
    assert plain("ＮＳＦＷ\u200b") == "nsfw"
    assert plain("contentPolicy_Violation—Now") == "content policy violation now"
    assert plain("DataInspectionFailed") == "data inspection failed"


# -- where the words stand ---------------------------------------------------------------------------------------------

SHAPES: dict[str, object] = {
    "a string": "flagged by the content checker",
    "an object": {"message": "flagged by the content checker"},
    "an object with a code": {"code": 400, "message": "flagged by the content checker"},
    "a code that says it": {"code": "content_policy_violation", "message": "Bad request"},
    "a type that says it": {"type": "content_filter", "message": "Something went wrong"},
    "a number as a code": {"code": 1026, "message": "failed"},
    "a number as a code, in a string": {"status_code": "1026"},
    "MiniMax's own": {"base_resp": {"status_code": 1027, "status_msg": "fail"}},
    "a list of strings": ["flagged by the content checker"],
    "a list of objects": [{"msg": "flagged by the content checker", "loc": ["body", "prompt"]}],
    "nested": {"error": {"error": {"error": {"message": "flagged by the content checker"}}}},
    "JSON in a string": '{"error": {"message": "flagged by the content checker"}}',
    "JSON in JSON in a string": json.dumps({"message": json.dumps({"detail": "flagged by the content checker"})}),
    "detail": {"detail": "flagged by the content checker"},
    "details by field": {"message": "Bad", "details": {"prompt": ["Prompt is flagged by the content checker"]}},
    "errors by field": {"errors": {"prompt": "was flagged by the content checker"}},
    "msg": {"msg": "flagged by the content checker"},
    "camel case": {"errorMessage": "flagged by the content checker"},
    "snake case": {"failure_reason": "flagged by the content checker"},
    "behind a long text": "x " * 400 + "flagged by the content checker",
    "escaped Chinese": "\\u5185\\u5bb9 内容违规",
}


@pytest.mark.parametrize("name", SHAPES)
def test_an_error_is_read_in_every_shape(name: str) -> None:
    assert failure(SHAPES[name]) is FailureCode.MODERATION
    assert acedata_failure(SHAPES[name]) is FailureCode.MODERATION
    for key in ("error", "message", "detail", "errors", "msg"):
        complaint = complaint_of({key: SHAPES[name]})
        assert read_failure(complaint) is FailureCode.MODERATION, key
        assert len(complaint.detail) <= 200


@pytest.mark.parametrize(
    "said",
    [
        {"error": None, "result": {"error": "content policy violation"}},
        {"error": None, "message": "content policy violation"},
        {"error": None, "failureReason": "content policy violation"},
        {"error": "", "errors": [{"message": "content policy violation"}]},
    ],
)
def test_a_failed_job_may_say_why_elsewhere(said: dict[str, Any]) -> None:
    assert parse_job(samples.AF_FAILED | said).failure is FailureCode.MODERATION


@pytest.mark.parametrize(
    "response",
    [
        {"success": False, "message": "余额不足"},
        {"success": False, "error": {"code": "", "message": "余额不足"}},
        {"success": True, "data": [{"state": "failed", "message": "余额不足"}]},
        {"data": [{"state": "FAILED", "error": {"message": "余额不足"}}]},
        {"state": "failed", "detail": ["余额不足"]},
        {"error": json.dumps({"base_resp": {"status_code": 1008}})},
        {"error": {"code": 1008}},
        {"error": {"code": "used_up", "message": "..."}},
    ],
)
def test_a_balance_used_up_inside_a_task_is_the_owners_business(response: dict[str, Any]) -> None:
    task = acedata.parse_task(ad_task(response))
    assert (task.state, task.failure) == (TaskState.FAILED, FailureCode.PROVIDER_ACCOUNT)


@pytest.mark.parametrize("error", [{}, [], "", {"code": None, "message": None}, {"code": "", "message": ""}, "{}"])
def test_an_error_that_says_nothing_is_none(error: object) -> None:
    task = acedata.parse_task(ad_task(samples.AD_HELD | {"error": error}))
    assert (task.state, task.video_url) == (TaskState.SUCCEEDED, samples.AD_CLIP)


# -- numbers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["1026", "code 1026", "Error code: 1026", "status_code=1026", "status_code：１０２６", "[1026] no", "(1026) no",
     "1026: input", "1026 - output", "错误码1026", "錯誤碼：1026", "错误代码 1026", "err_code=1026", "MiniMax 1026"],
)  # fmt: skip
def test_a_number_counts_as_a_code(text: str) -> None:
    assert codes_in(text) == {"1026"}


@pytest.mark.parametrize(
    "text",
    ["1026 px", "1026px", "1026x768", "error: 1026 px wide", "(1026x768)", "1026:768", "ratio: 1026:768",
     "job 1026 died", "11026", "10260", "1026.5", "1,026", "took 1026 ms", "1026 frames", "code 10261", "1026帧",
     "error: 1026 bytes short", "width: 1026", "2026-10-26", "error 1026 of 2000", "id 1026"],
)  # fmt: skip
def test_an_amount_is_no_code(text: str) -> None:
    assert codes_in(text) == frozenset()


# -- the prompt, said again --------------------------------------------------------------------------------------------

LONG = "a copyrighted nude statue, flagged by sensitive censors, insufficient balance on a rope"
SHORT = "nsfw"
CHINESE = "一个敏感的审核员在违规停车"


@pytest.mark.parametrize(
    "text",
    [
        "Failed to render: {}",
        "prompt: {} -> worker lost",
        'Worker lost while working on "{}"',
        "could not run {{'prompt': '{}'}}",
        "{}",
    ],
)
@pytest.mark.parametrize("prompt", [LONG, CHINESE])
def test_words_of_the_prompt_are_not_the_providers(text: str, prompt: str) -> None:
    for echoed in (prompt, prompt.upper(), prompt[:-3] + "...", json.dumps(prompt)[1:-1]):
        if echoed.startswith("\\u"):
            continue
        error = text.format(echoed)
        assert failure(error, input={"prompt": prompt}) is FailureCode.PROVIDER_FAILED
        task = ad_task({"success": False, "error": error})
        task["request"]["prompt"] = prompt
        assert acedata.parse_task(task).failure is FailureCode.PROVIDER_FAILED
        beside = ad_task({"data": [AD_ITEM | {"state": "failed", "message": error, "prompt": prompt}]})
        assert acedata.parse_task(beside).failure is FailureCode.PROVIDER_FAILED


def test_the_providers_words_beside_an_echo_still_count() -> None:
    error = f"Prompt '{LONG}' was rejected by our content checker"
    assert failure(error, input={"prompt": LONG}) is FailureCode.MODERATION
    assert failure(f"{CHINESE}：余额不足", input={"prompt": CHINESE}) is FailureCode.PROVIDER_ACCOUNT


def test_a_short_prompt_is_struck_out_only_in_quotes() -> None:
    assert failure("nsfw content detected", input={"prompt": SHORT}) is FailureCode.MODERATION
    assert failure('worker lost at "nsfw"', input={"prompt": SHORT}) is FailureCode.PROVIDER_FAILED


def test_an_unknown_prompt_is_known_by_its_quotes() -> None:
    assert failure('worker lost, prompt: "a nude statue"') is FailureCode.PROVIDER_FAILED
    assert failure('prompt blocked: "a statue"') is FailureCode.MODERATION


def test_an_input_that_is_shown_again_is_not_read() -> None:
    detail = [{"msg": "Field required", "loc": ["body", "x"], "input": {"prompt": "nude copyright"}}]
    assert read_failure(complaint_of({"detail": detail})) is None


# -- bounded -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["image " * 2000, "size " * 2000, "violates " * 1500, "prompt '" * 1500, "不" * 9000, "code " * 3000, "{" * 9000],
)
def test_reading_takes_no_time_to_speak_of(text: str) -> None:
    began = time.process_time()
    complaint = complaint_of({"error": text}, [text[:500]])
    read_failure(complaint)
    assert time.process_time() - began < 1.0
    assert len(complaint.words) <= WORDS_LIMIT


def test_nesting_and_width_are_bounded() -> None:
    deep: Any = "flagged"
    for _ in range(100):
        deep = {"error": deep}
    assert complaint_of(deep).words == ""
    assert len(complaint_of({"errors": ["x" * 100] * 100_000}).words) <= WORDS_LIMIT


def test_status_words_alone_say_nothing() -> None:
    assert failure(None, status="CANCELLED") is FailureCode.PROVIDER_FAILED
    assert parse_job(af_job("FAILED")).detail == "FAILED"
