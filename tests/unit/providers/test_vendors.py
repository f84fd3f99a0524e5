"""Both providers' classes over loopback sockets: which requests they make, and how they find many tasks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.errors import AccountProblem, OutcomeUnknown, ProviderBusy, RequestRejected
from bot.models import FailureCode
from bot.providers.acedata.client import BATCH, AceData
from bot.providers.apiframe.client import Apiframe
from bot.providers.base import RemoteTask, Submission, TaskState, VideoProvider
from bot.providers.http import open_session
from tests.unit.providers import samples
from tests.unit.providers.loopback import serve
from tests.unit.providers.samples import JOB_ID, TASK_ID, ad_error, ad_task, af_job

Rule = Callable[[str, Any], tuple[int, Any]]
"""From "METHOD /path?query" and the JSON sent to the status and JSON to answer with."""
SUBMISSION = Submission(JOB_ID, "a cat")


class Far:
    """The far side: answers by a rule and remembers what it was asked."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.asked: list[str] = []
        self.headers: list[Any] = []

    async def answer(self, request: web.Request) -> web.Response:
        line = f"{request.method} {request.path_qs}"
        self.asked.append(line)
        self.headers.append(request.headers)
        sent = await (request.json() if request.content_type == "application/json" else request.read())
        status, body = self.rule(line, sent)
        headers = {"Retry-After": "9"} if status == 429 else {}
        return web.json_response(body, status=status, headers=headers)


async def apiframe(far: Far, use: Callable[[Apiframe], Any]) -> Any:
    async with open_session() as session, serve(far.answer) as url:
        return await use(Apiframe(url, SecretStr("afk_sandbox"), session))


async def acedata(far: Far, use: Callable[[AceData], Any]) -> Any:
    async with open_session() as session, serve(far.answer) as url:
        return await use(AceData(url, SecretStr("sandbox"), session))


def states(tasks: dict[str, RemoteTask]) -> dict[str, TaskState]:
    return {key: task.state for key, task in tasks.items()}


async def test_both_are_video_providers() -> None:
    async with open_session() as session:
        both: list[VideoProvider] = [
            Apiframe("http://a", SecretStr("k"), session),
            AceData("http://b", SecretStr("k"), session),
        ]
    assert [provider.capabilities.name for provider in both] == ["apiframe", "acedata"]


# -- Apiframe --------------------------------------------------------------------------------------------------------


async def test_apiframe_submits_with_the_job_id_as_key() -> None:
    far = Far(lambda line, sent: (202, samples.AF_ACCEPTED))
    task = await apiframe(far, lambda provider: provider.submit(SUBMISSION))
    assert (task.task_id, task.state) == (JOB_ID, TaskState.WAITING)
    assert far.asked == ["POST /v2/videos/generate"]
    assert (far.headers[0]["X-API-Key"], far.headers[0]["Idempotency-Key"]) == ("afk_sandbox", JOB_ID)


