"""Whose word an error is: an edge's pages and JSON are weather, the provider's own JSON counts."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.errors import AccountProblem, OutcomeUnknown, ProviderBusy, ProviderError, RequestRejected
from bot.models import FailureCode
from bot.providers.acedata import errors as acedata_errors
from bot.providers.acedata.client import AceData
from bot.providers.apiframe import errors as apiframe_errors
from bot.providers.apiframe.client import Apiframe
from bot.providers.base import Submission, TaskState
from bot.providers.http import open_session
from tests.unit.providers.edges import OBJECTS, PAGES
from tests.unit.providers.loopback import serve
from tests.unit.providers.samples import JOB_ID, ad_error

BODIES: dict[str, str] = PAGES | {name: json.dumps(body) for name, body in OBJECTS.items()}
PROVIDERS: dict[str, Callable[..., Apiframe | AceData]] = {"apiframe": Apiframe, "acedata": AceData}
SUBMISSION = Submission(JOB_ID, "a cat")


async def answered(name: str, status: int, body: str, use: str, headers: dict[str, str] | None = None) -> object:
    """What a provider behind this edge makes of it: its answer or its error."""

    async def edge(_request: web.Request) -> web.Response:
        return web.Response(status=status, text=body, headers=headers)

    async with open_session() as session, serve(edge) as url:
        provider = PROVIDERS[name](url, SecretStr("a_key_of_some_length"), session)
        try:
            if use == "submit":
                return await provider.submit(SUBMISSION)
            return await provider.fetch(["t"] if use == "fetch" else ["t", "u"])
        except ProviderError as error:
            return error


@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize("status", [401, 402, 403, 404, 429])
@pytest.mark.parametrize("body", BODIES)
async def test_what_an_edge_refuses_at_submission_is_tried_again(name: str, status: int, body: str) -> None:
    """Nobody's key is at fault, nothing was started, nobody is told to check a balance."""
    error = await answered(name, status, BODIES[body], "submit", {"Retry-After": "7"})
    assert type(error) is ProviderBusy, error
    assert error.retry_after == 7.0


@pytest.mark.unmeasured  # the same code many times over
@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 405, 410, 429, 451, 500, 502, 503, 520, 522, 524, 530])
@pytest.mark.parametrize("use", ["fetch", "fetch many"])
async def test_what_an_edge_says_to_a_query_is_news_of_no_task(name: str, status: int, use: str) -> None:
    """Not MISSING, not an account, not an end: the task is asked for again."""
    for body in (*PAGES.values(), json.dumps(OBJECTS["AWS"]), json.dumps(OBJECTS["Cloudflare's problem"])):
        if body == "null":
            continue  # that is AceData's own for an id it does not know
        error = await answered(name, status, body, use)
        if use == "fetch" or status not in {400, 404}:
            assert isinstance(error, ProviderBusy | RequestRejected), (body, error)
            assert not isinstance(error, AccountProblem)
        else:
            assert isinstance(error, ProviderError)
            assert not isinstance(error, AccountProblem)


@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 521, 522, 524, 530])
@pytest.mark.parametrize("body", ["nginx 403", "envoy", "nothing", "AWS", "an empty object"])
async def test_what_an_edge_lost_may_have_been_started(name: str, status: int, body: str) -> None:
    """A 503 page may be said after the effect; only Apiframe's own 503 certainly was not."""
    assert type(await answered(name, status, BODIES[body], "submit")) is OutcomeUnknown


@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize("status", [400, 405, 407, 413, 421, 451, 494])
async def test_other_pages_of_an_edge_pass_as_well(name: str, status: int) -> None:
    assert type(await answered(name, status, PAGES["nginx 403"], "submit")) is ProviderBusy


@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize("status", [408, 409, 499])
async def test_what_may_have_been_started_stays_open(name: str, status: int) -> None:
    assert type(await answered(name, status, PAGES["nginx 403"], "submit")) is OutcomeUnknown


