"""AceData Cloud's Hailuo API: its URLs, fields and state words.

`build_*` and `parse_*` are pure; the class only moves bytes. Error codes belong to errors.py, lost connections to
http.py. Sources: "spec" is its openapi document (AceDataCloud/SDK and /Docs), "SDK" its Python package, "Nexior" its
own web front end. No idempotency key exists (spec), so nothing here sends a submission twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import aiohttp
from pydantic import BaseModel, SecretStr, ValidationError

from bot.errors import OutcomeUnknown, ProviderBusy, ProviderError, RequestRejected
from bot.models import FailureCode
from bot.providers.acedata.errors import (
    ACCOUNT_CODES,
    BUSY_CODES,
    TOKEN_CODES,
    code_and_message,
    error_of,
    failure_of,
    is_own,
    parse_error,
)
from bot.providers.base import Capabilities, RemoteTask, Submission, TaskState
from bot.providers.http import FETCH, JsonClient, Reply
from bot.providers.reading.fields import seconds_between, task_id_of
from bot.providers.reading.links import clip_link
from bot.providers.reading.states import DONE, FAILED, state_word
from bot.providers.refusals.complaints import complaint_of, prompts_in, unpacked
from bot.providers.refusals.prompts import Prompts
from bot.providers.single_queries import ask_singly

BATCH = 50
"""Ids in one retrieve_batch, as AceData's own MCP server recommends."""

# Should `async` be ignored, the reply is held for one to two minutes (its integration guide), and without an
# idempotency key a reply cut off is a clip lost.
HELD = aiohttp.ClientTimeout(total=180, connect=10, sock_read=175)

CAPABILITIES = Capabilities(
    name="acedata",
    title="AceData Cloud",
    resolutions=frozenset(),
    durations=frozenset(),
    last_frame=False,
    optimize_prompt=False,
    idempotent=False,
    uploads=False,
    batch=BATCH,
    average_seconds=180.0,
    link_seconds=30 * 86_400.0,  # its FAQ
)


class _Task(BaseModel):
    id: str | None = None
    response: object = None
    request: object = None
    created_at: object = None
    finished_at: object = None


class _Batch(BaseModel):
    items: list[object]


def build_submission(submission: Submission) -> dict[str, object]:
    """The body of POST /hailuo/videos; `async` answers at once with a task id and needs no callback (spec)."""
    if submission.resolution or submission.duration_seconds or submission.last_image_url:
        raise RequestRejected(FailureCode.INVALID_REQUEST, "asked for an option that this provider does not have")
    body: dict[str, object] = {"action": "generate", "prompt": submission.prompt, "async": True}
    if submission.webhook_url is not None:
        body["callback_url"] = submission.webhook_url
    if submission.first_image_url is None:
        return body | {"model": "minimax-t2v"}
    return body | {"model": "minimax-i2v", "first_image_url": submission.first_image_url}


def parse_submitted(body: object, prompts: Iterable[str] = ()) -> RemoteTask:
    """The task of a 200: {"task_id"} at once, or a held reply that already says how it ended."""
    task_id = task_id_of(body.get("task_id")) if isinstance(body, dict) else None
    if not isinstance(body, dict) or task_id is None:
        # Without an error in it this becomes OutcomeUnknown, as it should.
        raise parse_error(200, body, None, prompts=prompts)
    return _read_envelope(task_id, body, prompts)


def parse_refused(status: int, body: object, retry_after: float | None, prompts: Iterable[str] = ()) -> RemoteTask:
    """A submission answered with an error: raises it, unless the reply names a task that may be running."""
    error = parse_error(status, body, retry_after, prompts=prompts)
    task_id = task_id_of(body.get("task_id")) if isinstance(body, dict) else None
    unsettled = isinstance(error, OutcomeUnknown) or error.code == FailureCode.PROVIDER_FAILED
    if task_id is None or not unsettled:
        raise error
    return RemoteTask(task_id, TaskState.RUNNING, detail=error.detail)