@pytest.mark.parametrize(
    ("status", "kind"), [(400, RequestRejected), (402, AccountProblem), (429, ProviderBusy), (502, OutcomeUnknown)]
)
async def test_apiframe_refuses(status: int, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        await apiframe(Far(lambda line, sent: (status, {"error": "no"})), lambda provider: provider.submit(SUBMISSION))


async def test_apiframe_asks_for_one_by_its_address() -> None:
    far = Far(lambda line, sent: (200, samples.AF_COMPLETED))
    tasks = await apiframe(far, lambda provider: provider.fetch([JOB_ID, JOB_ID]))
    assert states(tasks) == {JOB_ID: TaskState.SUCCEEDED}
    assert far.asked == [f"GET /v2/jobs/{JOB_ID}"]


@pytest.mark.parametrize("status", [400, 404])
async def test_apiframe_does_not_know_a_task(status: int) -> None:
    far = Far(lambda line, sent: (status, {"error": "Job not found"}))
    assert states(await apiframe(far, lambda provider: provider.fetch(["x"]))) == {"x": TaskState.MISSING}


async def test_apiframe_never_takes_another_jobs_answer() -> None:
    with pytest.raises(ProviderBusy):
        await apiframe(Far(lambda line, sent: (200, samples.AF_COMPLETED)), lambda provider: provider.fetch(["x"]))


def pages(line: str, sent: Any) -> tuple[int, Any]:
    """Pages of the list with two jobs of interest on each of the first two; "old" is only to be had singly."""
    if line.startswith("GET /v2/jobs?"):
        number = int(line.partition("cursor=")[2] or "0")
        jobs = [af_job("PROCESSING", id=f"{name}{number}") for name in "jk"]
        jobs.append(af_job("COMPLETED", id="foreign", result=samples.CLIP))
        return 200, {"jobs": jobs, "nextCursor": str(number + 1), "hasMore": True}
    name = line.rpartition("/")[2]
    return (200, af_job("QUEUED", id=name)) if name == "old" else (404, {"error": "Job not found"})


async def test_apiframe_asks_for_many_by_the_list_then_singly() -> None:
    far = Far(pages)
    tasks = await apiframe(far, lambda provider: provider.fetch(["j0", "k0", "j1", "k1", "old", "gone"]))
    assert states(tasks) == {
        **dict.fromkeys(["j0", "k0", "j1", "k1"], TaskState.RUNNING),
        "old": TaskState.WAITING,
        "gone": TaskState.MISSING,
    }
    listed = "GET /v2/jobs?limit=100&model=hailuo-02"
    assert far.asked[:3] == [listed, f"{listed}&cursor=1", f"{listed}&cursor=2"]
    assert sorted(far.asked[3:]) == ["GET /v2/jobs/gone", "GET /v2/jobs/old"]


async def test_apiframe_stops_paging_when_all_are_found() -> None:
    far = Far(
        lambda line, sent: (200, {"jobs": [af_job("QUEUED", id=x) for x in "ab"], "nextCursor": "1", "hasMore": True})
    )
    await apiframe(far, lambda provider: provider.fetch(["a", "b"]))
    assert len(far.asked) == 1


@pytest.mark.parametrize("refusal", [(400, {"error": "Invalid query"}), (404, None), (200, {"odd": []})])
async def test_apiframe_does_without_a_list(refusal: tuple[int, Any]) -> None:
    def rule(line: str, sent: Any) -> tuple[int, Any]:
        return refusal if "?" in line else (200, af_job("PROCESSING", id=line.rpartition("/")[2]))

    tasks = await apiframe(Far(rule), lambda provider: provider.fetch(["a", "b"]))
    assert states(tasks) == {"a": TaskState.RUNNING, "b": TaskState.RUNNING}


async def test_apiframe_passes_on_a_request_to_wait() -> None:
    far = Far(lambda line, sent: (429, {"error": "Rate limit exceeded"}))
    with pytest.raises(ProviderBusy) as caught:
        await apiframe(far, lambda provider: provider.fetch(["a", "b"]))
    assert caught.value.retry_after == 9.0
    assert len(far.asked) == 1


async def test_apiframe_takes_an_upload() -> None:
    def rule(line: str, sent: bytes) -> tuple[int, Any]:
        assert line == "POST /v2/uploads"
        assert b'name="file"' in sent
        assert b"Content-Type: image/png" in sent
        assert b"\x89PNG" in sent
        return 201, samples.AF_UPLOAD

    assert (
        await apiframe(Far(rule), lambda provider: provider.upload(b"\x89PNG", "image/png")) == samples.AF_UPLOAD["url"]
    )


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (400, RequestRejected, FailureCode.IMAGE_REJECTED),
        (403, AccountProblem, FailureCode.PROVIDER_ACCOUNT),
        (502, ProviderBusy, FailureCode.PROVIDER_UNAVAILABLE),
    ],
)
async def test_apiframe_refuses_an_upload(status: int, kind: type[RequestRejected], code: FailureCode) -> None:
    with pytest.raises(kind) as caught:
        await apiframe(
            Far(lambda line, sent: (status, {"error": "no"})), lambda provider: provider.upload(b"x", "image/png")
        )
    assert caught.value.code == code


# -- AceData ---------------------------------------------------------------------------------------------------------