def test_null_is_no_page_and_no_word_about_a_key() -> None:
    assert type(apiframe_errors.parse_error(400, None, None)) is RequestRejected
    assert type(apiframe_errors.parse_error(503, None, None)) is ProviderBusy
    assert type(acedata_errors.parse_error(400, None, None)) is RequestRejected
    assert type(acedata_errors.parse_error(503, None, None)) is OutcomeUnknown


# -- redirects ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "where", ["https://login.example/", "/cdn-cgi/challenge", "", "http://[", "https://a.example/sorry"]
)
async def test_a_detour_passes(name: str, status: int, where: str) -> None:
    error = await answered(name, status, "<html>moved</html>", "submit", {"Location": where})
    assert type(error) is ProviderBusy, error


@pytest.mark.parametrize("status", [301, 308])
async def test_a_call_that_has_moved_for_good_is_the_owners_setting(status: int) -> None:
    there = {"Location": "https://api.example/v2/videos/generate"}
    assert type(await answered("apiframe", status, "", "submit", there)) is AccountProblem


# -- the provider's own word -------------------------------------------------------------------------------------------

OWN: list[tuple[Callable[..., ProviderError], Any]] = [
    (apiframe_errors.parse_error, {"error": "Refused"}),
    (acedata_errors.parse_error, ad_error("brand_new", "Refused")),
]


@pytest.mark.parametrize(("parse", "body"), OWN)
@pytest.mark.parametrize("status", [401, 402, 403, 404])
def test_the_providers_own_json_is_its_word(parse: Callable[..., ProviderError], body: Any, status: int) -> None:
    assert type(parse(status, body, None)) is AccountProblem
    assert type(parse(status, body, None, effect=False)) is AccountProblem


@pytest.mark.parametrize(
    "body",
    [
        {"message": "Invalid API key"},
        {"detail": "Token has expired"},
        {"errors": [{"message": "Your account has been suspended"}]},
        {"message": "Insufficient balance"},
        {"detail": [{"msg": "余额不足"}]},
        {"error": {"message": "You have run out of credits"}},
        {"base_resp": {"status_code": 1008, "status_msg": ""}},
    ],
)
@pytest.mark.parametrize(("parse", "_own"), OWN)
def test_json_that_speaks_of_the_key_or_of_money_is_nobody_elses(
    parse: Callable[..., ProviderError], _own: Any, body: Any
) -> None:
    for status in (401, 402, 403):
        assert type(parse(status, body, None)) is AccountProblem


@pytest.mark.parametrize(("parse", "_own"), OWN)
@pytest.mark.parametrize(
    "body",
    [
        {"error": "Prompt was flagged by our safety system"},
        {"error": {"code": "content_policy_violation", "message": "no"}},
        {"message": "提示词违规"},
        {"detail": [{"msg": "Inappropriate content"}]},
        ["Inappropriate content"],
        "Your prompt was flagged by our safety system.",
    ],
)
@pytest.mark.parametrize("status", [400, 403, 422, 451])
def test_a_prompt_that_was_refused_is_its_writers_business(
    parse: Callable[..., ProviderError], _own: Any, body: Any, status: int
) -> None:
    """Whatever the status: a filter's 403 must not shut the provider off for everybody."""
    error = parse(status, body, None)
    assert (type(error), error.code) == (RequestRejected, FailureCode.MODERATION)


def test_a_key_closed_for_its_owners_conduct_is_still_a_key() -> None:
    error = apiframe_errors.parse_error(403, {"error": "API key disabled for policy violation"}, None)
    assert type(error) is AccountProblem
    error = acedata_errors.parse_error(
        403, ad_error("forbidden", "Your account is suspended for policy violations"), None
    )
    assert type(error) is AccountProblem


