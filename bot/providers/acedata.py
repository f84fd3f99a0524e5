"""AceData Cloud's Hailuo API: its URLs, fields and state words.

`build_*` and `parse_*` are pure; the class only moves bytes. Error codes belong to acedata_errors.py, lost
connections to http.py. Sources: "spec" is its openapi document (AceDataCloud/SDK and /Docs), "SDK" its Python
package, "Nexior" its own web front end. No idempotency key exists (spec), so nothing here sends a submission twice.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import aiohttp
from pydantic import BaseModel, SecretStr, ValidationError

from bot.errors import OutcomeUnknown, ProviderBusy, RequestRejected
from bot.models import FailureCode
from bot.providers.acedata_errors import (
    ACCOUNT_CODES,
    BUSY_CODES,
    TOKEN_CODES,
    code_and_message,
    error_of,
    failure_of,
    parse_error,
)
from bot.providers.base import Capabilities, RemoteTask, Submission, TaskState
from bot.providers.fields import clean_text, http_url, task_id_of
from bot.providers.http import FETCH, JsonClient, Reply
from bot.providers.singly import ask_singly

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

# State words that the SDK accepts; any other word means still running.
_DONE_STATES = frozenset({"succeed", "succeeded", "success", "completed", "complete", "finished"})
_FAILED_STATES = frozenset({"failed", "failure", "error", "cancelled", "canceled", "rejected"})


class _Envelope(BaseModel):
    """A held reply, a callback, or the `response` of a task; no key is required anywhere (spec)."""

    success: object = None
    task_id: object = None
    data: object = None
    error: object = None


class _Task(BaseModel):
    id: str | None = None
    response: object = None


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


def parse_submitted(body: object) -> RemoteTask:
    """The task of a 200: {"task_id"} at once, or a held reply that already says how it ended."""
    envelope = _envelope(body)
    task_id = task_id_of(envelope.task_id) if envelope else None
    if envelope is None or task_id is None:
        # Without an error in it this becomes OutcomeUnknown, as it should.
        raise parse_error(200, body, None)
    return _read_envelope(task_id, envelope)


def parse_refused(status: int, body: object, retry_after: float | None) -> RemoteTask:
    """A submission answered with an error: raises it, unless the reply names a task that may be running."""
    error = parse_error(status, body, retry_after)
    envelope = _envelope(body)
    task_id = task_id_of(envelope.task_id) if envelope else None
    unsettled = isinstance(error, OutcomeUnknown) or error.code == FailureCode.PROVIDER_FAILED
    if task_id is None or not unsettled:
        raise error
    return RemoteTask(task_id, TaskState.RUNNING, detail=error.detail)


def parse_task(body: object, asked: str | None = None) -> RemoteTask:
    """One task of /hailuo/tasks; `asked` is the id it was asked for by, None for an item of a batch."""
    try:
        task = _Task.model_validate(body)
    except ValidationError:
        raise ProviderBusy(FailureCode.PROVIDER_UNAVAILABLE, "unreadable task") from None
    task_id = task_id_of(task.id or asked)
    if task_id is None or (asked is not None and task_id != asked):
        raise ProviderBusy(FailureCode.PROVIDER_UNAVAILABLE, "a task with another id, or none")
    envelope = _envelope(_decoded(task.response))
    return RemoteTask(task_id, TaskState.RUNNING) if envelope is None else _read_envelope(task_id, envelope)


def parse_batch(body: object) -> dict[str, RemoteTask]:
    """The tasks of a retrieve_batch by id; an item that cannot be read is left out, not the batch."""
    try:
        batch = _Batch.model_validate(body)
    except ValidationError:
        raise ProviderBusy(FailureCode.PROVIDER_UNAVAILABLE, "unreadable batch") from None
    tasks = {}
    for item in batch.items:
        try:
            task = parse_task(item)
        except ProviderBusy:
            continue
        tasks[task.task_id] = task
    return tasks


def _envelope(value: object) -> _Envelope | None:
    return _Envelope.model_validate(value) if isinstance(value, dict) else None


def _decoded(response: object) -> object:
    """`response` may be a JSON string (AceData's Dify plug-in handles it)."""
    if not isinstance(response, str):
        return response
    try:
        return json.loads(response)
    except (ValueError, RecursionError):
        return None


def _read_envelope(task_id: str, envelope: _Envelope) -> RemoteTask:
    """An error overrides success:true, and success:true beside a running state is not the end (Nexior).

    Done, but without a usable link, is a lost clip: the state is final. A reply that names no state is done when it
    has success:true and a link, because no key is required anywhere.
    """
    if envelope.error:
        return _failed(task_id, *code_and_message(envelope.error))
    item = _first_item(envelope.data)
    state = item.get("state") or item.get("status")
    state = state.strip().lower() if isinstance(state, str) else ""
    url = http_url(item.get("video_url"))
    if state in _FAILED_STATES:
        return _failed(task_id, "", clean_text(item.get("message")) or state)
    if envelope.success is False and (not state or state in _DONE_STATES):
        return _failed(task_id, "", "success: false")
    if envelope.success is not True or not (state in _DONE_STATES or (url and not state)):
        return RemoteTask(task_id, TaskState.RUNNING)
    if url is None:
        return RemoteTask(task_id, TaskState.FAILED, failure=FailureCode.CLIP_LOST, detail="done without a link")
    return RemoteTask(task_id, TaskState.SUCCEEDED, video_url=url)


def _first_item(data: object) -> Mapping[str, object]:
    """`data` is an array in the SDK's copy of the spec and an object in the Docs' copy."""
    first = data[0] if isinstance(data, list) and data else data
    return first if isinstance(first, dict) else {}


def _failed(task_id: str, code: str, message: str) -> RemoteTask:
    return RemoteTask(
        task_id, TaskState.FAILED, failure=failure_of(code, message), detail=clean_text(f"{code} {message}")
    )


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

    async def submit(self, submission: Submission) -> RemoteTask:
        """Start a task; never repeat this for the same job when the outcome is unknown."""
        body = build_submission(submission)
        reply = await self._client.post("/hailuo/videos", body, effect=True, timeout=self._submit_timeout)
        if reply.ok:
            return parse_submitted(reply.body)
        return parse_refused(reply.status, reply.body, reply.retry_after)

    async def fetch(self, task_ids: Sequence[str]) -> dict[str, RemoteTask]:
        """Ask for 50 at a time; where that is refused, for one at a time."""
        wanted = list(dict.fromkeys(task_ids))
        found: dict[str, RemoteTask] = {}
        for start in range(0, len(wanted), BATCH):
            chunk = wanted[start : start + BATCH]
            tasks = await self._batch(chunk)
            if tasks is None:
                return found | await ask_singly(wanted[start:], self._one)
            found |= {key: tasks.get(key) or RemoteTask(key, TaskState.MISSING) for key in chunk}
        return found

    async def upload(self, image: bytes, content_type: str) -> str:
        """Not offered with an API token; always raises."""
        raise RequestRejected(FailureCode.INVALID_REQUEST, "this provider takes no uploads")

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
            return parse_batch(reply.body)
        except ProviderBusy:
            return None

    async def _one(self, task_id: str) -> RemoteTask:
        reply = await self._tasks({"action": "retrieve", "id": task_id})
        code, _ = error_of(reply.body)
        unknown = reply.status in {400, 404} and code not in ACCOUNT_CODES | BUSY_CODES
        if unknown or (reply.ok and not reply.body):  # an unknown id: 400, 404 or null (Dify plug-in)
            return RemoteTask(task_id, TaskState.MISSING)
        if not reply.ok or code:
            raise parse_error(reply.status, reply.body, reply.retry_after, effect=False)
        return parse_task(reply.body, task_id)

    async def _tasks(self, body: Mapping[str, object]) -> Reply:
        return await self._client.post("/hailuo/tasks", body, effect=False, timeout=FETCH)