async def test_acedata_submits_with_a_bearer_token() -> None:
    far = Far(lambda line, sent: (200, {"task_id": TASK_ID}))
    task = await acedata(far, lambda provider: provider.submit(SUBMISSION))
    assert (task.task_id, far.asked) == (TASK_ID, ["POST /hailuo/videos"])
    assert (far.headers[0]["Authorization"], far.headers[0]["Accept"]) == ("Bearer sandbox", "application/json")


async def test_acedata_refuses() -> None:
    with pytest.raises(AccountProblem):
        await acedata(Far(lambda line, sent: (403, ad_error("used_up"))), lambda provider: provider.submit(SUBMISSION))


async def test_acedata_asks_singly_for_what_a_batch_lacks_or_garbles() -> None:
    ids = [f"t{number}" for number in range(BATCH + 10)]
    sizes, singly = [], []

    def rule(line: str, sent: Any) -> tuple[int, Any]:
        assert line == "POST /hailuo/tasks"
        if sent["action"] == "retrieve":
            singly.append(sent["id"])
            return (404, ad_error("not_found")) if sent["id"] == "t7" else (200, ad_task(samples.AD_HELD, sent["id"]))
        sizes.append(len(sent["ids"]))
        garbled: dict[str, Any] = {"t8": {"id": 8}, "t9": None, "t55": {"id": "somebody else's"}}
        items = [garbled.get(key, ad_task({}, key)) for key in sent["ids"] if key not in {"t7", "t10"}]
        return 200, {"items": items, "count": len(items)}

    tasks = await acedata(Far(rule), lambda provider: provider.fetch(ids))
    assert sizes == [BATCH, 10]
    assert sorted(singly) == ["t10", "t55", "t7", "t8", "t9"]
    assert list(tasks) == ids
    assert [key for key, task in tasks.items() if task.state is TaskState.MISSING] == ["t7"]
    assert [key for key, task in tasks.items() if task.state is TaskState.SUCCEEDED] == ["t8", "t9", "t10", "t55"]


async def test_acedata_keeps_what_a_batch_said_when_it_is_told_to_wait() -> None:
    def rule(line: str, sent: Any) -> tuple[int, Any]:
        if sent["action"] == "retrieve":
            return 429, ad_error("too_many_requests")
        return 200, {"items": [ad_task(samples.AD_HELD, "a")], "count": 1}

    with pytest.raises(ProviderBusy) as caught:
        await acedata(Far(rule), lambda provider: provider.fetch(["a", "b"]))
    assert (caught.value.retry_after, states(dict(caught.value.found))) == (9.0, {"a": TaskState.SUCCEEDED})


@pytest.mark.parametrize(
    "refusal",
    [(400, ad_error("bad_request")), (404, None), (400, ad_error("api_not_implemented")), (200, {}), (200, [])],
)
async def test_acedata_asks_singly_where_batches_are_refused(refusal: tuple[int, Any]) -> None:
    singles: dict[str, tuple[int, Any]] = {
        "done": (200, ad_task(samples.AD_HELD, "done")),
        "null": (200, None),
        "four": (404, ad_error("not_found")),
        "bad": (400, ad_error("bad_request")),
        "odd": (500, ad_error("api_error")),
    }

    def rule(line: str, sent: Any) -> tuple[int, Any]:
        return refusal if sent["action"] == "retrieve_batch" else singles[sent["id"]]

    assert states(await acedata(Far(rule), lambda provider: provider.fetch(list(singles)))) == {
        "done": TaskState.SUCCEEDED,
        "null": TaskState.MISSING,
        "four": TaskState.MISSING,
        "bad": TaskState.MISSING,
        "odd": TaskState.RUNNING,
    }


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "no_token", AccountProblem),
        (401, "invalid_token", AccountProblem),
        (404, "no_api", AccountProblem),
        (200, "used_up", AccountProblem),
        (429, "too_many_requests", ProviderBusy),
        (500, "api_error", ProviderBusy),
        (504, "timeout", ProviderBusy),
    ],
)
async def test_acedata_refuses_a_query(status: int, code: str, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        await acedata(Far(lambda line, sent: (status, ad_error(code))), lambda provider: provider.fetch(["a"]))


async def test_acedata_takes_no_uploads() -> None:
    with pytest.raises(RequestRejected):
        await acedata(Far(lambda line, sent: (200, {})), lambda provider: provider.upload(b"x", "image/png"))