@pytest.mark.parametrize(
    ("status", "message", "expected"),
    [
        (429, "You exceeded your current quota, please check your plan and billing details.", AccountProblem),
        (429, "1008: insufficient balance", AccountProblem),
        (429, "Quota exceeded", ProviderBusy),
        (429, "Rate limit exceeded: 5 requests per minute", ProviderBusy),
        (400, "Insufficient balance", AccountProblem),
        (500, "Insufficient balance", AccountProblem),
        (503, "Insufficient balance", AccountProblem),
        (503, "No available capacity", ProviderBusy),
        (400, "Failed to fetch image", RequestRejected),
    ],
)
def test_money_is_told_from_a_rate(status: int, message: str, expected: type[ProviderError]) -> None:
    assert type(apiframe_errors.parse_error(status, {"error": message}, None)) is expected


@pytest.mark.parametrize(
    ("code", "message", "expected", "failure"),
    [
        ("api_error", "upstream: insufficient balance", AccountProblem, FailureCode.PROVIDER_ACCOUNT),
        ("api_error", "flagged by content checker", RequestRejected, FailureCode.MODERATION),
        ("api_error", "fetch failed", RequestRejected, FailureCode.PROVIDER_FAILED),
        ("bad_request", "余额不足", AccountProblem, FailureCode.PROVIDER_ACCOUNT),
        ("bad_request", "提示词违规", RequestRejected, FailureCode.MODERATION),
        ("forbidden", "no", RequestRejected, FailureCode.MODERATION),
        ("rate_limited", "Quota exceeded", ProviderBusy, FailureCode.PROVIDER_UNAVAILABLE),
    ],
)
def test_acedatas_words_say_more_than_its_code(
    code: str, message: str, expected: type[ProviderError], failure: FailureCode
) -> None:
    error = acedata_errors.parse_error(500, ad_error(code, message), None)
    assert (type(error), error.code) == (expected, failure)


@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"error": "Insufficient balance"}, AccountProblem),
        ({"success": False, "message": "prompt flagged as inappropriate"}, RequestRejected),
        ({"success": False, "message": "what now"}, OutcomeUnknown),
        ({}, OutcomeUnknown),
    ],
)
async def test_an_error_in_a_success_is_one_where_it_is_clear(name: str, body: Any, kind: type[ProviderError]) -> None:
    assert type(await answered(name, 200, json.dumps(body), "submit")) is kind


def test_the_prompt_in_an_error_is_not_the_providers_word() -> None:
    prompt = "a copyrighted nude statue, insufficient balance on a rope"
    error = apiframe_errors.parse_error(400, {"error": f"Bad prompt: {prompt}"}, None, prompts=[prompt])
    assert (type(error), error.code) == (RequestRejected, FailureCode.INVALID_REQUEST)
    for status, code in ((400, "bad_request"), (500, "api_error")):
        error = acedata_errors.parse_error(status, ad_error(code, f"cannot do {prompt}"), None, prompts=[prompt])
        assert error.code not in {FailureCode.MODERATION, FailureCode.PROVIDER_ACCOUNT}


async def test_the_prompt_of_a_submission_is_remembered_for_its_task() -> None:
    """Apiframe's list does not say it again, an error text may."""
    prompt = "a copyrighted nude statue on a rope"
    failed = {"id": JOB_ID, "status": "FAILED", "error": f"worker lost: {prompt}"}

    async def far(request: web.Request) -> web.Response:
        if request.method == "POST":
            return web.json_response({"jobId": JOB_ID, "status": "QUEUED"}, status=202)
        return web.json_response({"jobs": [failed], "nextCursor": None, "hasMore": False})

    async with open_session() as session, serve(far) as url:
        provider = Apiframe(url, SecretStr("k"), session)
        await provider.submit(Submission(JOB_ID, prompt))
        task = (await provider.fetch([JOB_ID, JOB_ID + "2"]))[JOB_ID]
    assert (task.state, task.failure) == (TaskState.FAILED, FailureCode.PROVIDER_FAILED)