def parse_task(
    body: object, asked: str | None = None, prompts_of: Callable[[str], Iterable[str]] = lambda _task_id: ()
) -> RemoteTask:
    """One task of /hailuo/tasks; `asked` is the id it was asked for by, None for an item of a batch."""
    try:
        task = _Task.model_validate(body)
    except ValidationError:
        raise ProviderBusy(FailureCode.PROVIDER_UNAVAILABLE, "unreadable task") from None
    task_id = task_id_of(task.id or asked)
    if task_id is None or (asked is not None and task_id != asked):
        raise ProviderBusy(FailureCode.PROVIDER_UNAVAILABLE, "a task with another id, or none")
    envelope = unpacked(task.response)  # may be a JSON string (AceData's Dify plug-in handles it)
    if not isinstance(envelope, dict):
        return RemoteTask(task_id, TaskState.RUNNING)
    read = _read_envelope(task_id, envelope, [*prompts_of(task_id), *prompts_in(task.request)])
    return read if read.under_way else read._replace(seconds=seconds_between(task.created_at, task.finished_at))


def parse_batch(
    body: object, prompts_of: Callable[[str], Iterable[str]] = lambda _task_id: ()
) -> dict[str, RemoteTask]:
    """The tasks of a retrieve_batch by id; an item that cannot be read is left out, not the batch."""
    try:
        batch = _Batch.model_validate(body)
    except ValidationError:
        raise ProviderBusy(FailureCode.PROVIDER_UNAVAILABLE, "unreadable batch") from None
    tasks = {}
    for item in batch.items:
        try:
            task = parse_task(item, prompts_of=prompts_of)
        except ProviderBusy:
            continue
        tasks[task.task_id] = task
    return tasks


def _read_envelope(task_id: str, envelope: Mapping[str, object], prompts: Iterable[str]) -> RemoteTask:
    """A held reply, a callback, or the `response` of a task; no key is required anywhere (spec).

    An error overrides success:true, and success:true beside a running state is not the end (Nexior). A state that says
    done is done, whatever `success` says, and with a link it may be that alone; done without a link may get it yet.
    """
    error, success = envelope.get("error"), envelope.get("success")
    item = _item(envelope)
    if _speaks(error):
        return _failed(task_id, code_and_message(error)[0], envelope, prompts)
    state = state_word(item.get("state"), item.get("status"), envelope.get("state"), envelope.get("status"))
    url = clip_link(item) if item is not envelope else clip_link(envelope)
    if state in FAILED:
        return _failed(task_id, "", {**envelope, "data": item}, prompts, state)
    if state in DONE and (url is not None or success is not False):
        return RemoteTask.finished(task_id, url)
    if success is False and (not state or state in DONE):
        return _failed(task_id, "", envelope, prompts, "success: false")
    if success is True and url is not None and not state:
        return RemoteTask.finished(task_id, url)
    return RemoteTask(task_id, TaskState.RUNNING)


def _item(envelope: Mapping[str, object]) -> Mapping[str, object]:
    """What `data` says of the clip: an array in the SDK's copy of the spec, an object in the Docs' copy.

    Of several, the first with a link; without `data` the envelope itself may say it.
    """
    data = unpacked(envelope.get("data"))
    items = [item for item in (data if isinstance(data, list) else [data]) if isinstance(item, dict)]
    return next((item for item in items if clip_link(item)), items[0] if items else envelope)


def _speaks(error: object) -> bool:
    """Whether an `error` says anything: one whose fields are all empty is none."""
    error = unpacked(error)
    return any(error.values()) if isinstance(error, dict) else bool(error)


def _failed(
    task_id: str, code: str, said: Mapping[str, object], prompts: Iterable[str], instead: str = ""
) -> RemoteTask:
    complaint = complaint_of(said, [*prompts, *prompts_in(said.get("data"))])
    detail = complaint.detail or instead
    return RemoteTask(task_id, TaskState.FAILED, failure=failure_of(code, complaint), detail=detail)


class AceData:
    """VideoProvider for AceData Cloud; must be made inside a running event loop unless a session is given."""

    capabilities = CAPABILITIES

    def __init__(
        self,
        api_url: str,
        api_token: SecretStr,
        session: aiohttp.ClientSession | None = None,
        *,
        submit_timeout: aiohttp.ClientTimeout = HELD,
    ) -> None:
        bearer = SecretStr(f"Bearer {api_token.get_secret_value().strip()}")
        self._client = JsonClient(api_url, "Authorization", bearer, session)
        self._submit_timeout = submit_timeout
        self._prompts = Prompts()

    async def submit(self, submission: Submission) -> RemoteTask:
        """Start a task; never repeat this for the same job when the outcome is unknown."""
        body = build_submission(submission)
        reply = await self._client.post("/hailuo/videos", body, effect=True, timeout=self._submit_timeout)
        prompts = (submission.prompt,)
        if reply.ok:
            task = parse_submitted(reply.body, prompts)
        else:
            task = parse_refused(reply.status, reply.body, reply.retry_after, prompts)
        self._prompts.remember(task.task_id, submission.prompt)
        return task

    async def fetch(self, task_ids: Sequence[str]) -> dict[str, RemoteTask]:
        """Ask for 50 at a time; what a batch lacks, or all where batches are refused, one at a time."""
        wanted = list(dict.fromkeys(task_ids))
        found: dict[str, RemoteTask] = {}
        for start in range(0, len(wanted), BATCH):
            try:
                tasks = await self._batch(wanted[start : start + BATCH])
            except ProviderError as error:
                error.found = found
                raise
            if tasks is None:
                break
            found |= tasks
        answers = await ask_singly([key for key in wanted if key not in found], self._one, found)
        return {key: answers[key] for key in wanted}

    async def upload(self, image: bytes, content_type: str) -> str:
        """Not offered with an API token; always raises."""
        raise RequestRejected(FailureCode.INVALID_REQUEST, "this provider takes no uploads")

    async def balance(self) -> None:
        """Not told to an API token: it takes one of another kind (AceDataCloud/Docs)."""
        return

    async def close(self) -> None:
        """Let go of the connections, if they are our own."""
        await self._client.close()

    async def _batch(self, ids: Sequence[str]) -> dict[str, RemoteTask] | None:
        """The tasks among `ids` that are known; None where the batch itself is refused or odd (it has no schema)."""
        reply = await self._tasks({"action": "retrieve_batch", "ids": list(ids)})
        code, _ = error_of(reply.body)
        if reply.status in {400, 404} and code not in TOKEN_CODES | BUSY_CODES:
            return None
        if not reply.ok or code:
            raise parse_error(reply.status, reply.body, reply.retry_after, effect=False)
        try:
            tasks = parse_batch(reply.body, self._prompts.of)
        except ProviderBusy:
            return None
        asked = set(ids)
        return {key: task for key, task in tasks.items() if key in asked}

    async def _one(self, task_id: str) -> RemoteTask:
        reply = await self._tasks({"action": "retrieve", "id": task_id})
        code, _ = error_of(reply.body)
        named = is_own(reply.body) and code not in ACCOUNT_CODES | BUSY_CODES
        unknown = reply.status in {400, 404} and (named or reply.body is None)
        if unknown or (reply.ok and not reply.body):  # an unknown id: 400, 404 or null (Dify plug-in)
            return RemoteTask(task_id, TaskState.MISSING)
        if not reply.ok or code:
            raise parse_error(reply.status, reply.body, reply.retry_after, effect=False)
        return parse_task(reply.body, task_id, self._prompts.of)

    async def _tasks(self, body: Mapping[str, object]) -> Reply:
        return await self._client.post("/hailuo/tasks", body, effect=False, timeout=FETCH)
